// Compiled once for every instruction set: Highway includes this file again with each target.
#define HWY_DISABLED_TARGETS \
  (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)  // their vectors cannot be array elements
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "train/metric/distance_rows.cpp"
#include <hwy/foreach_target.h>
// Must follow foreach_target.
#include <hwy/highway.h>

#include "train/metric/distance_rows.h"

HWY_BEFORE_NAMESPACE();
namespace brenier::train::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Index = std::int64_t;

// Rows times two vectors of sums must fit into the registers.
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL || HWY_TARGET == HWY_NEON
constexpr Index kTileRows = 8;
#else
constexpr Index kTileRows = 4;
#endif

// kRows rows against one strip, of which the first `valid` cells count.
template <Index kRows, class D>
HWY_INLINE double Strip(D d, const float* HWY_RESTRICT x, Index depth, const float* HWY_RESTRICT strip, Index valid) {
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  auto total = hn::Zero(d);
  for (Index column = 0; column < valid; column += 2 * lanes) {
    hn::Vec<D> sums[kRows][2];
    for (Index i = 0; i < kRows; ++i) sums[i][0] = sums[i][1] = hn::Zero(d);
    for (Index k = 0; k < depth; ++k) {
      const auto left = hn::LoadU(d, strip + k * kStripCells + column);
      const auto right = hn::LoadU(d, strip + k * kStripCells + column + lanes);
      for (Index i = 0; i < kRows; ++i) {
        const auto value = hn::Set(d, x[i * depth + k]);
        const auto a = hn::Sub(left, value);
        const auto b = hn::Sub(right, value);
        sums[i][0] = hn::MulAdd(a, a, sums[i][0]);
        sums[i][1] = hn::MulAdd(b, b, sums[i][1]);
      }
    }
    for (Index half = 0; half < 2; ++half) {
      const Index left_over = valid - column - half * lanes;
      if (left_over <= 0) continue;
      const auto mask = hn::FirstN(d, static_cast<std::size_t>(left_over < lanes ? left_over : lanes));
      for (Index i = 0; i < kRows; ++i) {
        total = hn::Add(total, hn::IfThenElseZero(mask, hn::Sqrt(sums[i][half])));
      }
    }
  }
  return static_cast<double>(hn::GetLane(hn::SumOfLanes(d, total)));
}

double DistanceSum(const float* x, Index rows, Index depth, const float* strips, Index first, Index last, Index cells) {
  const hn::CappedTag<float, 16> d;  // two vectors at most a strip
  double sum = 0.0;
  for (Index s = first; s < last; ++s) {
    const float* strip = strips + s * depth * kStripCells;
    const Index behind = cells - s * kStripCells;
    const Index valid = behind < kStripCells ? behind : kStripCells;
    Index i = 0;
    for (; i + kTileRows <= rows; i += kTileRows) sum += Strip<kTileRows>(d, x + i * depth, depth, strip, valid);
    for (; i < rows; ++i) sum += Strip<1>(d, x + i * depth, depth, strip, valid);
  }
  return sum;
}

}  // namespace brenier::train::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brenier::train {

HWY_EXPORT(DistanceSum);

double distance_sum(const float* x, std::int64_t rows, std::int64_t depth, const float* strips, std::int64_t first,
                    std::int64_t last, std::int64_t cells) {
  return HWY_DYNAMIC_DISPATCH(DistanceSum)(x, rows, depth, strips, first, last, cells);
}

}  // namespace brenier::train
#endif  // HWY_ONCE
