#include "ot/cost/p_norm.h"

#include <cmath>

#include "core/error.h"
#include "core/number_text.h"

namespace brenier::ot {
namespace p_norm_detail {

// |z|^e, with 0^e = 0 for every e: what derivatives take at a kink.
double power(double z, double exponent) {
  const double size = std::abs(z);
  if (size == 0) return 0;
  return exponent == 0 ? 1 : std::pow(size, exponent);
}

double sign(double z) { return z > 0 ? 1.0 : z < 0 ? -1.0 : 0.0; }

PNormRule checked(double p, double q) {
  if (!std::isfinite(p) || p < 1) {
    throw Error(ErrorKind::kUsage, "the order of a p-norm is out of range")
        .found(number_text(p))
        .expected("a finite number, at least 1");
  }
  if (!std::isfinite(q) || q <= 0) {
    throw Error(ErrorKind::kUsage, "the power of a p-norm is out of range")
        .found(number_text(q))
        .expected("a finite number above 0");
  }
  return PNormRule{p, q};
}

}  // namespace p_norm_detail

std::string PNormRule::name() const {
  return "pnorm:" + number_text(p) + (q == 1 ? std::string() : ":" + number_text(q));
}

template <class T>
void PNormRule::values(const PairBlock<T>& block, T* out) const {
  for (Index i = 0; i < block.rows; ++i) {
    for (Index j = 0; j < block.columns; ++j) {
      double sum = 0;
      for (Index k = 0; k < block.dimension; ++k) {
        const double z = static_cast<double>(block.x[i * block.dimension + k]) - block.y[j * block.dimension + k];
        sum += p == 1 ? std::abs(z) : p_norm_detail::power(z, p);
      }
      out[i * block.columns + j] = static_cast<T>(q == p ? sum : p_norm_detail::power(sum, q / p));
    }
  }
}

// With s = sum |z|^p: d1 c = q s^(q/p-1) |z_k|^(p-1) sign(z_k).
template <class T>
void PNormRule::gradient(const T* x, const T* y, Index dimension, double* out) const {
  double sum = 0;
  for (Index k = 0; k < dimension; ++k) {
    const double z = static_cast<double>(x[k]) - y[k];
    sum += p_norm_detail::power(z, p);
    out[k] = p_norm_detail::power(z, p - 1) * p_norm_detail::sign(z);
  }
  const double factor = q * p_norm_detail::power(sum, q / p - 1);
  for (Index k = 0; k < dimension; ++k) out[k] *= factor;
}

// With e_k = |z_k|^(p-1) sign(z_k) and w = u - v:
// q s^(q/p-1) (p-1) |z_k|^(p-2) w_k + q (q-p) s^(q/p-2) e_k (e . w).
template <class T>
void PNormRule::second(const T* x, const T* y, const double* u, const double* v, Index dimension, double* out) const {
  double sum = 0;
  double along = 0;
  for (Index k = 0; k < dimension; ++k) {
    const double z = static_cast<double>(x[k]) - y[k];
    sum += p_norm_detail::power(z, p);
    along += p_norm_detail::power(z, p - 1) * p_norm_detail::sign(z) * (u[k] - v[k]);
  }
  const double diagonal = q * (p - 1) * p_norm_detail::power(sum, q / p - 1);
  const double outer = q * (q - p) * p_norm_detail::power(sum, q / p - 2) * along;
  for (Index k = 0; k < dimension; ++k) {
    const double z = static_cast<double>(x[k]) - y[k];
    out[k] = diagonal * p_norm_detail::power(z, p - 2) * (u[k] - v[k]) +
             outer * p_norm_detail::power(z, p - 1) * p_norm_detail::sign(z);
  }
}

#define BRENIER_OT_P_NORM(T)                                                      \
  template void PNormRule::values<T>(const PairBlock<T>&, T*) const;              \
  template void PNormRule::gradient<T>(const T*, const T*, Index, double*) const; \
  template void PNormRule::second<T>(const T*, const T*, const double*, const double*, Index, double*) const;
BRENIER_OT_P_NORM(float)
BRENIER_OT_P_NORM(double)
#undef BRENIER_OT_P_NORM

PNorm::PNorm(double p, double q) : PairwiseCost(p_norm_detail::checked(p, q)) {}

}  // namespace brenier::ot
