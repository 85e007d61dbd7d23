// torch.ops.brenier.gromov_wasserstein: entropic Gromov-Wasserstein between cost matrices, fused with `cross`
// (ot/gromov).
//
// cost_x [N, N], cost_y [M, M], cross [N, M]. Returns the plan [N, M] (no gradient), the value (differentiable in the
// matrices, a and b), the change of the last outer step (at most `threshold` when it converged), outer iterations.
#include <ATen/ATen.h>
#include <torch/library.h>

#include "core/error.h"
#include "ops/transport.h"
#include "ot/geometry/dense_cost.h"
#include "ot/gromov/gromov_wasserstein.h"

namespace brenier::ops::gromov_detail {

std::tuple<at::Tensor, at::Tensor, double, std::int64_t> gromov_wasserstein(
    const at::Tensor& cost_x, const at::Tensor& cost_y, const MaybeTensor& a, const MaybeTensor& b,
    std::optional<double> epsilon, const MaybeTensor& cross, std::optional<double> alpha, double threshold,
    std::int64_t max_iterations, const std::string& loss) {
  ot::GromovProblem problem;
  problem.x = std::make_shared<ot::DenseCost>(cost_x);
  problem.y = std::make_shared<ot::DenseCost>(cost_y);
  if (cross) problem.cross = std::make_shared<ot::DenseCost>(*cross);
  problem.alpha = alpha;
  if (a) problem.a = *a;
  if (b) problem.b = *b;
  problem.epsilon = epsilon;
  problem.loss = ot::gromov_loss_by_name(loss);
  ot::GromovSettings settings;
  settings.threshold = threshold;
  settings.max_iterations = max_iterations;
  const auto out = ot::gromov_wasserstein(problem, settings);
  return {out.plan, out.value, out.change, out.iterations};
}

}  // namespace brenier::ops::gromov_detail

TORCH_LIBRARY_FRAGMENT(brenier, library) {
  library.def(
      "gromov_wasserstein(Tensor cost_x, Tensor cost_y, Tensor? a=None, Tensor? b=None, float? epsilon=None, *, "
      "Tensor? cross=None, float? alpha=None, float threshold=1e-05, int max_iterations=1000, str loss='square') -> "
      "(Tensor plan, Tensor value, float change, int iterations)",
      &brenier::ops::gromov_detail::gromov_wasserstein);
}
