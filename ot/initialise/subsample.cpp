#include "ot/initialise/subsample.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/error.h"
#include "core/random.h"
#include "ot/sinkhorn/dual.h"

namespace brenier::ot {
namespace subsample_detail {

// `count` of the points, each drawn in proportion to its weight; never one of weight 0.
at::Tensor draw(const at::Tensor& points, const ProblemSide& side, Index count, RandomStream& random) {
  std::vector<double> below;  // mass up to and with this point
  double sum = 0;
  for (const double weight : side.weights) below.push_back(sum += weight);
  auto chosen = at::empty({count}, at::kLong);
  auto* indices = chosen.mutable_data_ptr<std::int64_t>();
  for (Index k = 0; k < count; ++k) {
    auto found = std::upper_bound(below.begin(), below.end(), random.uniform() * sum);
    if (found == below.end()) found = std::lower_bound(below.begin(), below.end(), sum);  // rounded up to the end
    indices[k] = found - below.begin();
  }
  return points.detach().index_select(0, chosen);
}

}  // namespace subsample_detail

Subsample::Subsample(Index points, std::uint64_t seed) : points_(points), seed_(seed) {
  if (points < 1) {
    throw Error(ErrorKind::kUsage, "the initialiser 'subsample' needs points")
        .found(std::to_string(points))
        .expected("at least 1");
  }
}

SinkhornStart Subsample::start(const LinearProblem& problem) const {
  const auto& cloud = require_points(*this, problem);
  const auto checked = check_problem(problem);
  RandomStream random(seed_, "ot/subsample");
  const auto x = subsample_detail::draw(cloud.row_leaf(), checked.a, points_, random);
  const auto y = subsample_detail::draw(cloud.column_leaf(), checked.b, points_, random);

  auto small = linear_problem(std::make_shared<PointCloud>(x, y, cloud.cost()), checked.epsilon);
  const auto uniform = [&](const ProblemSide& side) {
    return at::full({points_}, side.mass / static_cast<double>(points_), at::TensorOptions().dtype(cloud.dtype()));
  };
  small.a = uniform(checked.a);
  small.b = uniform(checked.b);
  small.penalty_a = problem.penalty_a;
  small.penalty_b = problem.penalty_b;
  small.reference = problem.reference;
  SinkhornSettings settings;
  settings.certify = false;
  const auto solved = solve_sinkhorn(small.geometry->passes(), check_problem(small), {}, settings);

  const PointCloud extension(cloud.row_leaf().detach(), y, cloud.cost());
  SinkhornStart out;
  out.f.resize(checked.a.weights.size());
  extension.passes().log_sums(Direction::kRows, 1 / checked.epsilon, solved.G.data(), out.f.data());
  const auto base = update_base(checked.a, checked.reference, checked.a.tau);  // -inf at zero weights
  for (std::size_t i = 0; i < base.size(); ++i) out.f[i] = checked.epsilon * (base[i] - checked.a.tau * out.f[i]);
  return out;
}

}  // namespace brenier::ot
