// Compiled once for every instruction set: Highway includes this file again with each target.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ot/passes/gaussian_tile.cpp"
#include <hwy/foreach_target.h>
// Must follow foreach_target.
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "ot/passes/gaussian_tile.h"

HWY_BEFORE_NAMESPACE();
namespace brenier::ot::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// 2^r for |r| <= 1/2.
template <class D>
HWY_INLINE hn::Vec<D> PowerPolynomial(D d, hn::Vec<D> r) {
  auto p = hn::MulAdd(r, hn::Set(d, 0.0013276472454890609F), hn::Set(d, 0.009675540961325169F));
  p = hn::MulAdd(p, r, hn::Set(d, 0.05550713092088699F));
  p = hn::MulAdd(p, r, hn::Set(d, 0.24022120237350464F));
  p = hn::MulAdd(p, r, hn::Set(d, 0.6931469440460205F));
  return hn::MulAdd(p, r, hn::Set(d, 1.0000001192092896F));
}

// 2^t, see the header.
template <class D>
HWY_INLINE hn::Vec<D> PowerOfTwo(D d, hn::Vec<D> t) {
#if HWY_TARGET <= HWY_AVX3
  // The processor scales by powers of two itself, to 0 and infinity beyond the range of the type.
  t = hn::Max(t, hn::Set(d, -200.0F));
  const auto whole = hn::Round(t);
  const auto p = PowerPolynomial(d, hn::Sub(t, whole));
  return hn::Vec<D>{_mm512_scalef_ps(p.raw, whole.raw)};
#else
  const hn::RebindToSigned<D> di;
  const auto lowest = hn::Set(d, -126.0F);
  const auto vanished = hn::Lt(t, lowest);
  t = hn::Min(hn::Max(t, lowest), hn::Set(d, 127.4F));
  // Adding 1.5 * 2^23 leaves round(t) in the low bits.
  const auto magic = hn::Set(d, 12582912.0F);
  const auto whole = hn::Add(t, magic);
  const auto p = PowerPolynomial(d, hn::Sub(t, hn::Sub(whole, magic)));
  const auto exponent = hn::ShiftLeft<23>(hn::BitCast(di, whole));
  return hn::IfThenZeroElse(vanished, hn::BitCast(d, hn::Add(hn::BitCast(di, p), exponent)));
#endif
}

// Exponents come in units of ln 2 in float32 and as they are in float64.
template <class T>
struct Unit;
template <>
struct Unit<float> {
  static constexpr float kFactor = 1.4426950408889634F;
};
template <>
struct Unit<double> {
  static constexpr double kFactor = 1;
};

template <class D>
HWY_INLINE hn::Vec<D> ExpOfUnits(D d, hn::Vec<D> t) {
  if constexpr (sizeof(hn::TFromD<D>) == sizeof(float))
    return PowerOfTwo(d, t);
  else
    return hn::Exp(d, t);
}

// Vectors of columns side by side: as many as leave room for eight rows of sums in registers.
#if HWY_TARGET <= HWY_AVX3
constexpr int kWide = 2;
#else
constexpr int kWide = 1;
#endif

// sums[0 .. lanes) += sum_i factors_i values_ij of kRows vectors, one after the other.
template <int kRows, class D, class T = hn::TFromD<D>>
HWY_INLINE void AddFinished(D d, const T* factors, const T* values, double* sums) {
  const auto lanes = hn::Lanes(d);
  auto sum = hn::Zero(d);
  for (std::size_t i = 0; i < kRows; ++i)
    sum = hn::MulAdd(hn::LoadU(d, values + i * lanes), hn::Set(d, factors[i]), sum);
  if constexpr (sizeof(T) == sizeof(double)) {
    hn::StoreU(hn::Add(hn::LoadU(d, sums), sum), d, sums);
  } else {
    const hn::ScalableTag<double> wide;
    const hn::Rebind<T, decltype(wide)> narrow;
    HWY_ALIGN T part[HWY_MAX_BYTES / sizeof(T)];
    hn::Store(sum, d, part);
    for (std::size_t k = 0; k < lanes; k += hn::Lanes(wide)) {
      const auto more = hn::PromoteTo(wide, hn::Load(narrow, part + k));
      hn::StoreU(hn::Add(hn::LoadU(wide, sums + k), more), wide, sums + k);
    }
  }
}

// kRows rows of a tile. kNear features by differences; 0: any number by products, of rows multiplied by 2 scale.
// A strip's vectors lie row after row, column after column.
template <int kRows, int kNear, bool kStrip, class T>
HWY_INLINE void RowBlock(const GaussianTile<T>& tile, Index first, T* HWY_RESTRICT out, double* HWY_RESTRICT sums,
                         const simd::WeightedRows<T>* finished = nullptr) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  constexpr T unit = Unit<T>::kFactor;
  const V scale = hn::Set(d, unit * tile.scale);
  const T* x = tile.x + first * tile.dimension;
  T shift[kRows];
  V sum[kRows];
  for (int i = 0; i < kRows; ++i) {
    shift[i] = unit * tile.shift[first + i];
    if constexpr (kNear == 0) shift[i] -= unit * tile.scale * tile.x_norms[first + i];
    sum[i] = hn::Zero(d);
  }
  // One vector of columns for near features, two for products: a row's value is then loaded once for both.
  const auto columns = [&]<int kVectors>(Index j) HWY_ATTR {
    const T* y = tile.y + j;
    V t[kVectors][kRows];
    for (int v = 0; v < kVectors; ++v) {
      V bias = hn::Mul(hn::Set(d, unit), hn::LoadU(d, tile.bias + j + v * lanes));
      if constexpr (kNear == 0) bias = hn::NegMulAdd(scale, hn::LoadU(d, tile.y_norms + j + v * lanes), bias);
      for (int i = 0; i < kRows; ++i) t[v][i] = hn::Add(bias, hn::Set(d, shift[i]));
    }
    if constexpr (kNear > 0) {
      V point[kNear];
      for (int k = 0; k < kNear; ++k) point[k] = hn::LoadU(d, y + k * tile.stride);
      for (int i = 0; i < kRows; ++i) {
        const V z = hn::Sub(point[0], hn::Set(d, x[i * kNear]));
        V square = hn::Mul(z, z);
        for (int k = 1; k < kNear; ++k) {
          const V next = hn::Sub(point[k], hn::Set(d, x[i * kNear + k]));
          square = hn::MulAdd(next, next, square);
        }
        t[0][i] = hn::NegMulAdd(scale, square, t[0][i]);
      }
    } else {
      for (Index k = 0; k < tile.dimension; ++k) {
        V point[kVectors];
        for (int v = 0; v < kVectors; ++v) point[v] = hn::LoadU(d, y + k * tile.stride + v * lanes);
        for (int i = 0; i < kRows; ++i) {
          const V own = hn::Set(d, x[i * tile.dimension + k]);
          for (int v = 0; v < kVectors; ++v) t[v][i] = hn::MulAdd(own, point[v], t[v][i]);
        }
      }
    }
    for (int i = 0; i < kRows; ++i) {
      for (int v = 0; v < kVectors; ++v) {
        const V value = ExpOfUnits(d, t[v][i]);
        const Index place = kStrip ? (j + v * lanes) * kRows + i * lanes : (first + i) * tile.columns + j + v * lanes;
        hn::StoreU(value, d, out + place);
        sum[i] = hn::Add(sum[i], value);
      }
    }
    if constexpr (kStrip) {
      for (Index to = j; finished != nullptr && to < j + kVectors * lanes; to += lanes)
        AddFinished<kRows>(d, finished->factors, finished->values + to * kRows, finished->sums + to);
    }
  };
  Index j = 0;
  if constexpr (kNear == 0) {
    for (; j + kWide * lanes <= tile.columns; j += kWide * lanes) columns.template operator()<kWide>(j);
  }
  for (; j + lanes <= tile.columns; j += lanes) columns.template operator()<1>(j);
  for (int i = 0; i < kRows; ++i) sums[first + i] += static_cast<double>(hn::GetLane(hn::SumOfLanes(d, sum[i])));
}

// The same with exponents in float64: kNear features by differences; 0: by products, of rows multiplied by 2 scale.
template <int kRows, int kNear>
HWY_INLINE void ExactRowBlock(const GaussianTile<double>& tile, Index first, float* HWY_RESTRICT out,
                              double* HWY_RESTRICT sums) {
  const hn::ScalableTag<float> d;
  const hn::ScalableTag<double> dd;
  const hn::Rebind<float, decltype(dd)> half;
  using V = hn::Vec<decltype(d)>;
  using W = hn::Vec<decltype(dd)>;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  const auto wide = static_cast<Index>(hn::Lanes(dd));
  constexpr double unit = 1.4426950408889634;
  const W scale = hn::Set(dd, unit * tile.scale);
  const double* x = tile.x + first * tile.dimension;
  double shift[kRows];
  V sum[kRows];
  for (int i = 0; i < kRows; ++i) {
    shift[i] = unit * tile.shift[first + i];
    if constexpr (kNear == 0) shift[i] -= unit * tile.scale * tile.x_norms[first + i];
    sum[i] = hn::Zero(d);
  }
  // A vector of float32 has the exponents of two of float64.
  constexpr int kParts = 2;
  HWY_ALIGN float exponents[kRows][HWY_MAX_BYTES / sizeof(float)];
  const Index count = kNear > 0 ? kNear : tile.dimension;
  const auto part = [&]<int kVectors>(Index j, Index to) HWY_ATTR {
    W t[kVectors][kRows];
    for (int v = 0; v < kVectors; ++v) {
      W bias = hn::Mul(hn::Set(dd, unit), hn::LoadU(dd, tile.bias + j + v * wide));
      if constexpr (kNear == 0) bias = hn::NegMulAdd(scale, hn::LoadU(dd, tile.y_norms + j + v * wide), bias);
      for (int i = 0; i < kRows; ++i) t[v][i] = hn::Add(hn::Set(dd, shift[i]), bias);
    }
    for (Index k = 0; k < count; ++k) {
      W point[kVectors];
      for (int v = 0; v < kVectors; ++v) point[v] = hn::LoadU(dd, tile.y + k * tile.stride + j + v * wide);
      for (int i = 0; i < kRows; ++i) {
        const W own = hn::Set(dd, x[i * count + k]);
        for (int v = 0; v < kVectors; ++v) {
          if constexpr (kNear > 0) {
            const W z = hn::Sub(point[v], own);
            t[v][i] = hn::NegMulAdd(hn::Mul(z, scale), z, t[v][i]);
          } else {
            t[v][i] = hn::MulAdd(own, point[v], t[v][i]);
          }
        }
      }
    }
    for (int i = 0; i < kRows; ++i)
      for (int v = 0; v < kVectors; ++v) hn::StoreU(hn::DemoteTo(half, t[v][i]), half, exponents[i] + to + v * wide);
  };
  for (Index j = 0; j + lanes <= tile.columns; j += lanes) {
    if (kWide == kParts && lanes == kParts * wide) {
      part.template operator()<kWide>(j, 0);
    } else {
      for (Index to = 0; to < lanes; to += wide) part.template operator()<1>(j + to, to);
    }
    for (int i = 0; i < kRows; ++i) {
      const V value = PowerOfTwo(d, hn::Load(d, exponents[i]));
      hn::StoreU(value, d, out + (first + i) * tile.columns + j);
      sum[i] = hn::Add(sum[i], value);
    }
  }
  for (int i = 0; i < kRows; ++i) sums[first + i] += static_cast<double>(hn::GetLane(hn::SumOfLanes(d, sum[i])));
}

// Squared distances of one row by products of rows multiplied by 2.
template <int kRows, class T>
HWY_INLINE void DistanceBlock(const GaussianTile<T>& tile, Index first, T* HWY_RESTRICT out) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  const T* x = tile.x + first * tile.dimension;
  for (Index j = 0; j + lanes <= tile.columns; j += lanes) {
    const V norm = hn::LoadU(d, tile.y_norms + j);
    V t[kRows];
    for (int i = 0; i < kRows; ++i) t[i] = hn::Add(hn::Set(d, tile.x_norms[first + i]), norm);
    for (Index k = 0; k < tile.dimension; ++k) {
      const V point = hn::LoadU(d, tile.y + k * tile.stride + j);
      for (int i = 0; i < kRows; ++i) t[i] = hn::NegMulAdd(hn::Set(d, x[i * tile.dimension + k]), point, t[i]);
    }
    for (int i = 0; i < kRows; ++i) hn::StoreU(hn::Max(t[i], hn::Zero(d)), d, out + (first + i) * tile.columns + j);
  }
}

// What is done with blocks of rows: kRows of them from `first` of the tile.
template <int kNear, class T>
struct Plan {
  using Out = T;
  template <int kRows>
  static void Block(const GaussianTile<T>& tile, Index first, T* out, double* sums) {
    RowBlock<kRows, kNear, false>(tile, first, out, sums);
  }
};
template <int kNear>
struct ExactPlan {
  using Out = float;
  template <int kRows>
  static void Block(const GaussianTile<double>& tile, Index first, float* out, double* sums) {
    ExactRowBlock<kRows, kNear>(tile, first, out, sums);
  }
};
template <class T>
struct Distances {
  using Out = T;
  template <int kRows>
  static void Block(const GaussianTile<T>& tile, Index first, T* out, double* /*sums*/) {
    DistanceBlock<kRows>(tile, first, out);
  }
};

// Calls work.operator()<kNear>() for the number of features.
template <class Work>
HWY_INLINE void WithNear(Index dimension, Work&& work) {
  switch (dimension) {
    case 1:
      return work.template operator()<1>();
    case 2:
      return work.template operator()<2>();
    case 3:
      return work.template operator()<3>();
    case 4:
      return work.template operator()<4>();
    default:
      return work.template operator()<0>();
  }
}

// The columns of a tile behind its last whole vector, padded to one.
template <class T>
struct LastColumns {
  static constexpr Index kLanes = HWY_MAX_BYTES / static_cast<Index>(sizeof(float));
  LastColumns(const GaussianTile<T>& tile, Index from, Index lanes) : columns(tile) {
    const Index count = tile.columns - from;
    std::fill_n(bias, kLanes, -std::numeric_limits<T>::infinity());
    if (tile.bias != nullptr) std::copy_n(tile.bias + from, count, bias);
    if (tile.y_norms != nullptr) std::copy_n(tile.y_norms + from, count, norms);
    static thread_local std::vector<T> y;
    y.assign(static_cast<std::size_t>(tile.dimension * lanes), T(0));
    for (Index k = 0; k < tile.dimension; ++k)
      std::copy_n(tile.y + k * tile.stride + from, count, y.data() + k * lanes);
    columns.y = y.data();
    columns.stride = lanes;
    columns.y_norms = norms;
    columns.bias = bias;
    columns.columns = lanes;
  }
  [[nodiscard]] GaussianTile<T> row(Index i) const {
    auto one = columns;
    one.x += i * columns.dimension;
    if (one.shift != nullptr) one.shift += i;
    if (one.x_norms != nullptr) one.x_norms += i;
    return one;
  }
  HWY_ALIGN T bias[kLanes];
  HWY_ALIGN T norms[kLanes] = {};
  GaussianTile<T> columns;
};

// All rows of a tile: in blocks, whole vectors of columns first, then the rest.
template <class Operation, class T>
void Rows(const GaussianTile<T>& tile, typename Operation::Out* out, double* sums) {
  using Out = typename Operation::Out;
  constexpr int kBlock = 8;
  const auto lanes = static_cast<Index>(hn::Lanes(hn::ScalableTag<Out>()));
  Index i = 0;
  for (; i + kBlock <= tile.rows; i += kBlock) Operation::template Block<kBlock>(tile, i, out, sums);
  for (; i < tile.rows; ++i) Operation::template Block<1>(tile, i, out, sums);
  const Index from = tile.columns / lanes * lanes;
  if (from == tile.columns) return;
  const LastColumns<T> last(tile, from, lanes);
  for (Index row = 0; row < tile.rows; ++row) {
    HWY_ALIGN Out values[LastColumns<T>::kLanes];
    Operation::template Block<1>(last.row(row), 0, values, sums != nullptr ? sums + row : nullptr);
    std::copy_n(values, tile.columns - from, out + row * tile.columns + from);
  }
}

// Columns behind the last whole vector come row by row after the others.
template <int kNear, class T>
void Strip(const GaussianTile<T>& tile, T* out, double* sums, const simd::WeightedRows<T>* finished) {
  const auto lanes = static_cast<Index>(hn::Lanes(hn::ScalableTag<T>()));
  RowBlock<kStripRows, kNear, true>(tile, 0, out, sums, finished);
  const Index from = tile.columns / lanes * lanes;
  const Index count = tile.columns - from;
  if (count == 0) return;
  const LastColumns<T> last(tile, from, lanes);
  for (Index row = 0; row < kStripRows; ++row) {
    HWY_ALIGN T values[LastColumns<T>::kLanes];
    RowBlock<1, kNear, false>(last.row(row), 0, values, sums + row);
    std::copy_n(values, count, out + kStripRows * from + row * count);
  }
}

// Columns [from, columns) of a strip of so many columns.
template <class T>
void FinishLast(const simd::WeightedRows<T>& strip, Index from, Index columns) {
  const Index count = columns - from;
  for (Index j = 0; j < count; ++j) {
    T sum = 0;
    for (Index i = 0; i < kStripRows; ++i)
      sum = std::fma(strip.factors[i], strip.values[kStripRows * from + i * count + j], sum);
    strip.sums[from + j] += static_cast<double>(sum);
  }
}

template <class T>
void FinishStrip(const simd::WeightedRows<T>& strip, Index columns) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  Index j = 0;
  for (; j + lanes <= columns; j += lanes)
    AddFinished<kStripRows>(d, strip.factors, strip.values + j * kStripRows, strip.sums + j);
  FinishLast(strip, j, columns);
}

// The tile with its rows multiplied.
template <class T>
GaussianTile<T> WithRowsTimes(const GaussianTile<T>& tile, T factor) {
  static thread_local std::vector<T> rows;
  rows.resize(static_cast<std::size_t>(tile.rows * tile.dimension));
  for (std::size_t k = 0; k < rows.size(); ++k) rows[k] = factor * tile.x[k];
  auto out = tile;
  out.x = rows.data();
  return out;
}

template <class T>
GaussianTile<T> Prepared(const GaussianTile<T>& tile) {
  return tile.dimension <= kNearDimension ? tile : WithRowsTimes(tile, T(2) * Unit<T>::kFactor * tile.scale);
}

template <class T>
void AnyTile(const GaussianTile<T>& tile, T* out, double* sums) {
  WithNear(tile.dimension, [&]<int kNear>() { Rows<Plan<kNear, T>>(Prepared(tile), out, sums); });
}

template <class T>
void AnyStrip(const GaussianTile<T>& tile, T* out, double* sums, const simd::WeightedRows<T>* finished) {
  WithNear(tile.dimension, [&]<int kNear>() { Strip<kNear>(Prepared(tile), out, sums, finished); });
  const auto lanes = static_cast<Index>(hn::Lanes(hn::ScalableTag<T>()));
  if (finished != nullptr) FinishLast(*finished, tile.columns / lanes * lanes, tile.columns);
}

// The dispatch tables need plain functions.
void GaussianTileF32(const GaussianTile<float>& tile, float* out, double* sums) { AnyTile(tile, out, sums); }
void GaussianTileF64(const GaussianTile<double>& tile, double* out, double* sums) { AnyTile(tile, out, sums); }
void GaussianStripF32(const GaussianTile<float>& tile, float* out, double* sums,
                      const simd::WeightedRows<float>* finished) {
  AnyStrip(tile, out, sums, finished);
}
void GaussianStripF64(const GaussianTile<double>& tile, double* out, double* sums,
                      const simd::WeightedRows<double>* finished) {
  AnyStrip(tile, out, sums, finished);
}
void FinishStripF32(const simd::WeightedRows<float>& strip, Index columns) { FinishStrip(strip, columns); }
void FinishStripF64(const simd::WeightedRows<double>& strip, Index columns) { FinishStrip(strip, columns); }
void ExactGaussianTile(const GaussianTile<double>& tile, float* out, double* sums) {
  // Exponents are in units of ln 2.
  const auto prepared =
      tile.dimension <= kNearDimension ? tile : WithRowsTimes(tile, 2 * 1.4426950408889634 * tile.scale);
  WithNear(tile.dimension, [&]<int kNear>() { Rows<ExactPlan<kNear>>(prepared, out, sums); });
}
void SquaredDistanceTileF32(const GaussianTile<float>& tile, float* out) {
  Rows<Distances<float>>(WithRowsTimes(tile, 2.0F), out, nullptr);
}
void SquaredDistanceTileF64(const GaussianTile<double>& tile, double* out) {
  Rows<Distances<double>>(WithRowsTimes(tile, 2.0), out, nullptr);
}

}  // namespace brenier::ot::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brenier::ot {

HWY_EXPORT(GaussianTileF32);
HWY_EXPORT(GaussianTileF64);
HWY_EXPORT(GaussianStripF32);
HWY_EXPORT(GaussianStripF64);
HWY_EXPORT(FinishStripF32);
HWY_EXPORT(FinishStripF64);
HWY_EXPORT(ExactGaussianTile);
HWY_EXPORT(SquaredDistanceTileF32);
HWY_EXPORT(SquaredDistanceTileF64);

template <>
void gaussian_tile<float>(const GaussianTile<float>& tile, float* out, double* sums) {
  HWY_DYNAMIC_DISPATCH(GaussianTileF32)(tile, out, sums);
}
template <>
void gaussian_tile<double>(const GaussianTile<double>& tile, double* out, double* sums) {
  HWY_DYNAMIC_DISPATCH(GaussianTileF64)(tile, out, sums);
}
template <>
void gaussian_strip<float>(const GaussianTile<float>& tile, float* out, double* sums,
                           const simd::WeightedRows<float>* finished) {
  HWY_DYNAMIC_DISPATCH(GaussianStripF32)(tile, out, sums, finished);
}
template <>
void gaussian_strip<double>(const GaussianTile<double>& tile, double* out, double* sums,
                            const simd::WeightedRows<double>* finished) {
  HWY_DYNAMIC_DISPATCH(GaussianStripF64)(tile, out, sums, finished);
}
template <>
void finish_strip<float>(const simd::WeightedRows<float>& strip, Index columns) {
  HWY_DYNAMIC_DISPATCH(FinishStripF32)(strip, columns);
}
template <>
void finish_strip<double>(const simd::WeightedRows<double>& strip, Index columns) {
  HWY_DYNAMIC_DISPATCH(FinishStripF64)(strip, columns);
}
void exact_gaussian_tile(const GaussianTile<double>& tile, float* out, double* sums) {
  HWY_DYNAMIC_DISPATCH(ExactGaussianTile)(tile, out, sums);
}
template <>
void squared_distance_tile<float>(const GaussianTile<float>& tile, float* out) {
  HWY_DYNAMIC_DISPATCH(SquaredDistanceTileF32)(tile, out);
}
template <>
void squared_distance_tile<double>(const GaussianTile<double>& tile, double* out) {
  HWY_DYNAMIC_DISPATCH(SquaredDistanceTileF64)(tile, out);
}

}  // namespace brenier::ot
#endif  // HWY_ONCE
