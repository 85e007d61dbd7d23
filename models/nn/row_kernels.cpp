// Compiled once for every instruction set: Highway includes this file again with each target.
#define HWY_DISABLED_TARGETS \
  (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)  // their vectors cannot be array elements
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/nn/row_kernels.cpp"
#include <hwy/foreach_target.h>
// Must follow foreach_target.
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include "models/nn/row_kernels.h"

HWY_BEFORE_NAMESPACE();
namespace brenier::models::rows::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Rows of a tile: rows times two vectors of sums must fit into the registers.
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL || HWY_TARGET == HWY_NEON
constexpr Index kTileRows = 8;
#else
constexpr Index kTileRows = 4;
#endif
constexpr Index kDepthBlock = 256;  // rows of B that stay in the first-level cache

// kRows x (kVectors vectors) of C over the whole depth, sums in registers.
template <Index kRows, Index kVectors, class D, class T = hn::TFromD<D>>
HWY_INLINE void Tile(D d, const T* HWY_RESTRICT a, Index a_row, Index a_column, const T* HWY_RESTRICT b, Index b_row,
                     T* HWY_RESTRICT c, Index c_row, Index depth, bool add, const T* HWY_RESTRICT bias,
                     const T* HWY_RESTRICT factor, T* HWY_RESTRICT scaled) {
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  hn::Vec<D> sums[kRows][kVectors];
  for (Index i = 0; i < kRows; ++i) {
    for (Index j = 0; j < kVectors; ++j) {
      sums[i][j] = add               ? hn::LoadU(d, c + i * c_row + j * lanes)
                   : bias != nullptr ? hn::LoadU(d, bias + j * lanes)
                                     : hn::Zero(d);
    }
  }
  for (Index k = 0; k < depth; ++k) {
    hn::Vec<D> right[kVectors];
    for (Index j = 0; j < kVectors; ++j) right[j] = hn::LoadU(d, b + k * b_row + j * lanes);
    for (Index i = 0; i < kRows; ++i) {
      const auto left = hn::Set(d, a[i * a_row + k * a_column]);
      for (Index j = 0; j < kVectors; ++j) sums[i][j] = hn::MulAdd(left, right[j], sums[i][j]);
    }
  }
  for (Index i = 0; i < kRows; ++i) {
    for (Index j = 0; j < kVectors; ++j) hn::StoreU(sums[i][j], d, c + i * c_row + j * lanes);
  }
  if (factor == nullptr) return;
  for (Index i = 0; i < kRows; ++i) {
    for (Index j = 0; j < kVectors; ++j) {
      const Index at = i * c_row + j * lanes;
      hn::StoreU(hn::Mul(sums[i][j], hn::LoadU(d, factor + at)), d, scaled + at);
    }
  }
}

// All rows of a strip of kVectors vectors.
template <Index kVectors, class D, class T = hn::TFromD<D>>
void Strip(D d, const Product<T>& p, Index column, Index from, Index depth) {
  const T* a = p.a + from * p.a_column;
  const T* b = p.b + from * p.b_row + column;
  const bool add = p.add || from > 0;
  const T* bias = p.bias == nullptr ? nullptr : p.bias + column;
  const bool scale = p.factor != nullptr && from + depth == p.depth;
  Index i = 0;
#define BRENIER_TILES(N)                                                                                          \
  for (; i + (N) <= p.rows; i += (N)) {                                                                           \
    const Index at = i * p.c_row + column;                                                                        \
    Tile<(N), kVectors>(d, a + i * p.a_row, p.a_row, p.a_column, b, p.b_row, p.c + at, p.c_row, depth, add, bias, \
                        scale ? p.factor + at : nullptr, scale ? p.scaled + at : nullptr);                        \
  }
  BRENIER_TILES(kTileRows)
  BRENIER_TILES(4)
  BRENIER_TILES(1)
#undef BRENIER_TILES
}

template <class T>
void Multiply(const Product<T>& p) {
  const hn::CappedTag<T, kColumnPad> d;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  for (Index from = 0; from == 0 || from < p.depth; from += kDepthBlock) {
    const Index depth = p.depth - from < kDepthBlock ? p.depth - from : kDepthBlock;
    Index column = 0;
    for (; column + 2 * lanes <= p.columns; column += 2 * lanes) Strip<2>(d, p, column, from, depth);
    for (; column < p.columns; column += lanes) Strip<1>(d, p, column, from, depth);
  }
}

// phi, phi' and phi'' of one vector.
template <Activation kKind, class D, class V = hn::Vec<D>>
HWY_INLINE void Evaluate(D d, V a, V& value, V& slope, V& curvature) {
  const auto zero = hn::Zero(d);
  const auto one = hn::Set(d, 1);
  if constexpr (kKind == Activation::kLeakyRelu) {
    slope = hn::IfThenElse(hn::Gt(a, zero), one, hn::Set(d, static_cast<hn::TFromD<D>>(kLeakySlope)));
    value = hn::Mul(a, slope);
    curvature = zero;
  } else if constexpr (kKind == Activation::kSoftplus) {
    const auto below = hn::Exp(d, hn::Neg(hn::Abs(a)));
    const auto share = hn::Div(one, hn::Add(one, below));
    value = hn::Add(hn::Max(a, zero), hn::Log1p(d, below));
    slope = hn::IfThenElse(hn::Gt(a, zero), share, hn::Mul(below, share));
    curvature = hn::Mul(slope, hn::Sub(one, slope));
  } else if constexpr (kKind == Activation::kCelu) {
    slope = hn::Exp(d, hn::Min(a, zero));
    value = hn::Add(hn::Max(a, zero), hn::Sub(slope, one));
    curvature = hn::IfThenElseZero(hn::Lt(a, zero), slope);
  } else {
    slope = hn::Max(a, zero);
    value = hn::Mul(hn::Mul(hn::Set(d, static_cast<hn::TFromD<D>>(0.5)), slope), slope);
    curvature = hn::IfThenElseZero(hn::Gt(a, zero), one);
  }
}

template <Activation kKind, bool kSquared, class T>
void Activate(Block block, T* values, T* slopes, T* curvatures) {
  const hn::CappedTag<T, kColumnPad> d;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  const auto two = hn::Set(d, 2);
  for (Index i = 0; i < block.rows; ++i) {
    for (Index j = 0; j < block.columns; j += lanes) {
      const Index at = i * block.stride + j;
      auto value = hn::Zero(d);
      auto slope = value;
      auto curvature = value;
      Evaluate<kKind>(d, hn::LoadU(d, values + at), value, slope, curvature);
      if constexpr (kSquared) {  // psi = phi^2 for a piecewise linear phi
        curvature = hn::Mul(two, hn::Mul(slope, slope));
        slope = hn::Mul(two, hn::Mul(value, slope));
        value = hn::Mul(value, value);
      }
      hn::StoreU(value, d, values + at);
      hn::StoreU(slope, d, slopes + at);
      if (curvatures != nullptr) hn::StoreU(curvature, d, curvatures + at);
    }
  }
}

template <class T>
void ActivateAny(Activation activation, bool first, Block block, T* value, T* slope, T* curvature) {
  switch (activation) {
    case Activation::kLeakyRelu:
      if (first) return Activate<Activation::kLeakyRelu, true>(block, value, slope, curvature);
      return Activate<Activation::kLeakyRelu, false>(block, value, slope, curvature);
    case Activation::kSoftplus:
      return Activate<Activation::kSoftplus, false>(block, value, slope, curvature);
    case Activation::kCelu:
      return Activate<Activation::kCelu, false>(block, value, slope, curvature);
    case Activation::kSquaredRelu:
      return Activate<Activation::kSquaredRelu, false>(block, value, slope, curvature);
  }
}

template <class T>
void Spread(Block block, const T* factor, const T* weight, const T* slope, T* before, T* out) {
  const hn::CappedTag<T, kColumnPad> d;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  for (Index i = 0; i < block.rows; ++i) {
    const auto scale = hn::Set(d, weight == nullptr ? T(1) : weight[i]);
    for (Index j = 0; j < block.columns; j += lanes) {
      const Index at = i * block.stride + j;
      const auto reaching = hn::Mul(scale, hn::LoadU(d, factor + j));
      hn::StoreU(reaching, d, before + at);
      hn::StoreU(hn::Mul(reaching, hn::LoadU(d, slope + at)), d, out + at);
    }
  }
}

template <class T>
void Bend(Block block, const T* before, const T* curvature, const T* tangent, const T* slope, bool carried, T* out) {
  const hn::CappedTag<T, kColumnPad> d;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  for (Index i = 0; i < block.rows; ++i) {
    for (Index j = 0; j < block.columns; j += lanes) {
      const Index at = i * block.stride + j;
      auto value =
          hn::Mul(hn::Mul(hn::LoadU(d, before + at), hn::LoadU(d, curvature + at)), hn::LoadU(d, tangent + at));
      if (carried) value = hn::MulAdd(hn::LoadU(d, out + at), hn::LoadU(d, slope + at), value);
      hn::StoreU(value, d, out + at);
    }
  }
}

template <class T>
void AddColumns(Block block, const T* values, const T* weight, T* sums) {
  const hn::CappedTag<T, kColumnPad> d;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  for (Index j = 0; j < block.columns; j += lanes) {
    auto sum = hn::Zero(d);
    for (Index i = 0; i < block.rows; ++i) {
      const auto value = hn::LoadU(d, values + i * block.stride + j);
      sum = weight == nullptr ? hn::Add(sum, value) : hn::MulAdd(hn::Set(d, weight[i]), value, sum);
    }
    hn::StoreU(hn::Add(hn::LoadU(d, sums + j), sum), d, sums + j);
  }
}

template <class T>
T Dot(Index count, const T* a, const T* b) {
  const hn::CappedTag<T, kColumnPad> d;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  auto sum = hn::Zero(d);
  for (Index j = 0; j < count; j += lanes) sum = hn::MulAdd(hn::LoadU(d, a + j), hn::LoadU(d, b + j), sum);
  return hn::GetLane(hn::SumOfLanes(d, sum));
}

template <class T>
void MatrixVector(Index rows, Index columns, const T* a, const T* v, T* out) {
  const hn::CappedTag<T, kColumnPad> d;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  for (Index i = 0; i < rows; ++i) {
    const T* row = a + i * columns;
    auto sum = hn::Zero(d);
    Index j = 0;
    for (; j + lanes <= columns; j += lanes) sum = hn::MulAdd(hn::LoadU(d, row + j), hn::LoadU(d, v + j), sum);
    T total = hn::GetLane(hn::SumOfLanes(d, sum));
    for (; j < columns; ++j) total += row[j] * v[j];
    out[i] = total;
  }
}

#define BRENIER_ROWS(T, SUFFIX)                                                                                       \
  void Multiply##SUFFIX(const Product<T>& product) { Multiply<T>(product); }                                          \
  void Activate##SUFFIX(Activation kind, bool first, Block block, T* value, T* slope, T* curvature) {                 \
    ActivateAny<T>(kind, first, block, value, slope, curvature);                                                      \
  }                                                                                                                   \
  void Spread##SUFFIX(Block block, const T* factor, const T* weight, const T* slope, T* before, T* out) {             \
    Spread<T>(block, factor, weight, slope, before, out);                                                             \
  }                                                                                                                   \
  void Bend##SUFFIX(Block block, const T* before, const T* curvature, const T* tangent, const T* slope, bool carried, \
                    T* out) {                                                                                         \
    Bend<T>(block, before, curvature, tangent, slope, carried, out);                                                  \
  }                                                                                                                   \
  void AddColumns##SUFFIX(Block block, const T* values, const T* weight, T* sums) {                                   \
    AddColumns<T>(block, values, weight, sums);                                                                       \
  }                                                                                                                   \
  T Dot##SUFFIX(Index count, const T* a, const T* b) { return Dot<T>(count, a, b); }                                  \
  void MatrixVector##SUFFIX(Index rows, Index columns, const T* a, const T* v, T* out) {                              \
    MatrixVector<T>(rows, columns, a, v, out);                                                                        \
  }
BRENIER_ROWS(float, F32)
BRENIER_ROWS(double, F64)
#undef BRENIER_ROWS

}  // namespace brenier::models::rows::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brenier::models::rows {

#define BRENIER_DISPATCH(T, SUFFIX)                                                                              \
  HWY_EXPORT(Multiply##SUFFIX);                                                                                  \
  HWY_EXPORT(Activate##SUFFIX);                                                                                  \
  HWY_EXPORT(Spread##SUFFIX);                                                                                    \
  HWY_EXPORT(Bend##SUFFIX);                                                                                      \
  HWY_EXPORT(AddColumns##SUFFIX);                                                                                \
  HWY_EXPORT(Dot##SUFFIX);                                                                                       \
  HWY_EXPORT(MatrixVector##SUFFIX);                                                                              \
  template <>                                                                                                    \
  void multiply<T>(const Product<T>& product) {                                                                  \
    HWY_DYNAMIC_DISPATCH(Multiply##SUFFIX)(product);                                                             \
  }                                                                                                              \
  template <>                                                                                                    \
  void activate<T>(Activation kind, bool first, Block block, T* value, T* slope, T* curvature) {                 \
    HWY_DYNAMIC_DISPATCH(Activate##SUFFIX)(kind, first, block, value, slope, curvature);                         \
  }                                                                                                              \
  template <>                                                                                                    \
  void spread<T>(Block block, const T* factor, const T* weight, const T* slope, T* before, T* out) {             \
    HWY_DYNAMIC_DISPATCH(Spread##SUFFIX)(block, factor, weight, slope, before, out);                             \
  }                                                                                                              \
  template <>                                                                                                    \
  void bend<T>(Block block, const T* before, const T* curvature, const T* tangent, const T* slope, bool carried, \
               T* out) {                                                                                         \
    HWY_DYNAMIC_DISPATCH(Bend##SUFFIX)(block, before, curvature, tangent, slope, carried, out);                  \
  }                                                                                                              \
  template <>                                                                                                    \
  void add_columns<T>(Block block, const T* values, const T* weight, T* sums) {                                  \
    HWY_DYNAMIC_DISPATCH(AddColumns##SUFFIX)(block, values, weight, sums);                                       \
  }                                                                                                              \
  template <>                                                                                                    \
  T dot<T>(Index count, const T* a, const T* b) {                                                                \
    return HWY_DYNAMIC_DISPATCH(Dot##SUFFIX)(count, a, b);                                                       \
  }                                                                                                              \
  template <>                                                                                                    \
  void matrix_vector<T>(Index rows, Index columns, const T* a, const T* v, T* out) {                             \
    HWY_DYNAMIC_DISPATCH(MatrixVector##SUFFIX)(rows, columns, a, v, out);                                        \
  }
BRENIER_DISPATCH(float, F32)
BRENIER_DISPATCH(double, F64)
#undef BRENIER_DISPATCH

// In squares that fit into a few lines of the cache.
template <class T>
void transpose(Index rows, Index columns, const T* in, Index in_row, T* out, Index out_row) {
  constexpr Index kSide = 16;
  for (Index i0 = 0; i0 < rows; i0 += kSide) {
    const Index i1 = rows < i0 + kSide ? rows : i0 + kSide;
    for (Index j0 = 0; j0 < columns; j0 += kSide) {
      const Index j1 = columns < j0 + kSide ? columns : j0 + kSide;
      for (Index i = i0; i < i1; ++i) {
        for (Index j = j0; j < j1; ++j) out[j * out_row + i] = in[i * in_row + j];
      }
    }
  }
}
template void transpose<float>(Index, Index, const float*, Index, float*, Index);
template void transpose<double>(Index, Index, const double*, Index, double*, Index);

}  // namespace brenier::models::rows
#endif  // HWY_ONCE
