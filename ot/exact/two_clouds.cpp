#include "ot/exact/two_clouds.h"

#include <array>

#include "core/shape.h"
#include "ot/exact/known_gradient.h"

namespace brenier::ot {

TwoClouds two_clouds(const at::Tensor& x, const at::Tensor& y, const at::Tensor& a, const at::Tensor& b) {
  check_floating(x, "x");
  check_same_kind(x, "x", y, "y");
  TwoClouds out;
  out.masses =
      balanced_masses(weight_values(a, "a", x.size(0), x), weight_values(b, "b", y.size(0), x), mass_tolerance_of(x));
  out.x = to_doubles(x);
  out.y = to_doubles(y);
  check_values(values_of(out.x), "x");
  check_values(values_of(out.y), "y");
  return out;
}

at::Tensor with_line_gradient(const OneDimensionalGradient& gradient, const at::Tensor& x, const at::Tensor& y,
                              const at::Tensor& a, const at::Tensor& b) {
  const std::array<double, 1> value = {gradient.value};
  KnownGradients known;
  known.inputs = {x, y, a, b};
  known.gradients = {from_doubles(gradient.x, x.sizes(), x), from_doubles(gradient.y, y.sizes(), x),
                     from_doubles(gradient.a, {x.size(0)}, x), from_doubles(gradient.b, {y.size(0)}, x)};
  return with_known_gradients(from_doubles(value, {}, x), known);
}

}  // namespace brenier::ot
