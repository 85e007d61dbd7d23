#include "models/svae/kernel_discrepancy.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/error.h"

namespace brenier::models {
namespace kernel_discrepancy_detail {

constexpr std::int64_t kBlock = 256;

double widest(const KernelDiscrepancySettings& settings, double sigma) {
  return std::ldexp(sigma, static_cast<int>(settings.kernels - 1 - settings.kernels / 2));
}

// Squared distances of rows, float64; x and y shifted alike so that products do not cancel.
at::Tensor squared_distances(const at::Tensor& x, const at::Tensor& y) {
  return at::addmm(x.square().sum(1, true) + y.square().sum(1).unsqueeze(0), x, y.t(), 1.0, -2.0).clamp_min_(0.0);
}

// The mean of k over all pairs. `slopes`, when given, becomes -dk/d|x-y|^2 of each pair.
double kernel_sum(const at::Tensor& distances, std::int64_t kernels, double bandwidth, at::Tensor* slopes) {
  const auto narrowest_of = distances.mul(-1.0 / bandwidth).exp_().contiguous();
  const double* wide = narrowest_of.const_data_ptr<double>();
  const auto count = narrowest_of.numel();
  double* slope = nullptr;
  if (slopes != nullptr) {
    *slopes = at::empty_like(narrowest_of);
    slope = slopes->mutable_data_ptr<double>();
  }
  double total = 0.0;
  std::array<double, kBlock> k{};
  std::array<double, kBlock> sum{};
  std::array<double, kBlock> weighted{};
  for (std::int64_t begin = 0; begin < count; begin += kBlock) {
    const auto n = static_cast<std::size_t>(std::min(kBlock, count - begin));
    double inverse = 1.0 / bandwidth;
    std::copy_n(wide + begin, n, k.begin());
    sum.fill(0.0);
    weighted.fill(0.0);
    for (std::int64_t r = 0; r < kernels; ++r) {
      for (std::size_t i = 0; i < n; ++i) {
        sum[i] += k[i];
        weighted[i] += inverse * k[i];
        k[i] *= k[i];
      }
      inverse *= 2.0;
    }
    double part = 0.0;
    for (std::size_t i = 0; i < n; ++i) part += sum[i];
    total += part;
    if (slope != nullptr) std::copy_n(weighted.begin(), n, slope + begin);
  }
  return total / static_cast<double>(count);
}

}  // namespace kernel_discrepancy_detail

void KernelDiscrepancySettings::describe(Fields& fields) {
  fields.integer("kernels", kernels, Range::between(1.0, 20.0), "How many Gaussian kernels are summed");
  fields.real("sigma", sigma, Range::at_least(0.0),
              "Bandwidth of the middle kernel, in squared units of the cells; the others differ by factors of 2. "
              "0: the mean squared distance of the cells at hand");
}

KernelDiscrepancy kernel_discrepancy(const at::Tensor& x, const at::Tensor& y,
                                     const KernelDiscrepancySettings& settings, bool gradient) {
  namespace detail = kernel_discrepancy_detail;
  if (x.dim() != 2 || y.dim() != 2 || x.size(1) != y.size(1) || x.size(0) < 1 || y.size(0) < 1) {
    throw Error(ErrorKind::kDefect, "two samples cannot be compared").expected("x [N, D] and y [M, D], N, M >= 1");
  }
  const c10::NoGradGuard no_grad;
  const auto centre = y.to(at::kDouble).mean(0);
  const auto a = x.to(at::kDouble) - centre;
  const auto b = y.to(at::kDouble) - centre;
  const auto n = static_cast<double>(a.size(0));
  const auto m = static_cast<double>(b.size(0));
  const auto aa = detail::squared_distances(a, a);
  const auto bb = detail::squared_distances(b, b);
  const auto ab = detail::squared_distances(a, b);
  double sigma = settings.sigma;
  if (sigma == 0.0) {
    const double sum = aa.sum().item<double>() + bb.sum().item<double>() + 2.0 * ab.sum().item<double>();
    sigma = std::max(sum / ((n + m) * (n + m - 1.0)), 1e-300);
  }
  const double bandwidth = detail::widest(settings, sigma);
  at::Tensor within;
  at::Tensor between;
  KernelDiscrepancy out;
  out.value = detail::kernel_sum(aa, settings.kernels, bandwidth, gradient ? &within : nullptr) +
              detail::kernel_sum(bb, settings.kernels, bandwidth, nullptr) -
              2.0 * detail::kernel_sum(ab, settings.kernels, bandwidth, gradient ? &between : nullptr);
  if (gradient) {
    // d k(x_i, .)/d x_i = -2 w (x_i - .), and a pair within x is counted from both of its ends.
    const auto pull = a * within.sum(1, true) - at::mm(within, a);
    const auto push = a * between.sum(1, true) - at::mm(between, b);
    out.gradient = push * (4.0 / (n * m)) - pull * (4.0 / (n * n));
  }
  return out;
}

double mean_kernel(const at::Tensor& squared_distances, const KernelDiscrepancySettings& settings) {
  namespace detail = kernel_discrepancy_detail;
  const c10::NoGradGuard no_grad;
  return detail::kernel_sum(squared_distances.to(at::kDouble), settings.kernels,
                            detail::widest(settings, settings.sigma), nullptr);
}

}  // namespace brenier::models
