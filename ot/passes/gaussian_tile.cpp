// Compiled once for every instruction set: Highway includes this file again with each target.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ot/passes/gaussian_tile.cpp"
#include <hwy/foreach_target.h>
// Must follow foreach_target.
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "ot/passes/gaussian_tile.h"

HWY_BEFORE_NAMESPACE();
namespace brenier::ot::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// 2^t, see the header.
template <class D>
HWY_INLINE hn::Vec<D> PowerOfTwo(D d, hn::Vec<D> t) {
  const hn::RebindToSigned<D> di;
  const auto lowest = hn::Set(d, -126.0F);
  const auto vanished = hn::Lt(t, lowest);
  t = hn::Min(hn::Max(t, lowest), hn::Set(d, 127.4F));
  // Adding 1.5 * 2^23 leaves round(t) in the low bits.
  const auto magic = hn::Set(d, 12582912.0F);
  const auto whole = hn::Add(t, magic);
  const auto r = hn::Sub(t, hn::Sub(whole, magic));
  auto p = hn::MulAdd(r, hn::Set(d, 0.0013276472454890609F), hn::Set(d, 0.009675540961325169F));
  p = hn::MulAdd(p, r, hn::Set(d, 0.05550713092088699F));
  p = hn::MulAdd(p, r, hn::Set(d, 0.24022120237350464F));
  p = hn::MulAdd(p, r, hn::Set(d, 0.6931469440460205F));
  p = hn::MulAdd(p, r, hn::Set(d, 1.0000001192092896F));
  const auto exponent = hn::ShiftLeft<23>(hn::BitCast(di, whole));
  return hn::IfThenZeroElse(vanished, hn::BitCast(d, hn::Add(hn::BitCast(di, p), exponent)));
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

// kRows rows of a tile. kNear features by differences; 0: any number by products, of rows multiplied by 2 scale.
template <int kRows, int kNear, class T>
HWY_INLINE void RowBlock(const GaussianTile<T>& tile, Index first, T* HWY_RESTRICT out, double* HWY_RESTRICT sums) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  constexpr T unit = Unit<T>::kFactor;
  const V scale = hn::Set(d, unit * tile.scale);
  const T* x = tile.x + first * tile.dimension;
  V shift[kRows];
  V sum[kRows];
  for (int i = 0; i < kRows; ++i) {
    T own = unit * tile.shift[first + i];
    if constexpr (kNear == 0) own -= unit * tile.scale * tile.x_norms[first + i];
    shift[i] = hn::Set(d, own);
    sum[i] = hn::Zero(d);
  }
  const auto exponents = [&](V bias, const T* y, V* t) HWY_ATTR {
    for (int i = 0; i < kRows; ++i) t[i] = hn::Add(shift[i], bias);
    if constexpr (kNear > 0) {
      for (int k = 0; k < kNear; ++k) {
        const V point = hn::LoadU(d, y + k * tile.stride);
        for (int i = 0; i < kRows; ++i) {
          const V z = hn::Sub(hn::Set(d, x[i * kNear + k]), point);
          t[i] = hn::NegMulAdd(hn::Mul(z, scale), z, t[i]);
        }
      }
    } else {
      for (Index k = 0; k < tile.dimension; ++k) {
        const V point = hn::LoadU(d, y + k * tile.stride);
        for (int i = 0; i < kRows; ++i) t[i] = hn::MulAdd(hn::Set(d, x[i * tile.dimension + k]), point, t[i]);
      }
    }
  };
  const auto bias_at = [&](Index j) HWY_ATTR {
    const V own = hn::Mul(hn::Set(d, unit), hn::LoadU(d, tile.bias + j));
    if constexpr (kNear == 0) return hn::NegMulAdd(scale, hn::LoadU(d, tile.y_norms + j), own);
    return own;
  };
  Index j = 0;
  for (; j + lanes <= tile.columns; j += lanes) {
    V t[kRows];
    exponents(bias_at(j), tile.y + j, t);
    for (int i = 0; i < kRows; ++i) {
      const V value = ExpOfUnits(d, t[i]);
      hn::StoreU(value, d, out + (first + i) * tile.columns + j);
      sum[i] = hn::Add(sum[i], value);
    }
  }
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
  HWY_ALIGN float exponents[kRows][HWY_MAX_BYTES / sizeof(float)];
  for (Index j = 0; j + lanes <= tile.columns; j += lanes) {
    for (Index part = 0; part < lanes; part += wide) {
      W bias = hn::Mul(hn::Set(dd, unit), hn::LoadU(dd, tile.bias + j + part));
      if constexpr (kNear == 0) bias = hn::NegMulAdd(scale, hn::LoadU(dd, tile.y_norms + j + part), bias);
      W t[kRows];
      for (int i = 0; i < kRows; ++i) t[i] = hn::Add(hn::Set(dd, shift[i]), bias);
      const Index count = kNear > 0 ? kNear : tile.dimension;
      for (Index k = 0; k < count; ++k) {
        const W point = hn::LoadU(dd, tile.y + k * tile.stride + j + part);
        for (int i = 0; i < kRows; ++i) {
          const W own = hn::Set(dd, x[i * count + k]);
          if constexpr (kNear > 0) {
            const W z = hn::Sub(own, point);
            t[i] = hn::NegMulAdd(hn::Mul(z, scale), z, t[i]);
          } else {
            t[i] = hn::MulAdd(own, point, t[i]);
          }
        }
      }
      for (int i = 0; i < kRows; ++i) hn::StoreU(hn::DemoteTo(half, t[i]), half, exponents[i] + part);
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
    RowBlock<kRows, kNear>(tile, first, out, sums);
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

// All rows of a tile: in blocks, whole vectors of columns first, then the rest padded to one vector.
template <class Operation, class T>
void Rows(const GaussianTile<T>& tile, typename Operation::Out* out, double* sums) {
  using Out = typename Operation::Out;
  constexpr Index kLanes = HWY_MAX_BYTES / static_cast<Index>(sizeof(Out));
  constexpr int kBlock = 8;
  const auto lanes = static_cast<Index>(hn::Lanes(hn::ScalableTag<Out>()));
  Index i = 0;
  for (; i + kBlock <= tile.rows; i += kBlock) Operation::template Block<kBlock>(tile, i, out, sums);
  for (; i < tile.rows; ++i) Operation::template Block<1>(tile, i, out, sums);
  const Index from = tile.columns / lanes * lanes;
  const Index count = tile.columns - from;
  if (count == 0) return;
  HWY_ALIGN T bias[kLanes];
  HWY_ALIGN T norms[kLanes] = {};
  std::fill_n(bias, kLanes, -std::numeric_limits<T>::infinity());
  if (tile.bias != nullptr) std::copy_n(tile.bias + from, count, bias);
  if (tile.y_norms != nullptr) std::copy_n(tile.y_norms + from, count, norms);
  static thread_local std::vector<T> y;
  y.assign(static_cast<std::size_t>(tile.dimension * lanes), T(0));
  for (Index k = 0; k < tile.dimension; ++k) std::copy_n(tile.y + k * tile.stride + from, count, y.data() + k * lanes);
  auto last = tile;
  last.y = y.data();
  last.stride = lanes;
  last.y_norms = norms;
  last.bias = bias;
  last.columns = lanes;
  for (Index row = 0; row < tile.rows; ++row) {
    auto one = last;
    one.x += row * tile.dimension;
    if (one.shift != nullptr) one.shift += row;
    if (one.x_norms != nullptr) one.x_norms += row;
    HWY_ALIGN Out values[kLanes];
    Operation::template Block<1>(one, 0, values, sums != nullptr ? sums + row : nullptr);
    std::copy_n(values, count, out + row * tile.columns + from);
  }
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
void AnyTile(const GaussianTile<T>& tile, T* out, double* sums) {
  switch (tile.dimension) {
    case 1:
      return Rows<Plan<1, T>>(tile, out, sums);
    case 2:
      return Rows<Plan<2, T>>(tile, out, sums);
    case 3:
      return Rows<Plan<3, T>>(tile, out, sums);
    case 4:
      return Rows<Plan<4, T>>(tile, out, sums);
    default:
      return Rows<Plan<0, T>>(WithRowsTimes(tile, T(2) * Unit<T>::kFactor * tile.scale), out, sums);
  }
}

// The dispatch tables need plain functions.
void GaussianTileF32(const GaussianTile<float>& tile, float* out, double* sums) { AnyTile(tile, out, sums); }
void GaussianTileF64(const GaussianTile<double>& tile, double* out, double* sums) { AnyTile(tile, out, sums); }
void ExactGaussianTile(const GaussianTile<double>& tile, float* out, double* sums) {
  switch (tile.dimension) {
    case 1:
      return Rows<ExactPlan<1>>(tile, out, sums);
    case 2:
      return Rows<ExactPlan<2>>(tile, out, sums);
    case 3:
      return Rows<ExactPlan<3>>(tile, out, sums);
    case 4:
      return Rows<ExactPlan<4>>(tile, out, sums);
    default:
      return Rows<ExactPlan<0>>(WithRowsTimes(tile, 2 * 1.4426950408889634 * tile.scale), out, sums);
  }
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
