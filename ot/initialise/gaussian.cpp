#include "ot/initialise/gaussian.h"

#include <Eigen/Eigenvalues>
#include <cmath>

#include "ot/cost/squared_euclidean.h"

namespace brenier::ot {
namespace gaussian_detail {

using Matrix = Eigen::MatrixXd;
using Points = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

struct SideMoments {
  Eigen::VectorXd mean;
  Matrix covariance;
};

SideMoments moments_of(const Points& points, const ProblemSide& side) {
  const Eigen::VectorXd weights = Eigen::Map<const Eigen::VectorXd>(side.weights.data(), points.rows()) / side.mass;
  SideMoments out;
  out.mean = points.transpose() * weights;
  Points centred = points.rowwise() - out.mean.transpose();
  centred.array().colwise() *= weights.array().sqrt();
  out.covariance = centred.transpose() * centred;
  return out;
}

// T of the header.
Matrix entropic_map(const Matrix& A, const Matrix& B, double epsilon) {
  const Eigen::SelfAdjointEigenSolver<Matrix> of_a(A);
  const Eigen::VectorXd spread = of_a.eigenvalues().cwiseMax(0.0);
  const double floor = 1e-12 * spread.maxCoeff();
  const Eigen::VectorXd roots = spread.cwiseSqrt();
  const Eigen::VectorXd inverse =
      spread.unaryExpr([floor](double value) { return value > floor ? 1 / std::sqrt(value) : 0.0; });
  const Matrix& U = of_a.eigenvectors();
  const Matrix middle = roots.asDiagonal() * (U.transpose() * B * U) * roots.asDiagonal();
  const Eigen::SelfAdjointEigenSolver<Matrix> of_middle(middle);
  const double s = epsilon / 2;
  // h without cancellation.
  const Eigen::VectorXd h = of_middle.eigenvalues().cwiseMax(0.0).unaryExpr(
      [s](double value) { return 2 * value / (std::sqrt(4 * value + s * s) + s); });
  const Matrix V = U * inverse.asDiagonal() * of_middle.eigenvectors();
  return V * h.asDiagonal() * V.transpose();
}

}  // namespace gaussian_detail

SinkhornStart Gaussian::start(const LinearProblem& problem) const {
  using gaussian_detail::Matrix;
  using gaussian_detail::Points;
  const auto& cloud = require_points(*this, problem);
  if (dynamic_cast<const SquaredEuclidean*>(cloud.cost().get()) == nullptr) {
    refuse_geometry(*this, problem, "the cost '" + cloud.cost()->name() + "'", "the cost 'sqeuclidean'");
  }
  const Index dimension = cloud.row_leaf().size(1);
  if (dimension > kMostFeatures) {
    refuse_geometry(*this, problem, "points of " + std::to_string(dimension) + " features",
                    "at most " + std::to_string(kMostFeatures));
  }
  const auto checked = check_problem(problem);
  const auto x_numbers = plain_numbers(cloud.row_leaf());
  const auto y_numbers = plain_numbers(cloud.column_leaf());
  const Eigen::Map<const Points> x(x_numbers.data(), cloud.rows(), dimension);
  const Eigen::Map<const Points> y(y_numbers.data(), cloud.columns(), dimension);
  const auto from = gaussian_detail::moments_of(x, checked.a);
  const auto to = gaussian_detail::moments_of(y, checked.b);
  const Matrix T = gaussian_detail::entropic_map(from.covariance, to.covariance, checked.epsilon);

  // About m_a, where nothing cancels: |x|^2 - 2 m_b . x = |z|^2 + 2 (m_a - m_b) . z + a number that the mean takes
  // away.
  const Points z = x.rowwise() - from.mean.transpose();
  const Points moved = z * (Matrix::Identity(dimension, dimension) - T);
  const Eigen::VectorXd f = moved.cwiseProduct(z).rowwise().sum() + 2 * z * (from.mean - to.mean);
  double mean = 0;
  double count = 0;
  for (Index i = 0; i < cloud.rows(); ++i) {
    if (checked.a.weights[static_cast<std::size_t>(i)] == 0) continue;
    mean += f[i];
    count += 1;
  }
  SinkhornStart out;
  for (Index i = 0; i < cloud.rows(); ++i)
    out.f.push_back(f[i] - mean / count + checked.epsilon * checked.a.log_weights[static_cast<std::size_t>(i)]);
  return out;
}

}  // namespace brenier::ot
