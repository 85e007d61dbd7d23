#include "models/svae/latent_draw.h"

#include <ATen/ATen.h>

#include <cmath>
#include <cstdint>

namespace brenier::models {
namespace latent_draw_detail {

constexpr double kLeastVariance = 1e-4;

template <class T>
LatentDraw draw(const at::Tensor& out, const at::Tensor& shifts, bool additive, RandomStream& stream) {
  const auto rows = shifts.size(0);
  const auto width = shifts.size(1);
  LatentDraw result{at::empty_like(shifts), at::empty_like(shifts), 0.0};
  const T* o = out.const_data_ptr<T>();
  const T* s = shifts.const_data_ptr<T>();
  T* e = result.noise.mutable_data_ptr<T>();
  T* z = result.z.mutable_data_ptr<T>();
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t j = 0; j < width; ++j) {
      const auto at = row * width + j;
      const T mean = o[2 * row * width + j];
      const T variance = std::exp(o[(2 * row + 1) * width + j]) + static_cast<T>(kLeastVariance);
      e[at] = static_cast<T>(stream.normal());
      z[at] = mean + std::sqrt(variance) * e[at] + (additive ? s[at] : T{0});
      const T away = mean - (additive ? T{0} : s[at]);
      result.divergence += 0.5 * static_cast<double>(variance + away * away - 1 - std::log(variance));
    }
  }
  return result;
}

template <class T>
LatentGradient gradient(const LatentDraw& draw, const at::Tensor& out, const at::Tensor& shifts, bool additive,
                        const at::Tensor& by_z, double weight) {
  const auto rows = shifts.size(0);
  const auto width = shifts.size(1);
  LatentGradient result{at::empty_like(out), at::empty_like(shifts)};
  const auto w = static_cast<T>(weight);
  const T* o = out.const_data_ptr<T>();
  const T* s = shifts.const_data_ptr<T>();
  const T* e = draw.noise.const_data_ptr<T>();
  const T* g = by_z.const_data_ptr<T>();
  T* by_out = result.out.mutable_data_ptr<T>();
  T* by_shift = result.shifts.mutable_data_ptr<T>();
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t j = 0; j < width; ++j) {
      const auto at = row * width + j;
      const T mean = o[2 * row * width + j];
      const T wide = std::exp(o[(2 * row + 1) * width + j]);
      const T variance = wide + static_cast<T>(kLeastVariance);
      const T away = mean - (additive ? T{0} : s[at]);
      const T by_variance = g[at] * e[at] / (2 * std::sqrt(variance)) + w * (1 - 1 / variance) / 2;
      by_out[2 * row * width + j] = g[at] + w * away;
      by_out[(2 * row + 1) * width + j] = by_variance * wide;
      by_shift[at] = additive ? g[at] : -w * away;
    }
  }
  return result;
}

bool is_double(const at::Tensor& tensor) { return tensor.scalar_type() == at::kDouble; }

}  // namespace latent_draw_detail

LatentDraw draw_latent(const at::Tensor& out, const at::Tensor& shifts, bool additive, RandomStream& stream) {
  namespace detail = latent_draw_detail;
  return detail::is_double(out) ? detail::draw<double>(out, shifts, additive, stream)
                                : detail::draw<float>(out, shifts, additive, stream);
}

LatentGradient latent_gradient(const LatentDraw& draw, const at::Tensor& out, const at::Tensor& shifts, bool additive,
                               const at::Tensor& gradient, double weight) {
  namespace detail = latent_draw_detail;
  return detail::is_double(out) ? detail::gradient<double>(draw, out, shifts, additive, gradient, weight)
                                : detail::gradient<float>(draw, out, shifts, additive, gradient, weight);
}

at::Tensor posterior_mean(const at::Tensor& out) { return out.narrow(1, 0, out.size(1) / 2); }

at::Tensor posterior_variance(const at::Tensor& out) {
  return out.narrow(1, out.size(1) / 2, out.size(1) / 2).exp() + latent_draw_detail::kLeastVariance;
}

at::Tensor log_prior_over_posterior(const LatentDraw& draw, const at::Tensor& out, const at::Tensor& shifts,
                                    bool additive) {
  const auto basal = (additive ? draw.z - shifts : draw.z).to(at::kDouble);
  const auto away = additive ? basal : basal - shifts.to(at::kDouble);
  const auto variance = posterior_variance(out).to(at::kDouble);
  return 0.5 * (draw.noise.to(at::kDouble).square() + variance.log() - away.square()).sum(1);
}

}  // namespace brenier::models
