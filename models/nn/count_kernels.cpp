// Compiled once for every instruction set: Highway includes this file again with each target.
#define HWY_DISABLED_TARGETS \
  (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)  // their vectors cannot be array elements
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/nn/count_kernels.cpp"
#include <hwy/foreach_target.h>
// Must follow foreach_target.
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include <array>
#include <cmath>
#include <limits>
#include <type_traits>
#include <vector>

#include "models/nn/count_kernels.h"

HWY_BEFORE_NAMESPACE();
namespace brenier::models::counts::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Wide = hn::CappedTag<double, 8>;
template <class T>
using Tag = hn::CappedTag<T, 8 * sizeof(double) / sizeof(T)>;
constexpr Index kMostLanes = 16;
constexpr Index kChunk = 256;       // counts above 0 that are looked at together
constexpr Index kFactorials = 512;  // log k! for k below

template <class D, class T = hn::TFromD<D>>
HWY_INLINE hn::Vec<D> LoadPart(D d, const T* HWY_RESTRICT from, Index count, T rest) {
  if (count >= static_cast<Index>(hn::Lanes(d))) return hn::LoadU(d, from);
  HWY_ALIGN T part[kMostLanes];
  for (Index j = 0; j < static_cast<Index>(hn::Lanes(d)); ++j) part[j] = j < count ? from[j] : rest;
  return hn::Load(d, part);
}

template <class D, class T = hn::TFromD<D>>
HWY_INLINE void StorePart(hn::Vec<D> value, D d, T* HWY_RESTRICT to, Index count) {
  if (count >= static_cast<Index>(hn::Lanes(d))) return hn::StoreU(value, d, to);
  HWY_ALIGN T part[kMostLanes];
  hn::Store(value, d, part);
  for (Index j = 0; j < count; ++j) to[j] = part[j];
}

// log Gamma and digamma of z > 0.
template <bool kDigamma, class V = hn::Vec<Wide>>
HWY_INLINE void LogGamma(V z, V& value, V& derivative) {
  const Wide d;
  const auto set = [&](double constant) HWY_ATTR { return hn::Set(d, constant); };
  const auto small = hn::Lt(z, set(8.0));
  const auto up = hn::IfThenElse(small, hn::Add(z, set(8.0)), z);
  const auto log_up = hn::Log(d, up);
  const auto inverse = hn::Div(set(1.0), up);
  const auto square = hn::Mul(inverse, inverse);
  auto series = set(-3617.0 / 122400.0);
  for (const double term :
       {1.0 / 156.0, -691.0 / 360360.0, 1.0 / 1188.0, -1.0 / 1680.0, 1.0 / 1260.0, -1.0 / 360.0, 1.0 / 12.0}) {
    series = hn::MulAdd(series, square, set(term));
  }
  constexpr double kHalfLogTwoPi = 0.91893853320467274178;
  value = hn::MulAdd(hn::Sub(up, set(0.5)), log_up, hn::Sub(set(kHalfLogTwoPi), up));
  value = hn::MulAdd(series, inverse, value);
  if constexpr (kDigamma) {
    auto slope = set(3617.0 / 8160.0);
    for (const double term :
         {-1.0 / 12.0, 691.0 / 32760.0, -1.0 / 132.0, 1.0 / 240.0, -1.0 / 252.0, 1.0 / 120.0, -1.0 / 12.0}) {
      slope = hn::MulAdd(slope, square, set(term));
    }
    derivative = hn::MulAdd(slope, square, hn::NegMulAdd(set(0.5), inverse, log_up));
  }
  if (hn::AllFalse(d, small)) return;
  // z (z + 1) ... (z + 7) = q (q + 6) (q + 10) (q + 12) with q = z (z + 7).
  const auto q = hn::Mul(z, hn::Add(z, set(7.0)));
  const auto first = hn::Mul(q, hn::Add(q, set(6.0)));
  const auto second = hn::Mul(hn::Add(q, set(10.0)), hn::Add(q, set(12.0)));
  const auto safe = hn::IfThenElse(small, hn::Mul(first, second), set(1.0));
  value = hn::Sub(value, hn::Log(d, safe));
  if constexpr (kDigamma) {
    const auto twice = hn::Add(q, q);
    auto change = hn::Mul(hn::Add(twice, set(6.0)), second);
    change = hn::MulAdd(hn::Add(twice, set(22.0)), first, change);
    change = hn::Div(hn::Mul(change, hn::MulAdd(set(2.0), z, set(7.0))), safe);
    derivative = hn::Sub(derivative, hn::IfThenElseZero(small, change));
  }
}

void LogGammas(Index count, const double* z, double* values, double* derivatives) {
  const Wide d;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  for (Index i = 0; i < count; i += lanes) {
    auto value = hn::Zero(d);
    auto derivative = value;
    LogGamma<true>(LoadPart(d, z + i, count - i, 1.0), value, derivative);
    StorePart(value, d, values + i, count - i);
    if (derivatives != nullptr) StorePart(derivative, d, derivatives + i, count - i);
  }
}

// log k!, for the counts that are small and whole.
inline const double* LogFactorials() {
  static const std::array<double, kFactorials> table = [] {
    std::array<double, kFactorials> values{};
    for (Index k = 2; k < kFactorials; ++k) {
      const auto place = static_cast<std::size_t>(k);
      values[place] = values[place - 1] + std::log(static_cast<double>(k));
    }
    return values;
  }();
  return table.data();
}

// What counts above 0 add: lgamma(x + theta) - lgamma(theta) - lgamma(x + 1), and theta (digamma(x + theta) -
// digamma(theta)) to the dispersion of their genes.
template <bool kGradients, class T>
HWY_INLINE double AboveZero(const Genes<T>& g, Index count, const double* HWY_RESTRICT x,
                            const std::int64_t* HWY_RESTRICT gene, const double* HWY_RESTRICT factorials,
                            T* HWY_RESTRICT dispersion) {
  const Wide d;
  const hn::Rebind<std::int64_t, Wide> whole;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  HWY_ALIGN double change[8];
  auto total = hn::Zero(d);
  auto unused = total;
  for (Index i = 0; i < count; i += lanes) {
    const auto at = hn::Load(whole, gene + i);
    const auto counted = hn::Load(d, x + i);
    const auto theta = hn::GatherIndex(d, g.wide_theta, at);
    auto value = total;
    auto derivative = total;
    LogGamma<kGradients>(hn::Add(counted, theta), value, derivative);
    value = hn::Sub(value, hn::GatherIndex(d, g.log_gamma, at));
    const auto in_table =
        hn::And(hn::Lt(counted, hn::Set(d, static_cast<double>(kFactorials))), hn::Eq(counted, hn::Floor(counted)));
    auto factorial = total;
    if (hn::AllTrue(d, in_table)) {
      factorial = hn::GatherIndex(d, factorials, hn::ConvertTo(whole, counted));
    } else {
      LogGamma<false>(hn::Add(counted, hn::Set(d, 1.0)), factorial, unused);
    }
    value = hn::Sub(value, factorial);
    const Index width = count - i;
    if (width < lanes) value = hn::IfThenElseZero(hn::FirstN(d, static_cast<std::size_t>(width)), value);
    total = hn::Add(total, value);
    if constexpr (kGradients) {
      derivative = hn::Mul(theta, hn::Sub(derivative, hn::GatherIndex(d, g.digamma, at)));
      hn::Store(derivative, d, change);
      for (Index j = 0; j < (width < lanes ? width : lanes); ++j) dispersion[gene[i + j]] += static_cast<T>(change[j]);
    }
  }
  return hn::GetLane(hn::SumOfLanes(d, total));
}

// log(1 + low / high) for 0 <= low <= high.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V LogOfSum(D d, V low, V high) {
  using T = hn::TFromD<D>;
  if constexpr (std::is_same_v<T, double>) {
    return hn::Log1p(d, hn::Div(low, high));
  } else {
    const auto share = hn::Div(low, hn::Add(hn::Add(high, high), low));  // at most 1/3: 2 atanh(share)
    const auto square = hn::Mul(share, share);
    auto series = hn::Set(d, T(2.0 / 13.0));
    for (const T term : {T(2.0 / 11.0), T(2.0 / 9.0), T(2.0 / 7.0), T(2.0 / 5.0), T(2.0 / 3.0), T(2.0)}) {
      series = hn::MulAdd(series, square, hn::Set(d, term));
    }
    return hn::Mul(series, share);
  }
}

// sum += value, lane by lane in double; a vector of floats adds twice to each lane.
template <class D, class V = hn::Vec<Wide>>
HWY_INLINE V AddWide(V sum, hn::Vec<D> value) {
  if constexpr (std::is_same_v<hn::TFromD<D>, double>) {
    return hn::Add(sum, value);
  } else {
#if HWY_TARGET == HWY_SCALAR
    return hn::Add(sum, hn::PromoteTo(Wide(), value));
#else
    const hn::Half<D> half;
    const auto low = hn::PromoteTo(Wide(), hn::LowerHalf(half, value));
    return hn::Add(sum, hn::Add(low, hn::PromoteTo(Wide(), hn::UpperHalf(half, value))));
#endif
  }
}

template <bool kGradients, class T>
HWY_INLINE void CountRow(const Genes<T>& g, const T* HWY_RESTRICT x, T library, const T* HWY_RESTRICT logits,
                         double& log_likelihood, T* HWY_RESTRICT share, T* HWY_RESTRICT gradient,
                         T* HWY_RESTRICT dispersion) {
  const Tag<T> d;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  const auto lowest = std::numeric_limits<T>::lowest();
  const auto zero = hn::Zero(d);
  const auto one = hn::Set(d, T(1));
  auto most = hn::Set(d, lowest);
  for (Index j = 0; j < g.genes; j += lanes) most = hn::Max(most, LoadPart(d, logits + j, g.genes - j, lowest));
  most = hn::MaxOfLanes(d, most);
  auto sum = zero;
  for (Index j = 0; j < g.genes; j += lanes) {
    const auto value = hn::Exp(d, hn::Sub(LoadPart(d, logits + j, g.genes - j, lowest), most));
    sum = hn::Add(sum, value);
    StorePart(value, d, share + j, g.genes - j);
  }
  const T total = hn::GetLane(hn::SumOfLanes(d, sum));
  const auto level = hn::Set(d, static_cast<T>(std::log(library)) - hn::GetLane(most) - std::log(total));
  const auto scale = hn::Set(d, library / total);
  auto terms = hn::Zero(Wide());
  auto slopes = zero;
  for (Index j = 0; j < g.genes; j += lanes) {
    const Index width = g.genes - j;
    const auto counted = LoadPart(d, x + j, width, T(0));
    const auto theta = LoadPart(d, g.theta + j, width, T(0));
    const auto mean = hn::Mul(LoadPart(d, share + j, width, T(0)), scale);
    // log(mean / theta) and mean / theta
    const auto log_odds =
        hn::Add(hn::Sub(LoadPart(d, logits + j, width, T(0)), LoadPart(d, g.log_theta + j, width, T(0))), level);
    const auto odds = hn::Mul(mean, LoadPart(d, g.inverse_theta + j, width, T(0)));
    const auto low = hn::Min(odds, one);
    const auto high = hn::Max(odds, one);
    const auto rest = LogOfSum(d, low, high);
    const auto pull = hn::Mul(theta, hn::Add(hn::Max(log_odds, zero), rest));
    terms = AddWide<Tag<T>>(terms, hn::MulAdd(counted, hn::Add(hn::Max(hn::Neg(log_odds), zero), rest), pull));
    if constexpr (kGradients) {
      const auto slope = hn::Div(hn::Sub(counted, mean), hn::Add(low, high));
      slopes = hn::Add(slopes, slope);
      StorePart(slope, d, gradient + j, width);
      StorePart(hn::Sub(LoadPart(d, dispersion + j, width, T(0)), hn::Add(pull, slope)), d, dispersion + j, width);
    }
  }
  log_likelihood = -hn::GetLane(hn::SumOfLanes(Wide(), terms));
  if constexpr (kGradients) {
    const auto factor = hn::Set(d, hn::GetLane(hn::SumOfLanes(d, slopes)) / total);
    for (Index j = 0; j < g.genes; j += lanes) {
      const Index width = g.genes - j;
      const auto slope = LoadPart(d, gradient + j, width, T(0));
      StorePart(hn::NegMulAdd(LoadPart(d, share + j, width, T(0)), factor, slope), d, gradient + j, width);
    }
  }
}

template <bool kGradients, class T>
void CountRowsOf(const Genes<T>& g, const CountRows<T>& r) {
  const double* factorials = LogFactorials();
  std::vector<T> share(static_cast<std::size_t>(g.genes));
  HWY_ALIGN double above[kChunk + 8] = {};
  HWY_ALIGN std::int64_t place[kChunk + 8] = {};
  for (Index i = 0; i < r.rows; ++i) {
    const T* x = r.counts + i * g.genes;
    CountRow<kGradients>(g, x, r.library[i], r.logits + i * g.genes, r.log_likelihood[i], share.data(),
                         kGradients ? r.gradient + i * g.genes : nullptr, r.dispersion);
    Index j = 0;
    while (j < g.genes) {
      Index count = 0;
      for (; j < g.genes && count < kChunk; ++j) {
        above[count] = static_cast<double>(x[j]);
        place[count] = j;
        count += x[j] != T(0) ? 1 : 0;
      }
      for (Index k = count; k < count + 8; ++k) {  // the lanes of the last vector that are not counted
        above[k] = 1.0;
        place[k] = 0;
      }
      r.log_likelihood[i] += AboveZero<kGradients>(g, count, above, place, factorials, r.dispersion);
    }
  }
}

template <class T>
void GaussianRowsOf(const GaussianRows<T>& r) {
  const Tag<T> d;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  for (Index i = 0; i < r.rows; ++i) {
    auto terms = hn::Zero(Wide());
    for (Index j = 0; j < r.genes; j += lanes) {
      const Index width = r.genes - j;
      const Index at = i * r.genes + j;
      const auto off = hn::Sub(LoadPart(d, r.cells + at, width, T(0)), LoadPart(d, r.mean + at, width, T(0)));
      const auto slope = hn::Mul(off, LoadPart(d, r.precision + j, width, T(0)));
      const auto square = hn::Mul(off, slope);
      terms = AddWide<Tag<T>>(terms, square);
      if (r.gradient == nullptr) continue;
      StorePart(slope, d, r.gradient + at, width);
      StorePart(hn::Add(LoadPart(d, r.dispersion + j, width, T(0)), square), d, r.dispersion + j, width);
    }
    r.log_likelihood[i] = -0.5 * hn::GetLane(hn::SumOfLanes(Wide(), terms));
  }
}

#define BRENIER_COUNTS(T, SUFFIX)                                                                \
  void Count##SUFFIX(const Genes<T>& genes, const CountRows<T>& rows) {                          \
    rows.gradient != nullptr ? CountRowsOf<true>(genes, rows) : CountRowsOf<false>(genes, rows); \
  }                                                                                              \
  void Gaussian##SUFFIX(const GaussianRows<T>& rows) { GaussianRowsOf(rows); }
BRENIER_COUNTS(float, F32)
BRENIER_COUNTS(double, F64)
#undef BRENIER_COUNTS

}  // namespace brenier::models::counts::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brenier::models::counts {

HWY_EXPORT(LogGammas);
void log_gamma(Index count, const double* z, double* values, double* derivatives) {
  HWY_DYNAMIC_DISPATCH(LogGammas)(count, z, values, derivatives);
}

#define BRENIER_DISPATCH(T, SUFFIX)                                                 \
  HWY_EXPORT(Count##SUFFIX);                                                        \
  HWY_EXPORT(Gaussian##SUFFIX);                                                     \
  template <>                                                                       \
  void negative_binomial_rows<T>(const Genes<T>& genes, const CountRows<T>& rows) { \
    HWY_DYNAMIC_DISPATCH(Count##SUFFIX)(genes, rows);                               \
  }                                                                                 \
  template <>                                                                       \
  void gaussian_rows<T>(const GaussianRows<T>& rows) {                              \
    HWY_DYNAMIC_DISPATCH(Gaussian##SUFFIX)(rows);                                   \
  }
BRENIER_DISPATCH(float, F32)
BRENIER_DISPATCH(double, F64)
#undef BRENIER_DISPATCH

}  // namespace brenier::models::counts
#endif  // HWY_ONCE
