#include "ot/divergence/monge_gap.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/error.h"
#include "core/number_text.h"
#include "core/shape.h"
#include "ot/geometry/point_cloud.h"

namespace brenier::ot {
namespace monge_gap_detail {

// Pairs are computed as the diagonals of small blocks, so that any cost will do: kBlock times too many costs, far fewer
// than one iteration of the solver.
inline constexpr Index kBlock = 32;

// c(x_i, y_i) [N].
at::Tensor paired_costs(const PointCloud& cloud) {
  const auto x = cloud.row_leaf();
  const auto y = cloud.column_leaf();
  std::vector<at::Tensor> parts;
  for (Index first = 0; first < cloud.rows(); first += kBlock) {
    const Index count = std::min(kBlock, cloud.rows() - first);
    parts.push_back(cost_matrix(cloud.cost(), x.narrow(0, first, count), y.narrow(0, first, count)).diagonal());
  }
  return at::cat(parts);
}

// -sum a log a.
at::Tensor entropy(const at::Tensor& a) { return -(a * at::where(a > 0, a, at::ones_like(a)).log()).sum(); }

void check_total(const at::Tensor& a) {
  const double total = a.detach().to(at::kDouble).sum().item<double>();
  if (std::abs(total - 1) <= (a.scalar_type() == at::kFloat ? 1e-5 : 1e-9)) return;
  throw Error(ErrorKind::kData, "the weights of a Monge gap are not those of a mean")
      .at("a")
      .found("the sum " + number_text(total))
      .expected("the sum 1")
      .hint("divide them by their sum");
}

}  // namespace monge_gap_detail

MongeGapOutput monge_gap(const at::Tensor& x, const at::Tensor& mapped, const at::Tensor& a,
                         const MongeGapSettings& settings) {
  check_shape(x, "x", "[N, D]");
  check_alike(mapped, "mapped", x, "x");
  const auto cloud = std::make_shared<PointCloud>(x, mapped, settings.cost);
  LinearProblem problem;
  problem.geometry = cloud;
  problem.a = problem.b = a;
  if (settings.epsilon) problem.epsilon = at::scalar_tensor(*settings.epsilon, at::TensorOptions().dtype(at::kDouble));
  problem.epsilon_scale = settings.epsilon_scale;

  MongeGapOutput out;
  out.transport = sinkhorn(problem, settings.sinkhorn);
  // A weight of zero takes its point out, and gets no gradient.
  const auto weights = a.defined() ? at::where(a > 0, a, at::zeros_like(a))
                                   : at::full({x.size(0)}, 1 / static_cast<double>(x.size(0)), x.options());
  monge_gap_detail::check_total(weights);
  out.displacement = (weights * monge_gap_detail::paired_costs(*cloud)).sum();
  out.value = out.displacement + out.transport.epsilon * monge_gap_detail::entropy(weights) - out.transport.value;
  return out;
}

}  // namespace brenier::ot
