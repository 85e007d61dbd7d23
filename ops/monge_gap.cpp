// torch.ops.brenier.monge_gap: how far a map is from moving its points optimally (ot/divergence/monge_gap.h).
//
// x and mapped [N, D]. Returns the gap (differentiable) and the marginal error of the solve.
#include "ot/divergence/monge_gap.h"

#include <ATen/ATen.h>
#include <torch/library.h>

#include "ops/transport.h"

namespace brenier::ops::monge_gap_detail {

std::tuple<at::Tensor, double> monge_gap(const at::Tensor& x, const at::Tensor& mapped, const MaybeTensor& a,
                                         std::optional<double> epsilon, double threshold, std::int64_t max_iterations,
                                         const std::string& cost, const std::string& epsilon_scale) {
  ot::MongeGapSettings settings;
  settings.cost = ot::cost_by_name(cost);
  settings.epsilon = epsilon;
  settings.epsilon_scale = ot::epsilon_scale_by_name(epsilon_scale);
  settings.sinkhorn.threshold = threshold;
  settings.sinkhorn.max_iterations = max_iterations;
  settings.sinkhorn.certify = false;
  const auto out = ot::monge_gap(x, mapped, a.value_or(at::Tensor()), settings);
  return {out.value, out.transport.marginal_error};
}

}  // namespace brenier::ops::monge_gap_detail

TORCH_LIBRARY_FRAGMENT(brenier, library) {
  library.def(
      "monge_gap(Tensor x, Tensor mapped, Tensor? a=None, float? epsilon=None, float threshold=0.001, int "
      "max_iterations=10000, *, str cost='sqeuclidean', str epsilon_scale='none') -> (Tensor gap, float "
      "marginal_error)",
      &brenier::ops::monge_gap_detail::monge_gap);
}
