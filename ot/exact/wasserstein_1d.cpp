#include "ot/exact/wasserstein_1d.h"

#include <array>

#include "core/shape.h"
#include "ot/exact/known_gradient.h"
#include "ot/exact/two_clouds.h"

namespace brenier::ot {

at::Tensor wasserstein_1d(const at::Tensor& x, const at::Tensor& y, const at::Tensor& a, const at::Tensor& b,
                          double p) {
  check_power(p);
  check_shape(x, "x", "[N]");
  check_shape(y, "y", "[M]");
  const TwoClouds clouds = two_clouds(x, y, a, b);
  const auto x_values = values_of(clouds.x);
  const auto y_values = values_of(clouds.y);
  if (!needs_gradient({x, y, a, b})) {
    const std::array<double, 1> value = {one_dimensional_value(x_values, y_values, clouds.masses, p)};
    return from_doubles(value, {}, x);
  }
  return with_line_gradient(one_dimensional_gradient(x_values, y_values, clouds.masses, p), x, y, a, b);
}

}  // namespace brenier::ot
