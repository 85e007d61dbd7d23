// Compiled once for every instruction set: Highway includes this file again with each target.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/ot_limits/pair_loop.cpp"
#include <hwy/foreach_target.h>
// Must follow foreach_target.
#include <hwy/highway.h>

#include "bench/ot_limits/pair_loop.h"

HWY_BEFORE_NAMESPACE();
namespace brenier::bench::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// 2^t for t <= 127, relative error 2e-7; t below -126 counts as -126.
template <class D>
HWY_INLINE hn::Vec<D> TwoTo(D d, hn::Vec<D> t) {
  const hn::RebindToSigned<D> integers;
  t = hn::Max(t, hn::Set(d, -126.0F));
  const auto rounder = hn::Set(d, 12582912.0F);  // 1.5 * 2^23: adding it leaves round(t) in the low bits
  const auto whole = hn::Add(t, rounder);
  const auto r = hn::Sub(t, hn::Sub(whole, rounder));
  auto p = hn::MulAdd(r, hn::Set(d, 0.0013276472454890609F), hn::Set(d, 0.009675540961325169F));
  p = hn::MulAdd(p, r, hn::Set(d, 0.05550713092088699F));
  p = hn::MulAdd(p, r, hn::Set(d, 0.24022120237350464F));
  p = hn::MulAdd(p, r, hn::Set(d, 0.6931469440460205F));
  p = hn::MulAdd(p, r, hn::Set(d, 1.0000001192092896F));
  return hn::BitCast(d, hn::Add(hn::BitCast(integers, p), hn::ShiftLeft<23>(hn::BitCast(integers, whole))));
}

void RunTile(PairTile& tile, std::int64_t times) {
  const hn::ScalableTag<float> d;
  using V = hn::Vec<decltype(d)>;
  constexpr auto rows = PairTile::kRows;
  constexpr auto columns = PairTile::kColumns;
  constexpr std::int64_t kBlock = 4;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (std::int64_t time = 0; time < times; ++time) {
    for (std::int64_t first = 0; first < rows; first += kBlock) {
      V x[kBlock][2];
      V sum[kBlock];
      for (std::int64_t i = 0; i < kBlock; ++i) {
        x[i][0] = hn::Set(d, tile.x[static_cast<std::size_t>(2 * (first + i))]);
        x[i][1] = hn::Set(d, tile.x[static_cast<std::size_t>(2 * (first + i) + 1)]);
        sum[i] = hn::Zero(d);
      }
      float* HWY_RESTRICT out = tile.out.data() + first * columns;
      for (std::int64_t j = 0; j < columns; j += lanes) {
        const V y0 = hn::LoadU(d, tile.y.data() + j);
        const V y1 = hn::LoadU(d, tile.y.data() + columns + j);
        const V bias = hn::LoadU(d, tile.bias.data() + j);
        for (std::int64_t i = 0; i < kBlock; ++i) {
          const V z0 = hn::Sub(x[i][0], y0);
          const V z1 = hn::Sub(x[i][1], y1);
          const V value = TwoTo(d, hn::NegMulAdd(z1, z1, hn::NegMulAdd(z0, z0, bias)));
          hn::StoreU(value, d, out + i * columns + j);
          sum[i] = hn::Add(sum[i], value);
        }
      }
      for (std::int64_t i = 0; i < kBlock; ++i)
        tile.sums[static_cast<std::size_t>(first + i)] += hn::GetLane(hn::SumOfLanes(d, sum[i]));
    }
  }
}

const char* TargetName() { return hwy::TargetName(HWY_TARGET); }

}  // namespace brenier::bench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brenier::bench {

HWY_EXPORT(RunTile);
HWY_EXPORT(TargetName);

void run_pair_tile(PairTile& tile, std::int64_t times) { HWY_DYNAMIC_DISPATCH(RunTile)(tile, times); }
const char* pair_loop_target() { return HWY_DYNAMIC_DISPATCH(TargetName)(); }

PairTile make_pair_tile() {
  PairTile tile;
  const auto ramp = [](std::int64_t count, float step) {
    std::vector<float> values(static_cast<std::size_t>(count));
    for (std::size_t k = 0; k < values.size(); ++k) values[k] = step * static_cast<float>(k);
    return values;
  };
  tile.x = ramp(2 * PairTile::kRows, 0.05F);
  tile.y = ramp(2 * PairTile::kColumns, 0.002F);
  tile.bias = ramp(PairTile::kColumns, -0.001F);
  tile.out = ramp(PairTile::kRows * PairTile::kColumns, 0);
  tile.sums = ramp(PairTile::kRows, 0);
  return tile;
}

}  // namespace brenier::bench
#endif  // HWY_ONCE
