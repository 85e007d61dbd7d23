// torch.ops.brenier.low_rank_sinkhorn: a plan Q diag(1/g) R^T of a given rank between points (ot/low_rank).
//
// q [N, r], r [M, r], g [r], value (differentiable in x and y at fixed factors), the change of the last step (at most
// 1e-4 when it converged), iterations.
#include <ATen/ATen.h>
#include <torch/library.h>

#include "ops/transport.h"
#include "ot/cost/cost.h"
#include "ot/geometry/point_cloud.h"
#include "ot/low_rank/low_rank_sinkhorn.h"

namespace brenier::ops::low_rank_detail {

std::tuple<at::Tensor, at::Tensor, at::Tensor, at::Tensor, double, std::int64_t> low_rank_sinkhorn(
    const at::Tensor& x, const at::Tensor& y, const MaybeTensor& a, const MaybeTensor& b, std::int64_t rank,
    double epsilon, double threshold, std::int64_t max_iterations, const std::string& cost, std::int64_t seed) {
  ot::LowRankSettings settings;
  settings.rank = rank;
  settings.epsilon = epsilon;
  settings.threshold = threshold;
  settings.max_iterations = max_iterations;
  settings.seed = static_cast<std::uint64_t>(seed);
  const auto out = ot::low_rank_sinkhorn(std::make_shared<ot::PointCloud>(x, y, ot::cost_by_name(cost)),
                                         a.value_or(at::Tensor()), b.value_or(at::Tensor()), settings);
  return {out.q, out.r, out.g, out.value, out.change, out.iterations};
}

}  // namespace brenier::ops::low_rank_detail

TORCH_LIBRARY_FRAGMENT(brenier, library) {
  library.def(
      "low_rank_sinkhorn(Tensor x, Tensor y, Tensor? a=None, Tensor? b=None, int rank=10, float epsilon=0.0, float "
      "threshold=0.0001, int max_iterations=1000, *, str cost='sqeuclidean', int seed=0) -> (Tensor q, Tensor r, "
      "Tensor "
      "g, Tensor value, float change, int iterations)",
      &brenier::ops::low_rank_detail::low_rank_sinkhorn);
}
