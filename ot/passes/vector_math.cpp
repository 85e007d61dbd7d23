// Compiled once for every instruction set: Highway includes this file again with each target.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ot/passes/vector_math.cpp"
#include <hwy/foreach_target.h>
// Must follow foreach_target.
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include <algorithm>
#include <limits>

#include "ot/passes/vector_math.h"

HWY_BEFORE_NAMESPACE();
namespace brenier::ot::vector_math::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// work(vector) in place, the rest padded with `padding`.
template <class Work>
HWY_INLINE void InPlace(double* values, Index count, double padding, Work&& work) {
  const hn::ScalableTag<double> d;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  Index k = 0;
  for (; k + lanes <= count; k += lanes) hn::StoreU(work(d, hn::LoadU(d, values + k)), d, values + k);
  if (k == count) return;
  HWY_ALIGN double rest[HWY_MAX_BYTES / sizeof(double)];
  std::fill_n(rest, lanes, padding);
  std::copy_n(values + k, count - k, rest);
  hn::Store(work(d, hn::Load(d, rest)), d, rest);
  std::copy_n(rest, count - k, values + k);
}

void Exponentials(double* values, Index count) {
  InPlace(values, count, 0.0, [](auto d, auto value) HWY_ATTR {
    const auto lowest = hn::Set(d, -708.0);
    const auto highest = hn::Set(d, 709.0);
    const auto vanished = hn::Lt(value, lowest);
    const auto endless = hn::Gt(value, highest);
    const auto inside = hn::Exp(d, hn::Min(hn::Max(value, lowest), highest));
    const auto out = hn::IfThenElse(endless, hn::Set(d, std::numeric_limits<double>::infinity()), inside);
    // NaN goes through as it is.
    return hn::IfThenElse(hn::Eq(value, value), hn::IfThenZeroElse(vanished, out), value);
  });
}

void Logarithms(double* values, Index count) {
  InPlace(values, count, 1.0, [](auto d, auto value) HWY_ATTR {
    const auto nothing = hn::Le(value, hn::Zero(d));
    const auto out = hn::Log(d, hn::IfThenElse(nothing, hn::Set(d, 1.0), value));
    const auto safe = hn::IfThenElse(nothing, hn::Set(d, -std::numeric_limits<double>::infinity()), out);
    // NaN and infinity go through as they are.
    const auto finite = hn::Lt(value, hn::Set(d, std::numeric_limits<double>::infinity()));
    return hn::IfThenElse(finite, safe, value);
  });
}

}  // namespace brenier::ot::vector_math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brenier::ot::vector_math {

HWY_EXPORT(Exponentials);
HWY_EXPORT(Logarithms);

void exponentials(double* values, Index count) { HWY_DYNAMIC_DISPATCH(Exponentials)(values, count); }
void logarithms(double* values, Index count) { HWY_DYNAMIC_DISPATCH(Logarithms)(values, count); }

}  // namespace brenier::ot::vector_math
#endif  // HWY_ONCE
