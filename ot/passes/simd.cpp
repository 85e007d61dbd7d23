// Compiled once for every instruction set: Highway includes this file again with each target.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ot/passes/simd.cpp"
#include <hwy/foreach_target.h>
// Must follow foreach_target.
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include <cmath>
#include <limits>

#include "ot/passes/simd.h"

HWY_BEFORE_NAMESPACE();
namespace brenier::ot::simd::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// The last, partial vector of a row is done through one of these, so that no call reads or writes past the end.
template <class D>
struct Tail {
  using T = hn::TFromD<D>;
  static hn::Vec<D> load(D d, const T* from, Index count) {
    HWY_ALIGN T lane[HWY_MAX_BYTES / sizeof(T)] = {};
    for (Index k = 0; k < count; ++k) lane[k] = from[k];
    return hn::Load(d, lane);
  }
  static void store(D d, hn::Vec<D> value, T* to, Index count) {
    HWY_ALIGN T lane[HWY_MAX_BYTES / sizeof(T)];
    hn::Store(value, d, lane);
    for (Index k = 0; k < count; ++k) to[k] = lane[k];
  }
  // Lanes from `count` on become `filler`.
  static hn::Vec<D> keep(D d, hn::Vec<D> value, Index count, T filler) {
    return hn::IfThenElse(hn::FirstN(d, static_cast<std::size_t>(count)), value, hn::Set(d, filler));
  }
};

template <class T>
void SquaredDistances(const T* x, Index rows, Index dimension, const T* y, Index stride, Index columns, T* out) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  for (Index i = 0; i < rows; ++i) {
    const T* row = x + i * dimension;
    T* target = out + i * columns;
    Index j = 0;
    for (; j + 2 * lanes <= columns; j += 2 * lanes) {
      auto sum0 = hn::Zero(d);
      auto sum1 = hn::Zero(d);
      for (Index k = 0; k < dimension; ++k) {
        const auto point = hn::Set(d, row[k]);
        const auto z0 = hn::Sub(point, hn::LoadU(d, y + k * stride + j));
        const auto z1 = hn::Sub(point, hn::LoadU(d, y + k * stride + j + lanes));
        sum0 = hn::MulAdd(z0, z0, sum0);
        sum1 = hn::MulAdd(z1, z1, sum1);
      }
      hn::StoreU(sum0, d, target + j);
      hn::StoreU(sum1, d, target + j + lanes);
    }
    for (; j < columns; j += lanes) {
      const Index count = columns - j < lanes ? columns - j : lanes;
      auto sum = hn::Zero(d);
      for (Index k = 0; k < dimension; ++k) {
        const auto z = hn::Sub(hn::Set(d, row[k]), Tail<decltype(d)>::load(d, y + k * stride + j, count));
        sum = hn::MulAdd(z, z, sum);
      }
      Tail<decltype(d)>::store(d, sum, target + j, count);
    }
  }
}

template <class T>
double Exponentials(T* values, Index count, T shift, const T* bias, T scale) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  const auto shift_lanes = hn::Set(d, shift);
  const auto scale_lanes = hn::Set(d, scale);
  auto sum = hn::Zero(d);
  Index j = 0;
  for (; j + lanes <= count; j += lanes) {
    const auto exponent =
        hn::NegMulAdd(scale_lanes, hn::LoadU(d, values + j), hn::Add(shift_lanes, hn::LoadU(d, bias + j)));
    const auto value = hn::Exp(d, exponent);
    hn::StoreU(value, d, values + j);
    sum = hn::Add(sum, value);
  }
  if (j < count) {
    const Index rest = count - j;
    const auto exponent = hn::NegMulAdd(scale_lanes, Tail<decltype(d)>::load(d, values + j, rest),
                                        hn::Add(shift_lanes, Tail<decltype(d)>::load(d, bias + j, rest)));
    const auto value = Tail<decltype(d)>::keep(d, hn::Exp(d, exponent), rest, T(0));
    Tail<decltype(d)>::store(d, value, values + j, rest);
    sum = hn::Add(sum, value);
  }
  return static_cast<double>(hn::GetLane(hn::SumOfLanes(d, sum)));
}

template <class T>
T Exponents(T* values, Index count, const T* bias, T scale) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  const T lowest = -std::numeric_limits<T>::infinity();
  const auto scale_lanes = hn::Set(d, scale);
  auto largest = hn::Set(d, lowest);
  Index j = 0;
  for (; j + lanes <= count; j += lanes) {
    const auto value = hn::NegMulAdd(scale_lanes, hn::LoadU(d, values + j), hn::LoadU(d, bias + j));
    hn::StoreU(value, d, values + j);
    largest = hn::Max(largest, value);
  }
  if (j < count) {
    const Index rest = count - j;
    const auto value = hn::NegMulAdd(scale_lanes, Tail<decltype(d)>::load(d, values + j, rest),
                                     Tail<decltype(d)>::load(d, bias + j, rest));
    Tail<decltype(d)>::store(d, value, values + j, rest);
    largest = hn::Max(largest, Tail<decltype(d)>::keep(d, value, rest, lowest));
  }
  return hn::GetLane(hn::MaxOfLanes(d, largest));
}

template <class T>
double SumOfExponentials(const T* values, Index count, T shift) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  const auto shift_lanes = hn::Set(d, shift);
  auto sum = hn::Zero(d);
  Index j = 0;
  for (; j + lanes <= count; j += lanes) sum = hn::Add(sum, hn::Exp(d, hn::Sub(hn::LoadU(d, values + j), shift_lanes)));
  if (j < count) {
    const Index rest = count - j;
    const auto value = hn::Exp(d, hn::Sub(Tail<decltype(d)>::load(d, values + j, rest), shift_lanes));
    sum = hn::Add(sum, Tail<decltype(d)>::keep(d, value, rest, T(0)));
  }
  return static_cast<double>(hn::GetLane(hn::SumOfLanes(d, sum)));
}

template <class T>
void AddScaled(T factor, const T* values, Index count, T* sums) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  const auto factor_lanes = hn::Set(d, factor);
  Index j = 0;
  for (; j + lanes <= count; j += lanes)
    hn::StoreU(hn::MulAdd(factor_lanes, hn::LoadU(d, values + j), hn::LoadU(d, sums + j)), d, sums + j);
  for (; j < count; ++j) sums[j] = std::fma(factor, values[j], sums[j]);
}

// Partial sums in T over this many terms, then in float64.
constexpr Index kChunk = 512;

template <class D>
HWY_INLINE double Sum(D d, hn::Vec<D> values) {
  return static_cast<double>(hn::GetLane(hn::SumOfLanes(d, values)));
}

template <int kRows, class T>
HWY_INLINE void WeightedRows(const T* factors, const T* values, Index stride, Index columns, double* sums) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  Index j = 0;
  HWY_ALIGN T part[HWY_MAX_BYTES / sizeof(T)];
  for (; j + lanes <= columns; j += lanes) {
    auto sum = hn::Zero(d);
    for (int i = 0; i < kRows; ++i)
      sum = hn::MulAdd(hn::Set(d, factors[i]), hn::LoadU(d, values + i * stride + j), sum);
    if constexpr (sizeof(T) == sizeof(double)) {
      hn::StoreU(hn::Add(hn::LoadU(d, sums + j), sum), d, sums + j);
    } else {
      const hn::ScalableTag<double> wide;
      const hn::Rebind<T, decltype(wide)> narrow;
      hn::Store(sum, d, part);
      for (Index k = 0; k < lanes; k += static_cast<Index>(hn::Lanes(wide))) {
        const auto more = hn::PromoteTo(wide, hn::Load(narrow, part + k));
        hn::StoreU(hn::Add(hn::LoadU(wide, sums + j + k), more), wide, sums + j + k);
      }
    }
  }
  for (; j < columns; ++j) {
    T sum = 0;
    for (int i = 0; i < kRows; ++i) sum += factors[i] * values[i * stride + j];
    sums[j] += static_cast<double>(sum);
  }
}

template <class T>
void AddWeightedRows(const T* factors, const T* values, Index rows, Index stride, Index columns, double* sums) {
  Index i = 0;
  for (; i + 8 <= rows; i += 8) WeightedRows<8>(factors + i, values + i * stride, stride, columns, sums);
  for (; i < rows; ++i) WeightedRows<1>(factors + i, values + i * stride, stride, columns, sums);
}

template <int kRows, class T>
HWY_INLINE void Products(const T* values, Index stride, Index columns, const T* with, Index with_stride, Index width,
                         double* out) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  for (Index first = 0; first < columns; first += kChunk) {
    const Index last = columns - first < kChunk ? columns : first + kChunk;
    for (Index k = 0; k < width; ++k) {
      const T* other = with + k * with_stride;
      V sum[kRows];
      for (int i = 0; i < kRows; ++i) sum[i] = hn::Zero(d);
      Index j = first;
      for (; j + lanes <= last; j += lanes) {
        const V factor = hn::LoadU(d, other + j);
        for (int i = 0; i < kRows; ++i) sum[i] = hn::MulAdd(factor, hn::LoadU(d, values + i * stride + j), sum[i]);
      }
      for (int i = 0; i < kRows; ++i) {
        double total = Sum(d, sum[i]);
        for (Index rest = j; rest < last; ++rest)
          total += static_cast<double>(values[i * stride + rest]) * static_cast<double>(other[rest]);
        out[i * width + k] += total;
      }
    }
  }
}

template <class T>
void AddProducts(const T* values, Index rows, Index stride, Index columns, const T* with, Index with_stride,
                 Index width, double* out) {
  Index i = 0;
  for (; i + 8 <= rows; i += 8)
    Products<8>(values + i * stride, stride, columns, with, with_stride, width, out + i * width);
  for (; i < rows; ++i) Products<1>(values + i * stride, stride, columns, with, with_stride, width, out + i * width);
}

template <class T>
void AddMoments(const T* entries, const T* costs, const T* bias, Index count, double* out) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  for (Index first = 0; first < count; first += kChunk) {
    const Index last = count - first < kChunk ? count : first + kChunk;
    auto mass = hn::Zero(d);
    auto cost = hn::Zero(d);
    auto potential = hn::Zero(d);
    Index j = first;
    for (; j + lanes <= last; j += lanes) {
      const auto entry = hn::LoadU(d, entries + j);
      mass = hn::Add(mass, entry);
      cost = hn::MulAdd(entry, hn::LoadU(d, costs + j), cost);
      potential = hn::MulAdd(entry, hn::LoadU(d, bias + j), potential);
    }
    out[0] += Sum(d, mass);
    out[1] += Sum(d, cost);
    out[2] += Sum(d, potential);
    for (; j < last; ++j) {
      const auto entry = static_cast<double>(entries[j]);
      out[0] += entry;
      out[1] += entry * static_cast<double>(costs[j]);
      out[2] += entry * static_cast<double>(bias[j]);
    }
  }
}

template <class T>
void MultiplyBySum(T* values, Index count, T base, const T* bias) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  const auto base_lanes = hn::Set(d, base);
  Index j = 0;
  for (; j + lanes <= count; j += lanes)
    hn::StoreU(hn::Mul(hn::LoadU(d, values + j), hn::Add(base_lanes, hn::LoadU(d, bias + j))), d, values + j);
  for (; j < count; ++j) values[j] *= base + bias[j];
}

// The dispatch tables need plain functions.
#define BRENIER_OT_SIMD(T, SUFFIX)                                                                                     \
  void SquaredDistances##SUFFIX(const T* x, Index rows, Index dimension, const T* y, Index stride, Index columns,      \
                                T* out) {                                                                              \
    SquaredDistances<T>(x, rows, dimension, y, stride, columns, out);                                                  \
  }                                                                                                                    \
  double Exponentials##SUFFIX(T* values, Index count, T shift, const T* bias, T scale) {                               \
    return Exponentials<T>(values, count, shift, bias, scale);                                                         \
  }                                                                                                                    \
  T Exponents##SUFFIX(T* values, Index count, const T* bias, T scale) {                                                \
    return Exponents<T>(values, count, bias, scale);                                                                   \
  }                                                                                                                    \
  double SumOfExponentials##SUFFIX(const T* values, Index count, T shift) {                                            \
    return SumOfExponentials<T>(values, count, shift);                                                                 \
  }                                                                                                                    \
  void AddScaled##SUFFIX(T factor, const T* values, Index count, T* sums) {                                            \
    AddScaled<T>(factor, values, count, sums);                                                                         \
  }                                                                                                                    \
  void AddWeightedRows##SUFFIX(const T* factors, const T* values, Index rows, Index stride, Index columns,             \
                               double* sums) {                                                                         \
    AddWeightedRows<T>(factors, values, rows, stride, columns, sums);                                                  \
  }                                                                                                                    \
  void AddProducts##SUFFIX(const T* values, Index rows, Index stride, Index columns, const T* with, Index with_stride, \
                           Index width, double* out) {                                                                 \
    AddProducts<T>(values, rows, stride, columns, with, with_stride, width, out);                                      \
  }                                                                                                                    \
  void AddMoments##SUFFIX(const T* entries, const T* costs, const T* bias, Index count, double* out) {                 \
    AddMoments<T>(entries, costs, bias, count, out);                                                                   \
  }                                                                                                                    \
  void MultiplyBySum##SUFFIX(T* values, Index count, T base, const T* bias) {                                          \
    MultiplyBySum<T>(values, count, base, bias);                                                                       \
  }
BRENIER_OT_SIMD(float, F32)
BRENIER_OT_SIMD(double, F64)
#undef BRENIER_OT_SIMD

}  // namespace brenier::ot::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brenier::ot::simd {

#define BRENIER_OT_DISPATCH(T, SUFFIX)                                                                             \
  HWY_EXPORT(SquaredDistances##SUFFIX);                                                                            \
  HWY_EXPORT(Exponentials##SUFFIX);                                                                                \
  HWY_EXPORT(Exponents##SUFFIX);                                                                                   \
  HWY_EXPORT(SumOfExponentials##SUFFIX);                                                                           \
  HWY_EXPORT(AddScaled##SUFFIX);                                                                                   \
  HWY_EXPORT(AddWeightedRows##SUFFIX);                                                                             \
  HWY_EXPORT(AddProducts##SUFFIX);                                                                                 \
  HWY_EXPORT(AddMoments##SUFFIX);                                                                                  \
  HWY_EXPORT(MultiplyBySum##SUFFIX);                                                                               \
  template <>                                                                                                      \
  void squared_distances<T>(const T* x, Index rows, Index dimension, const T* y, Index stride, Index columns,      \
                            T* out) {                                                                              \
    HWY_DYNAMIC_DISPATCH(SquaredDistances##SUFFIX)(x, rows, dimension, y, stride, columns, out);                   \
  }                                                                                                                \
  template <>                                                                                                      \
  double exponentials<T>(T * values, Index count, T shift, const T* bias, T scale) {                               \
    return HWY_DYNAMIC_DISPATCH(Exponentials##SUFFIX)(values, count, shift, bias, scale);                          \
  }                                                                                                                \
  template <>                                                                                                      \
  T exponents<T>(T * values, Index count, const T* bias, T scale) {                                                \
    return HWY_DYNAMIC_DISPATCH(Exponents##SUFFIX)(values, count, bias, scale);                                    \
  }                                                                                                                \
  template <>                                                                                                      \
  double sum_of_exponentials<T>(const T* values, Index count, T shift) {                                           \
    return HWY_DYNAMIC_DISPATCH(SumOfExponentials##SUFFIX)(values, count, shift);                                  \
  }                                                                                                                \
  template <>                                                                                                      \
  void add_scaled<T>(T factor, const T* values, Index count, T* sums) {                                            \
    HWY_DYNAMIC_DISPATCH(AddScaled##SUFFIX)(factor, values, count, sums);                                          \
  }                                                                                                                \
  template <>                                                                                                      \
  void add_weighted_rows<T>(const T* factors, const T* values, Index rows, Index stride, Index columns,            \
                            double* sums) {                                                                        \
    HWY_DYNAMIC_DISPATCH(AddWeightedRows##SUFFIX)(factors, values, rows, stride, columns, sums);                   \
  }                                                                                                                \
  template <>                                                                                                      \
  void add_products<T>(const T* values, Index rows, Index stride, Index columns, const T* with, Index with_stride, \
                       Index width, double* out) {                                                                 \
    HWY_DYNAMIC_DISPATCH(AddProducts##SUFFIX)(values, rows, stride, columns, with, with_stride, width, out);       \
  }                                                                                                                \
  template <>                                                                                                      \
  void add_moments<T>(const T* entries, const T* costs, const T* bias, Index count, double* out) {                 \
    HWY_DYNAMIC_DISPATCH(AddMoments##SUFFIX)(entries, costs, bias, count, out);                                    \
  }                                                                                                                \
  template <>                                                                                                      \
  void multiply_by_sum<T>(T * values, Index count, T base, const T* bias) {                                        \
    HWY_DYNAMIC_DISPATCH(MultiplyBySum##SUFFIX)(values, count, base, bias);                                        \
  }
BRENIER_OT_DISPATCH(float, F32)
BRENIER_OT_DISPATCH(double, F64)
#undef BRENIER_OT_DISPATCH

}  // namespace brenier::ot::simd
#endif  // HWY_ONCE
