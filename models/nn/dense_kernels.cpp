// Compiled once for every instruction set: Highway includes this file again with each target.
#define HWY_DISABLED_TARGETS \
  (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)  // their vectors cannot be array elements
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/nn/dense_kernels.cpp"
#include <hwy/foreach_target.h>
// Must follow foreach_target.
#include <hwy/highway.h>

#include "models/nn/dense_kernels.h"

HWY_BEFORE_NAMESPACE();
namespace brenier::models::dense::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Rows of a tile: rows times two vectors of sums must fit into the registers.
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL || HWY_TARGET == HWY_NEON
constexpr Index kTileRows = 8;
#else
constexpr Index kTileRows = 4;
#endif
constexpr Index kDepthBlock = 256;  // rows of B that stay in the first-level cache
constexpr Index kMostLanes = 16;

template <class T>
using Tag = hn::CappedTag<T, kMostLanes>;

// The first `count` of a vector's lanes, the others zero.
template <class D, class T = hn::TFromD<D>>
HWY_INLINE hn::Vec<D> LoadPart(D d, const T* HWY_RESTRICT from, Index count) {
  if (count >= static_cast<Index>(hn::Lanes(d))) return hn::LoadU(d, from);
#if HWY_MEM_OPS_MIGHT_FAULT
  HWY_ALIGN T part[kMostLanes] = {};
  for (Index j = 0; j < count; ++j) part[j] = from[j];
  return hn::Load(d, part);
#else
  return hn::MaskedLoad(hn::FirstN(d, static_cast<std::size_t>(count)), d, from);
#endif
}

template <class D, class T = hn::TFromD<D>>
HWY_INLINE void StorePart(hn::Vec<D> value, D d, T* HWY_RESTRICT to, Index count) {
  if (count >= static_cast<Index>(hn::Lanes(d))) return hn::StoreU(value, d, to);
#if HWY_MEM_OPS_MIGHT_FAULT
  HWY_ALIGN T part[kMostLanes];
  hn::Store(value, d, part);
  for (Index j = 0; j < count; ++j) to[j] = part[j];
#else
  hn::BlendedStore(value, hn::FirstN(d, static_cast<std::size_t>(count)), d, to);
#endif
}

// kRows x (kVectors vectors, `width` columns of them) of C over `depth`, sums in registers.
template <Index kRows, Index kVectors, bool kTail, class D, class T = hn::TFromD<D>>
HWY_INLINE void Tile(D d, const T* HWY_RESTRICT a, Index a_row, Index a_column, const T* HWY_RESTRICT b, Index b_row,
                     T* HWY_RESTRICT c, Index c_row, Index depth, Index width, bool add, const T* HWY_RESTRICT bias) {
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  const auto load = [&](const T* from, Index j) HWY_ATTR {
    if constexpr (kTail) return LoadPart(d, from + j * lanes, width - j * lanes);
    return hn::LoadU(d, from + j * lanes);
  };
  hn::Vec<D> sums[kRows][kVectors];
  for (Index i = 0; i < kRows; ++i) {
    for (Index j = 0; j < kVectors; ++j) {
      sums[i][j] = add ? load(c + i * c_row, j) : bias != nullptr ? load(bias, j) : hn::Zero(d);
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
    for (Index j = 0; j < kVectors; ++j) {
      T* to = c + i * c_row + j * lanes;
      if constexpr (kTail) {
        StorePart(sums[i][j], d, to, width - j * lanes);
      } else {
        hn::StoreU(sums[i][j], d, to);
      }
    }
  }
}

// All rows of a strip of kVectors vectors, of which `width` columns count.
template <Index kVectors, bool kTail, class D, class T = hn::TFromD<D>>
void Strip(D d, const Product<T>& p, const T* b, Index b_row, Index column, Index width, Index from, Index depth) {
  const T* a = p.a + from * p.a_column;
  const T* bias = p.bias == nullptr ? nullptr : p.bias + column;
  T* c = p.c + column;
  Index i = 0;
#define BRENIER_TILES(N)                                                                                           \
  for (; i + (N) <= p.rows; i += (N)) {                                                                            \
    Tile<(N), kVectors, kTail>(d, a + i * p.a_row, p.a_row, p.a_column, b, b_row, c + i * p.c_row, p.c_row, depth, \
                               width, from > 0, bias);                                                             \
  }
  BRENIER_TILES(kTileRows)
  BRENIER_TILES(4)
  BRENIER_TILES(1)
#undef BRENIER_TILES
}

// packed[k, j] = b[k, j] for j < width, else 0: for columns that lie along the depth and for the last ones.
template <class T>
void Pack(const T* HWY_RESTRICT b, Index b_row, Index b_column, Index depth, Index width, Index packed_row,
          T* HWY_RESTRICT packed) {
  Index whole = 0;  // columns that are done
#if HWY_TARGET != HWY_SCALAR
  if constexpr (sizeof(T) == 4) {
    const hn::FixedTag<T, 4> d;
    const hn::RepartitionToWide<decltype(d)> pairs;
    for (; b_row == 1 && whole + 4 <= width; whole += 4) {
      const T* from = b + whole * b_column;
      Index k = 0;
      for (; k + 4 <= depth; k += 4) {
        const auto r0 = hn::LoadU(d, from + k);
        const auto r1 = hn::LoadU(d, from + b_column + k);
        const auto r2 = hn::LoadU(d, from + 2 * b_column + k);
        const auto r3 = hn::LoadU(d, from + 3 * b_column + k);
        const auto low01 = hn::BitCast(pairs, hn::InterleaveLower(d, r0, r1));
        const auto low23 = hn::BitCast(pairs, hn::InterleaveLower(d, r2, r3));
        const auto high01 = hn::BitCast(pairs, hn::InterleaveUpper(d, r0, r1));
        const auto high23 = hn::BitCast(pairs, hn::InterleaveUpper(d, r2, r3));
        T* to = packed + k * packed_row + whole;
        hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, low01, low23)), d, to);
        hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, low01, low23)), d, to + packed_row);
        hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, high01, high23)), d, to + 2 * packed_row);
        hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, high01, high23)), d, to + 3 * packed_row);
      }
      for (; k < depth; ++k) {
        for (Index j = 0; j < 4; ++j) packed[k * packed_row + whole + j] = from[j * b_column + k];
      }
    }
  }
#endif
  for (Index j = whole; j < packed_row; ++j) {
    const T* from = b + j * b_column;
    for (Index k = 0; k < depth; ++k) packed[k * packed_row + j] = j < width ? from[k * b_row] : T(0);
  }
}

template <class T>
void Multiply(const Product<T>& p) {
  const Tag<T> d;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  HWY_ALIGN T packed[2 * kMostLanes * kDepthBlock];
  for (Index from = 0; from == 0 || from < p.depth; from += kDepthBlock) {
    const Index depth = p.depth - from < kDepthBlock ? p.depth - from : kDepthBlock;
    for (Index column = 0; column < p.columns; column += 2 * lanes) {
      const Index width = p.columns - column < 2 * lanes ? p.columns - column : 2 * lanes;
      const T* b = p.b + from * p.b_row + column * p.b_column;
      Index b_row = p.b_row;
      if (p.b_column != 1 || width % lanes != 0) {
        Pack(b, p.b_row, p.b_column, depth, width, 2 * lanes, packed);
        b = packed;
        b_row = 2 * lanes;
      }
      if (width == 2 * lanes) {
        Strip<2, false>(d, p, b, b_row, column, width, from, depth);
      } else if (width > lanes) {
        Strip<2, true>(d, p, b, b_row, column, width, from, depth);
      } else if (width == lanes) {
        Strip<1, false>(d, p, b, b_row, column, width, from, depth);
      } else {
        Strip<1, true>(d, p, b, b_row, column, width, from, depth);
      }
    }
  }
}

// Mean, biased variance and 1 / deviation of one vector of columns.
template <class D, class T = hn::TFromD<D>>
HWY_INLINE void Moments(D d, const Columns<T>& c, Index column, Index width) {
  const auto share = hn::Set(d, T(1) / static_cast<T>(c.rows));
  const T* values = c.normed + column;
  auto sum = hn::Zero(d);
  for (Index i = 0; i < c.rows; ++i) sum = hn::Add(sum, LoadPart(d, values + i * c.stride, width));
  const auto mean = hn::Mul(sum, share);
  auto squares = hn::Zero(d);
  for (Index i = 0; i < c.rows; ++i) {
    const auto off = hn::Sub(LoadPart(d, values + i * c.stride, width), mean);
    squares = hn::MulAdd(off, off, squares);
  }
  const auto variance = hn::Mul(squares, share);
  const auto inverse = hn::Div(hn::Set(d, T(1)), hn::Sqrt(hn::Add(variance, hn::Set(d, c.epsilon))));
  StorePart(mean, d, c.mean + column, width);
  StorePart(variance, d, c.variance + column, width);
  StorePart(inverse, d, c.inverse + column, width);
}

template <class T>
void ActivateColumns(const Columns<T>& c, T* HWY_RESTRICT output) {
  const Tag<T> d;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  const auto leak = hn::Set(d, c.leak);
  const auto zero = hn::Zero(d);
  for (Index column = 0; column < c.columns; column += lanes) {
    const Index width = c.columns - column;
    if (c.statistics) Moments(d, c, column, width);
    const bool norm = c.scale != nullptr;
    const auto mean = norm ? LoadPart(d, c.mean + column, width) : zero;
    const auto inverse = norm ? LoadPart(d, c.inverse + column, width) : zero;
    const auto scale = norm ? LoadPart(d, c.scale + column, width) : zero;
    const auto shift = norm ? LoadPart(d, c.shift + column, width) : zero;
    for (Index i = 0; i < c.rows; ++i) {
      const Index at = i * c.stride + column;
      auto value = LoadPart(d, c.normed + at, width);
      if (norm) {
        value = hn::Mul(hn::Sub(value, mean), inverse);
        StorePart(value, d, c.normed + at, width);
        value = hn::MulAdd(scale, value, shift);
      }
      value = hn::Add(hn::Max(value, zero), hn::Mul(leak, hn::Min(value, zero)));
      if (c.keep != nullptr) value = hn::Mul(value, LoadPart(d, c.keep + at, width));
      StorePart(value, d, output + at, width);
    }
  }
}

template <class T>
void ActivateColumnsBackward(const Columns<T>& c, T* HWY_RESTRICT gradient, T* d_scale, T* d_shift) {
  const Tag<T> d;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  const auto zero = hn::Zero(d);
  const auto one = hn::Set(d, T(1));
  const auto leak = hn::Set(d, c.leak);
  const bool norm = c.scale != nullptr;
  for (Index column = 0; column < c.columns; column += lanes) {
    const Index width = c.columns - column;
    const auto scale = norm ? LoadPart(d, c.scale + column, width) : one;
    const auto shift = norm ? LoadPart(d, c.shift + column, width) : zero;
    auto sum = zero;
    auto product = zero;
    for (Index i = 0; i < c.rows; ++i) {
      const Index at = i * c.stride + column;
      const auto normed = LoadPart(d, c.normed + at, width);
      auto value = LoadPart(d, gradient + at, width);
      if (c.keep != nullptr) value = hn::Mul(value, LoadPart(d, c.keep + at, width));
      const auto positive = hn::Gt(hn::MulAdd(scale, normed, shift), zero);
      value = hn::Mul(value, hn::IfThenElse(positive, one, leak));
      sum = hn::Add(sum, value);
      product = hn::MulAdd(value, normed, product);
      StorePart(value, d, gradient + at, width);
    }
    if (d_shift != nullptr) StorePart(sum, d, d_shift + column, width);
    if (!norm) continue;
    if (d_scale != nullptr) StorePart(product, d, d_scale + column, width);
    const auto factor = hn::Mul(scale, LoadPart(d, c.inverse + column, width));
    const auto share = hn::Set(d, c.statistics ? T(1) / static_cast<T>(c.rows) : T(0));
    const auto level = hn::Mul(sum, share);
    const auto slope = hn::Mul(product, share);
    for (Index i = 0; i < c.rows; ++i) {
      const Index at = i * c.stride + column;
      auto value = hn::Sub(LoadPart(d, gradient + at, width), level);
      value = hn::NegMulAdd(LoadPart(d, c.normed + at, width), slope, value);
      StorePart(hn::Mul(value, factor), d, gradient + at, width);
    }
  }
}

template <class T>
void DropoutFactors(Index count, const std::uint16_t* HWY_RESTRICT bits, std::uint32_t dropped, T kept,
                    T* HWY_RESTRICT keep) {
  for (Index i = 0; i < count; ++i) keep[i] = bits[i] >= dropped ? kept : T(0);
}

template <class T>
void ColumnSums(Index rows, Index columns, Index stride, const T* values, T* sums) {
  const Tag<T> d;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  for (Index column = 0; column < columns; column += lanes) {
    auto sum = hn::Zero(d);
    for (Index i = 0; i < rows; ++i) sum = hn::Add(sum, LoadPart(d, values + i * stride + column, columns - column));
    StorePart(sum, d, sums + column, columns - column);
  }
}

#define BRENIER_DENSE(T, SUFFIX)                                                                         \
  void Multiply##SUFFIX(const Product<T>& product) { Multiply<T>(product); }                             \
  void Activate##SUFFIX(const Columns<T>& columns, T* output) { ActivateColumns<T>(columns, output); }   \
  void Backward##SUFFIX(const Columns<T>& columns, T* gradient, T* d_scale, T* d_shift) {                \
    ActivateColumnsBackward<T>(columns, gradient, d_scale, d_shift);                                     \
  }                                                                                                      \
  void Dropout##SUFFIX(Index count, const std::uint16_t* bits, std::uint32_t dropped, T kept, T* keep) { \
    DropoutFactors<T>(count, bits, dropped, kept, keep);                                                 \
  }                                                                                                      \
  void Sums##SUFFIX(Index rows, Index columns, Index stride, const T* values, T* sums) {                 \
    ColumnSums<T>(rows, columns, stride, values, sums);                                                  \
  }
BRENIER_DENSE(float, F32)
BRENIER_DENSE(double, F64)
#undef BRENIER_DENSE

}  // namespace brenier::models::dense::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brenier::models::dense {

#define BRENIER_DISPATCH(T, SUFFIX)                                                                         \
  HWY_EXPORT(Multiply##SUFFIX);                                                                             \
  HWY_EXPORT(Activate##SUFFIX);                                                                             \
  HWY_EXPORT(Backward##SUFFIX);                                                                             \
  HWY_EXPORT(Dropout##SUFFIX);                                                                              \
  HWY_EXPORT(Sums##SUFFIX);                                                                                 \
  template <>                                                                                               \
  void multiply<T>(const Product<T>& product) {                                                             \
    HWY_DYNAMIC_DISPATCH(Multiply##SUFFIX)(product);                                                        \
  }                                                                                                         \
  template <>                                                                                               \
  void activate_columns<T>(const Columns<T>& columns, T* output) {                                          \
    HWY_DYNAMIC_DISPATCH(Activate##SUFFIX)(columns, output);                                                \
  }                                                                                                         \
  template <>                                                                                               \
  void activate_columns_backward<T>(const Columns<T>& columns, T* gradient, T* d_scale, T* d_shift) {       \
    HWY_DYNAMIC_DISPATCH(Backward##SUFFIX)(columns, gradient, d_scale, d_shift);                            \
  }                                                                                                         \
  template <>                                                                                               \
  void column_sums<T>(Index rows, Index columns, Index stride, const T* values, T* sums) {                  \
    HWY_DYNAMIC_DISPATCH(Sums##SUFFIX)(rows, columns, stride, values, sums);                                \
  }                                                                                                         \
  template <>                                                                                               \
  void dropout_factors<T>(Index count, const std::uint16_t* bits, std::uint32_t dropped, T kept, T* keep) { \
    HWY_DYNAMIC_DISPATCH(Dropout##SUFFIX)(count, bits, dropped, kept, keep);                                \
  }
BRENIER_DISPATCH(float, F32)
BRENIER_DISPATCH(double, F64)
#undef BRENIER_DISPATCH

}  // namespace brenier::models::dense
#endif  // HWY_ONCE
