#include "ot/initialise/gaussian.h"

#include <Eigen/Core>

#include "ot/cost/squared_euclidean.h"
#include "ot/gaussian/bures.h"
#include "ot/geometry/doubles.h"

namespace brenier::ot {

SinkhornStart Gaussian::start(const LinearProblem& problem) const {
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
  const auto gaussian_of = [](const at::Tensor& points, const ProblemSide& side) {
    return gaussian_of_points(points, to_tensor(side.weights, {points.size(0)}, at::kDouble));
  };
  const auto from = gaussian_of(cloud.row_leaf(), checked.a);
  const auto to = gaussian_of(cloud.column_leaf(), checked.b);
  const auto map = gaussian_map(from.covariance, to.covariance, checked.epsilon);
  const auto points = to_doubles(cloud.row_leaf());
  using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const Eigen::Map<const Rows> x(points.const_data_ptr<double>(), cloud.rows(), dimension);
  const Eigen::Map<const Rows> T(map.const_data_ptr<double>(), dimension, dimension);
  const Eigen::Map<const Eigen::VectorXd> m_a(from.mean.const_data_ptr<double>(), dimension);
  const Eigen::Map<const Eigen::VectorXd> m_b(to.mean.const_data_ptr<double>(), dimension);

  // About m_a, where nothing cancels: |x|^2 - 2 m_b . x = |z|^2 + 2 (m_a - m_b) . z + a number that the mean takes
  // away.
  const Rows z = x.rowwise() - m_a.transpose();
  const Rows moved = z * (Eigen::MatrixXd::Identity(dimension, dimension) - T);
  const Eigen::VectorXd f = moved.cwiseProduct(z).rowwise().sum() + 2 * z * (m_a - m_b);
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
