#include "ot/exact/wasserstein_1d.h"

#include <array>

#include "core/error.h"
#include "core/shape.h"
#include "ot/exact/known_gradient.h"
#include "ot/exact/one_dimensional.h"

namespace brenier::ot {

at::Tensor wasserstein_1d(const at::Tensor& x, const at::Tensor& y, const at::Tensor& a, const at::Tensor& b,
                          double p) {
  check_power(p);
  check_shape(x, "x", "[N]");
  check_shape(y, "y", "[M]");
  check_floating(x, "x");
  check_same_kind(x, "x", y, "y");
  const Masses masses =
      balanced_masses(weight_values(a, "a", x.size(0), x), weight_values(b, "b", y.size(0), x), mass_tolerance_of(x));
  const at::Tensor x_doubles = to_doubles(x);
  const at::Tensor y_doubles = to_doubles(y);
  check_values(values_of(x_doubles), "x");
  check_values(values_of(y_doubles), "y");
  if (!needs_gradient({x, y, a, b})) {
    const std::array<double, 1> value = {one_dimensional_value(values_of(x_doubles), values_of(y_doubles), masses, p)};
    return from_doubles(value, {}, x);
  }
  const OneDimensionalGradient result = one_dimensional_gradient(values_of(x_doubles), values_of(y_doubles), masses, p);
  const std::array<double, 1> value = {result.value};
  KnownGradients known;
  known.inputs = {x, y, a, b};
  known.gradients = {from_doubles(result.x, x.sizes(), x), from_doubles(result.y, y.sizes(), x),
                     from_doubles(result.a, x.sizes(), x), from_doubles(result.b, y.sizes(), x)};
  return with_known_gradients(from_doubles(value, {}, x), known);
}

}  // namespace brenier::ot
