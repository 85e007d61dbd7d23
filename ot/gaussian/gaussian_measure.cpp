#include "ot/gaussian/gaussian_measure.h"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <cmath>

#include "core/error.h"
#include "core/number_text.h"
#include "core/shape.h"
#include "ot/geometry/doubles.h"

namespace brenier::ot {
namespace gaussian_measure_detail {

using Matrix = Eigen::MatrixXd;
using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

void check_symmetric(const Eigen::Map<const Rows>& matrix, const std::string& name, double tolerance) {
  for (Eigen::Index i = 0; i < matrix.rows(); ++i) {
    for (Eigen::Index j = 0; j < i; ++j) {
      if (std::abs(matrix(i, j) - matrix(j, i)) <= tolerance) continue;
      throw Error(ErrorKind::kData, name + " is not symmetric")
          .at("entry [" + std::to_string(i) + ", " + std::to_string(j) + "]")
          .found(number_text(matrix(i, j)) + " and across the diagonal " + number_text(matrix(j, i)))
          .expected("the same number twice");
    }
  }
}

// The weights divided by their sum.
Eigen::VectorXd shares_of(const at::Tensor& weights, Eigen::Index count) {
  if (!weights.defined()) return Eigen::VectorXd::Constant(count, 1 / static_cast<double>(count));
  check_shape(weights, "weights", "[" + std::to_string(count) + "]");
  check_floating(weights, "weights");
  check_finite(weights, "weights");
  const auto values = to_vector(weights);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] >= 0) continue;
    throw Error(ErrorKind::kData, "a weight of a Gaussian's points is negative")
        .at("weights[" + std::to_string(i) + "]")
        .found(number_text(values[i]))
        .expected("weights of at least 0");
  }
  const Eigen::VectorXd out = Eigen::Map<const Eigen::VectorXd>(values.data(), count);
  const double mass = out.sum();
  if (!(mass > 0)) throw Error(ErrorKind::kData, "all weights of a Gaussian's points are zero").expected("some mass");
  return out / mass;
}

}  // namespace gaussian_measure_detail

GaussianMeasure gaussian_of_points(const at::Tensor& points, const at::Tensor& weights) {
  using gaussian_measure_detail::Rows;
  check_shape(points, "points", "[N, D]");
  check_floating(points, "points");
  check_finite(points, "points");
  const auto doubles = to_doubles(points);
  const Eigen::Map<const Rows> rows(doubles.const_data_ptr<double>(), doubles.size(0), doubles.size(1));
  if (rows.size() == 0) throw Error(ErrorKind::kData, "a Gaussian of no points").expected("N >= 1 and D >= 1");
  const Eigen::VectorXd shares = gaussian_measure_detail::shares_of(weights, rows.rows());
  const Eigen::VectorXd mean = rows.transpose() * shares;
  Rows centred = rows.rowwise() - mean.transpose();
  centred.array().colwise() *= shares.array().sqrt();
  const Rows covariance = centred.transpose() * centred;
  return {from_doubles({mean.data(), static_cast<std::size_t>(mean.size())}, {doubles.size(1)}, doubles),
          from_doubles({covariance.data(), static_cast<std::size_t>(covariance.size())},
                       {doubles.size(1), doubles.size(1)}, doubles)};
}

void check_covariance(const at::Tensor& matrix, const std::string& name) {
  check_shape(matrix, name, "[D, D]");
  check_floating(matrix, name);
  check_finite(matrix, name);
  if (matrix.size(0) == 0) throw Error(ErrorKind::kData, name + " has no rows").expected("D >= 1");
  const auto doubles = to_doubles(matrix);
  const Eigen::Map<const gaussian_measure_detail::Rows> entries(doubles.const_data_ptr<double>(), doubles.size(0),
                                                                doubles.size(0));
  const double largest = entries.cwiseAbs().maxCoeff();
  if (largest == 0) return;
  const bool single = matrix.scalar_type() == at::kFloat;
  const double tolerance = (single ? kCovarianceToleranceSingle : kCovarianceTolerance) * largest;
  gaussian_measure_detail::check_symmetric(entries, name, tolerance);
  // A Cholesky factor of A + t exists when no eigenvalue lies below -t: far cheaper than the eigenvalues themselves.
  gaussian_measure_detail::Matrix lifted = entries;
  lifted.diagonal().array() += static_cast<double>(entries.rows()) * tolerance;
  if (Eigen::LLT<gaussian_measure_detail::Matrix>(lifted).info() == Eigen::Success) return;
  const Eigen::SelfAdjointEigenSolver<gaussian_measure_detail::Matrix> solver(entries, Eigen::EigenvaluesOnly);
  throw Error(ErrorKind::kData, name + " is not positive semi-definite")
      .found("the eigenvalue " + number_text(solver.eigenvalues().minCoeff()))
      .expected("none below 0");
}

void check_gaussian(const GaussianMeasure& measure, const std::string& name) {
  check_covariance(measure.covariance, "the covariance of " + name);
  check_shape(measure.mean, "the mean of " + name, "[" + std::to_string(measure.covariance.size(0)) + "]");
  check_floating(measure.mean, "the mean of " + name);
  check_finite(measure.mean, "the mean of " + name);
}

}  // namespace brenier::ot
