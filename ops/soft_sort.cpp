// torch.ops.brenier: differentiable sorting of values [N] or of the rows of [B, N] (ot/soft_sort). An unconverged solve
// is an error.
#include "ot/soft_sort/soft_sort.h"

#include <ATen/ATen.h>
#include <torch/library.h>

#include "ops/transport.h"

namespace brenier::ops::soft_sort_detail {

ot::SoftSortSettings settings(double epsilon, bool squash) {
  ot::SoftSortSettings out;
  out.epsilon = epsilon;
  out.squash = squash ? ot::Squash::kLogistic : ot::Squash::kNone;
  return out;
}

at::Tensor soft_sort(const at::Tensor& values, double epsilon, bool squash) {
  return ot::soft_sort(values, settings(epsilon, squash));
}

at::Tensor soft_rank(const at::Tensor& values, double epsilon, bool squash) {
  return ot::soft_rank(values, settings(epsilon, squash));
}

at::Tensor soft_quantile(const at::Tensor& values, const std::vector<double>& levels, double epsilon, bool squash) {
  return ot::soft_quantile(values, levels, settings(epsilon, squash));
}

at::Tensor soft_topk_mask(const at::Tensor& values, std::int64_t k, double epsilon, bool squash) {
  return ot::soft_topk_mask(values, k, settings(epsilon, squash));
}

}  // namespace brenier::ops::soft_sort_detail

TORCH_LIBRARY_FRAGMENT(brenier, library) {
  namespace detail = brenier::ops::soft_sort_detail;
  library.def("soft_sort(Tensor values, float epsilon=0.01, bool squash=True) -> Tensor", &detail::soft_sort);
  library.def("soft_rank(Tensor values, float epsilon=0.01, bool squash=True) -> Tensor", &detail::soft_rank);
  library.def("soft_quantile(Tensor values, float[] levels, float epsilon=0.01, bool squash=True) -> Tensor",
              &detail::soft_quantile);
  library.def("soft_topk_mask(Tensor values, int k, float epsilon=0.01, bool squash=True) -> Tensor",
              &detail::soft_topk_mask);
}
