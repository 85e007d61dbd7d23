// torch.ops.brenier: transport without entropy.
//
//   exact_transport(cost, a, b)          value (differentiable), dense plan [N, M], potentials f [N], g [M]
//   wasserstein_1d(x, y, a, b, p)        W_p^p of points [N] and [M] on the line, differentiable
//   sliced_wasserstein(x, y, a, b, ...)  mean over random projections, differentiable
#include <ATen/ATen.h>
#include <torch/library.h>

#include "ops/transport.h"
#include "ot/exact/exact_transport.h"
#include "ot/exact/sliced.h"
#include "ot/exact/wasserstein_1d.h"

namespace brenier::ops::exact_detail {

std::tuple<at::Tensor, at::Tensor, at::Tensor, at::Tensor> exact_transport(const at::Tensor& cost, const MaybeTensor& a,
                                                                           const MaybeTensor& b) {
  ot::ExactSettings settings;
  settings.dense_plan = true;
  const auto out = ot::exact_transport(cost, a.value_or(at::Tensor()), b.value_or(at::Tensor()), settings);
  return {out.value, out.plan, out.f, out.g};
}

at::Tensor wasserstein_1d(const at::Tensor& x, const at::Tensor& y, const MaybeTensor& a, const MaybeTensor& b,
                          double p) {
  return ot::wasserstein_1d(x, y, a.value_or(at::Tensor()), b.value_or(at::Tensor()), p);
}

at::Tensor sliced_wasserstein(const at::Tensor& x, const at::Tensor& y, const MaybeTensor& a, const MaybeTensor& b,
                              std::int64_t projections, double p, std::int64_t seed) {
  ot::SlicedSettings settings;
  settings.projections = projections;
  settings.p = p;
  settings.seed = static_cast<std::uint64_t>(seed);
  return ot::sliced_wasserstein(x, y, a.value_or(at::Tensor()), b.value_or(at::Tensor()), settings);
}

}  // namespace brenier::ops::exact_detail

TORCH_LIBRARY_FRAGMENT(brenier, library) {
  namespace detail = brenier::ops::exact_detail;
  library.def(
      "exact_transport(Tensor cost, Tensor? a=None, Tensor? b=None) -> (Tensor value, Tensor plan, Tensor f, Tensor g)",
      &detail::exact_transport);
  library.def("wasserstein_1d(Tensor x, Tensor y, Tensor? a=None, Tensor? b=None, float p=2.0) -> Tensor",
              &detail::wasserstein_1d);
  library.def(
      "sliced_wasserstein(Tensor x, Tensor y, Tensor? a=None, Tensor? b=None, int projections=128, float p=2.0, *, "
      "int seed=0) -> Tensor",
      &detail::sliced_wasserstein);
}
