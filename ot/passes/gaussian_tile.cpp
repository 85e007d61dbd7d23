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

#include "ot/passes/gaussian_rows.inc"

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
