#include "ot/gaussian/bures.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/number_text.h"
#include "ot/geometry/doubles.h"

namespace brenier::ot {
namespace bures_detail {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

void check_sizes(const at::Tensor& A, const at::Tensor& B) {
  if (A.size(0) == B.size(0)) return;
  throw Error(ErrorKind::kData, "two Gaussians have different dimensions")
      .found(std::to_string(A.size(0)) + " and " + std::to_string(B.size(0)))
      .expected("the same");
}

void check_pair(const at::Tensor& A, const at::Tensor& B) {
  check_covariance(A, "the covariance A");
  check_covariance(B, "the covariance B");
  check_sizes(A, B);
}

// A checked covariance. Symmetric, so the order of rows and columns does not matter.
Matrix matrix_of(const at::Tensor& covariance) {
  const auto doubles = to_doubles(covariance);
  return Eigen::Map<const Matrix>(doubles.const_data_ptr<double>(), doubles.size(0), doubles.size(0));
}

void check_epsilon(double epsilon) {
  if (epsilon >= 0 && std::isfinite(epsilon)) return;
  throw Error(ErrorKind::kUsage, "epsilon of a Gaussian closed form is out of range")
      .found(number_text(epsilon))
      .expected("a finite number of at least 0");
}

// A = U diag(spread) U^T, and A^1/2 B A^1/2 in the basis U.
struct Pair {
  Pair(const Matrix& A, const Matrix& B) : of_a(A), spread(of_a.eigenvalues().cwiseMax(0.0)) {
    const Matrix& U = of_a.eigenvectors();
    const Vector roots = spread.cwiseSqrt();
    middle = roots.asDiagonal() * (U.transpose() * B * U) * roots.asDiagonal();
  }

  Eigen::SelfAdjointEigenSolver<Matrix> of_a;
  Vector spread;
  Matrix middle;
};

// tr A + tr B - tr D + d s (1 - log 2 s) + s log det(D + s), one eigenvalue u of the middle at a time: with
// r = (4 u + s^2)^1/2 the last three terms are -4 u / (r + s) + s log(1 + 2 u / (s (r + s))).
double entropic_part(const Matrix& A, const Matrix& B, double s) {
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(Pair(A, B).middle, Eigen::EigenvaluesOnly);
  double total = A.trace() + B.trace();
  for (const double value : solver.eigenvalues()) {
    const double u = std::max(value, 0.0);
    const double sum = std::sqrt(4 * u + s * s) + s;
    if (sum == 0) continue;
    total -= 4 * u / sum;
    if (s > 0) total += s * std::log1p(2 * u / (s * sum));
  }
  return total;
}

}  // namespace bures_detail

double bures_squared(const at::Tensor& A, const at::Tensor& B) {
  bures_detail::check_pair(A, B);
  return std::max(bures_detail::entropic_part(bures_detail::matrix_of(A), bures_detail::matrix_of(B), 0), 0.0);
}

double gaussian_w2_squared(const GaussianMeasure& from, const GaussianMeasure& to) {
  return std::max(gaussian_entropic_value(from, to, 0), 0.0);
}

at::Tensor gaussian_map(const at::Tensor& A, const at::Tensor& B, double epsilon) {
  using bures_detail::Matrix;
  using bures_detail::Vector;
  bures_detail::check_pair(A, B);
  bures_detail::check_epsilon(epsilon);
  const bures_detail::Pair pair(bures_detail::matrix_of(A), bures_detail::matrix_of(B));
  const double floor = 1e-12 * pair.spread.maxCoeff();
  const Vector inverse =
      pair.spread.unaryExpr([floor](double value) { return value > floor ? 1 / std::sqrt(value) : 0.0; });
  const Eigen::SelfAdjointEigenSolver<Matrix> of_middle(pair.middle);
  const double s = epsilon / 2;
  const Vector h = of_middle.eigenvalues().cwiseMax(0.0).unaryExpr([s](double value) {
    const double sum = std::sqrt(4 * value + s * s) + s;
    return sum > 0 ? 2 * value / sum : 0.0;
  });
  const Matrix V = pair.of_a.eigenvectors() * inverse.asDiagonal() * of_middle.eigenvectors();
  const Matrix T = V * h.asDiagonal() * V.transpose();
  return from_doubles({T.data(), static_cast<std::size_t>(T.size())}, A.sizes(), A);
}

double gaussian_entropic_value(const GaussianMeasure& from, const GaussianMeasure& to, double epsilon) {
  check_gaussian(from, "the first Gaussian");
  check_gaussian(to, "the second Gaussian");
  bures_detail::check_sizes(from.covariance, to.covariance);
  bures_detail::check_epsilon(epsilon);
  const auto m = to_vector(from.mean);
  const auto n = to_vector(to.mean);
  double apart = 0;
  for (std::size_t k = 0; k < m.size(); ++k) apart += (m[k] - n[k]) * (m[k] - n[k]);
  return apart + bures_detail::entropic_part(bures_detail::matrix_of(from.covariance),
                                             bures_detail::matrix_of(to.covariance), epsilon / 2);
}

double gaussian_divergence(const GaussianMeasure& from, const GaussianMeasure& to, double epsilon) {
  return gaussian_entropic_value(from, to, epsilon) -
         (gaussian_entropic_value(from, from, epsilon) + gaussian_entropic_value(to, to, epsilon)) / 2;
}

}  // namespace brenier::ot
