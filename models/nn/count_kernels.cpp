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

#include "models/nn/log_gamma.inc"

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

HWY_INLINE hn::Vec<Wide> LoadWide(const double* from) { return hn::LoadU(Wide(), from); }
HWY_INLINE hn::Vec<Wide> LoadWide(const float* from) {
  return hn::PromoteTo(Wide(), hn::LoadU(hn::Rebind<float, Wide>(), from));
}
using WidePlaces = hn::Rebind<std::int64_t, Wide>;
HWY_INLINE hn::Vec<WidePlaces> LoadPlaces(const std::int64_t* from) { return hn::LoadU(WidePlaces(), from); }
HWY_INLINE hn::Vec<WidePlaces> LoadPlaces(const std::int32_t* from) {
  return hn::PromoteTo(WidePlaces(), hn::LoadU(hn::Rebind<std::int32_t, Wide>(), from));
}

template <class T>
using Place = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;  // the number of a gene

// Counts of a row that no table knows, and their genes.
template <class T>
struct Others {
  Index count = 0;
  std::vector<T> counts;
  std::vector<Place<T>> genes;
};

// What they add: lgamma(x + theta) - lgamma(theta) - lgamma(x + 1), and theta (digamma(x + theta) - digamma(theta)) to
// the dispersion of their genes.
template <bool kGradients, class T>
HWY_INLINE double AddOthers(const Genes<T>& g, const Others<T>& others, const double* HWY_RESTRICT factorials,
                            T* HWY_RESTRICT dispersion) {
  const Wide d;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  HWY_ALIGN double change[8];
  auto total = hn::Zero(d);
  auto unused = total;
  for (Index i = 0; i < others.count; i += lanes) {
    const Index width = others.count - i < lanes ? others.count - i : lanes;
    const auto* genes = others.genes.data() + i;
    const auto counted = LoadWide(others.counts.data() + i);
    const bool neighbours = width == lanes && genes[lanes - 1] - genes[0] == lanes - 1;
    const auto of_genes = [&](const double* values) HWY_ATTR {
      return neighbours ? hn::LoadU(d, values + genes[0]) : hn::GatherIndex(d, values, LoadPlaces(genes));
    };
    const auto theta = of_genes(g.wide_theta);
    auto value = total;
    auto derivative = total;
    LogGamma<kGradients>(hn::Add(counted, theta), value, derivative);
    value = hn::Sub(value, of_genes(g.log_gamma));
    const auto in_table =
        hn::And(hn::Lt(counted, hn::Set(d, static_cast<double>(kFactorials))), hn::Eq(counted, hn::Floor(counted)));
    auto factorial = total;
    if (hn::AllTrue(d, in_table)) {
      factorial = hn::GatherIndex(d, factorials, hn::ConvertTo(WidePlaces(), counted));
    } else {
      LogGamma<false>(hn::Add(counted, hn::Set(d, 1.0)), factorial, unused);
    }
    value = hn::Sub(value, factorial);
    if (width < lanes) value = hn::IfThenElseZero(hn::FirstN(d, static_cast<std::size_t>(width)), value);
    total = hn::Add(total, value);
    if constexpr (kGradients) {
      hn::Store(hn::Mul(theta, hn::Sub(derivative, of_genes(g.digamma))), d, change);
      for (Index j = 0; j < width; ++j) dispersion[genes[j]] += static_cast<T>(change[j]);
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

template <class T>
void PrepareGenes(const Genes<T>& g) {
  const Tag<T> d;
  const Wide wide;
  const auto wide_lanes = static_cast<Index>(hn::Lanes(wide));
  for (Index j = 0; j < g.genes; j += wide_lanes) {
    HWY_ALIGN double exponents[8] = {};
    for (Index k = 0; k < wide_lanes && j + k < g.genes; ++k) exponents[k] = static_cast<double>(g.log_theta[j + k]);
    const auto theta = hn::Exp(wide, hn::Load(wide, exponents));
    auto value = theta;
    auto derivative = theta;
    LogGamma<true>(theta, value, derivative);
    StorePart(theta, wide, g.wide_theta + j, g.genes - j);
    StorePart(value, wide, g.log_gamma + j, g.genes - j);
    StorePart(derivative, wide, g.digamma + j, g.genes - j);
  }
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  const auto one = hn::Set(d, T(1));
  for (Index j = 0; j < g.genes; ++j) g.theta[j] = static_cast<T>(g.wide_theta[j]);
  for (Index j = 0; j < g.genes; j += lanes) {
    const Index width = g.genes - j;
    const auto theta = LoadPart(d, g.theta + j, width, T(1));
    StorePart(hn::Div(one, theta), d, g.inverse_theta + j, width);
    StorePart(LoadPart(d, g.log_theta + j, width, T(0)), d, g.rise + j, width);
    StorePart(one, d, g.slope + j, width);
    for (Index k = 1; k + 1 < kTabled; ++k) {
      const auto next = hn::Add(theta, hn::Set(d, static_cast<T>(k)));
      const auto share = hn::Set(d, T(1) / static_cast<T>(k + 1));
      StorePart(hn::Log(d, hn::Mul(next, share)), d, g.rise + k * g.genes + j, width);
      StorePart(hn::Div(theta, next), d, g.slope + k * g.genes + j, width);
    }
  }
}

// share <- exp(logits - most); returns most and the sum.
template <class T>
HWY_INLINE void Softmax(Index genes, const T* HWY_RESTRICT logits, T* HWY_RESTRICT share, T& most, T& total) {
  const Tag<T> d;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  const auto lowest = std::numeric_limits<T>::lowest();
  auto top = hn::Set(d, lowest);
  for (Index j = 0; j < genes; j += lanes) top = hn::Max(top, LoadPart(d, logits + j, genes - j, lowest));
  top = hn::MaxOfLanes(d, top);
  auto sum = hn::Zero(d);
  for (Index j = 0; j < genes; j += lanes) {
    const auto value = hn::Exp(d, hn::Sub(LoadPart(d, logits + j, genes - j, lowest), top));
    sum = hn::Add(sum, value);
    StorePart(value, d, share + j, genes - j);
  }
  most = hn::GetLane(top);
  total = hn::GetLane(hn::SumOfLanes(d, sum));
}

template <bool kGradients, class T>
HWY_INLINE double CountRow(const Genes<T>& g, const T* HWY_RESTRICT x, T library, const T* HWY_RESTRICT logits,
                           T* HWY_RESTRICT share, Others<T>& others, T* HWY_RESTRICT gradient,
                           T* HWY_RESTRICT dispersion) {
  const Tag<T> d;
  const hn::Rebind<Place<T>, Tag<T>> places;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  const auto zero = hn::Zero(d);
  const auto one = hn::Set(d, T(1));
  T most = 0;
  T total = 0;
  Softmax(g.genes, logits, share, most, total);
  const auto level = hn::Set(d, static_cast<T>(std::log(library)) - most - std::log(total));
  const auto scale = hn::Set(d, library / total);
  auto terms = hn::Zero(Wide());
  auto slopes = zero;
  others.count = 0;
  for (Index j = 0; j < g.genes; j += lanes) {
    const Index width = g.genes - j;
    const auto counted = LoadPart(d, x + j, width, T(0));
    const auto theta = LoadPart(d, g.theta + j, width, T(0));
    const auto mean = hn::Mul(LoadPart(d, share + j, width, T(0)), scale);
    // log(mean / theta) and mean / theta
    const auto log_theta = LoadPart(d, g.log_theta + j, width, T(0));
    const auto log_odds = hn::Add(hn::Sub(LoadPart(d, logits + j, width, T(0)), log_theta), level);
    const auto odds = hn::Mul(mean, LoadPart(d, g.inverse_theta + j, width, T(0)));
    const auto low = hn::Min(odds, one);
    const auto high = hn::Max(odds, one);
    const auto rest = LogOfSum(d, low, high);
    const auto pull = hn::Mul(theta, hn::Add(hn::Max(log_odds, zero), rest));
    auto term = hn::MulAdd(counted, hn::Add(hn::Max(hn::Neg(log_odds), zero), rest), pull);
    auto change = pull;
    const auto tabled =
        hn::And(hn::Lt(counted, hn::Set(d, static_cast<T>(kTabled))), hn::Eq(counted, hn::Floor(counted)));
    for (Index k = 0; k + 1 < kTabled; ++k) {
      const auto reached = hn::And(tabled, hn::Gt(counted, hn::Set(d, static_cast<T>(k))));
      if (hn::AllFalse(d, reached)) break;
      const Index at = k * g.genes + j;
      term = hn::Sub(term, hn::IfThenElseZero(reached, LoadPart(d, g.rise + at, width, T(0))));
      if constexpr (kGradients) {
        change = hn::Sub(change, hn::IfThenElseZero(reached, LoadPart(d, g.slope + at, width, T(0))));
      }
    }
    if (!hn::AllTrue(d, tabled)) {
      const auto other = hn::Not(tabled);
      hn::StoreU(hn::Compress(counted, other), d, others.counts.data() + others.count);
      hn::StoreU(hn::Compress(hn::Iota(places, static_cast<Place<T>>(j)), hn::RebindMask(places, other)), places,
                 others.genes.data() + others.count);
      others.count += static_cast<Index>(hn::CountTrue(d, other));
    }
    terms = AddWide<Tag<T>>(terms, term);
    if constexpr (kGradients) {
      const auto slope = hn::Div(hn::Sub(counted, mean), hn::Add(low, high));
      slopes = hn::Add(slopes, slope);
      StorePart(slope, d, gradient + j, width);
      const auto before = LoadPart(d, dispersion + j, width, T(0));
      StorePart(hn::Sub(before, hn::Add(change, slope)), d, dispersion + j, width);
    }
  }
  if constexpr (kGradients) {
    const auto factor = hn::Set(d, hn::GetLane(hn::SumOfLanes(d, slopes)) / total);
    for (Index j = 0; j < g.genes; j += lanes) {
      const Index width = g.genes - j;
      const auto slope = LoadPart(d, gradient + j, width, T(0));
      StorePart(hn::NegMulAdd(LoadPart(d, share + j, width, T(0)), factor, slope), d, gradient + j, width);
    }
  }
  return -hn::GetLane(hn::SumOfLanes(Wide(), terms));
}

template <bool kGradients, class T>
void CountRowsOf(const Genes<T>& g, const CountRows<T>& r) {
  const double* factorials = LogFactorials();
  const auto size = static_cast<std::size_t>(g.genes);
  std::vector<T> share(size);
  Others<T> others;  // a vector is written whole, whatever of it counts, and read whole
  others.counts.resize(size + kMostLanes);
  others.genes.resize(size + kMostLanes);
  for (Index i = 0; i < r.rows; ++i) {
    const Index at = i * g.genes;
    const double value = CountRow<kGradients>(g, r.counts + at, r.library[i], r.logits + at, share.data(), others,
                                              kGradients ? r.gradient + at : nullptr, r.dispersion);
    for (Index k = others.count; k < others.count + 8; ++k) {
      others.counts[static_cast<std::size_t>(k)] = T(1);
      others.genes[static_cast<std::size_t>(k)] = 0;
    }
    r.log_likelihood[i] = value + AddOthers<kGradients>(g, others, factorials, r.dispersion);
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
  void Prepare##SUFFIX(const Genes<T>& genes) { PrepareGenes(genes); }                           \
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
  HWY_EXPORT(Prepare##SUFFIX);                                                      \
  HWY_EXPORT(Gaussian##SUFFIX);                                                     \
  template <>                                                                       \
  void prepare_genes<T>(const Genes<T>& genes) {                                    \
    HWY_DYNAMIC_DISPATCH(Prepare##SUFFIX)(genes);                                   \
  }                                                                                 \
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
