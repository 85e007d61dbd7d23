#include "ot/exact/sliced.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>

#include "core/error.h"
#include "core/random.h"
#include "core/shape.h"
#include "ot/exact/known_gradient.h"
#include "ot/exact/one_dimensional.h"

namespace brenier::ot {
namespace sliced_detail {

// Directions whose slopes are held at once before they are added up.
inline constexpr std::int64_t kBlock = 32;
inline constexpr std::int64_t kPointGrain = 512;

struct Cloud {
  std::span<const double> points;  // [count, dimension]
  std::int64_t dimension;

  [[nodiscard]] std::int64_t count() const { return static_cast<std::int64_t>(points.size()) / dimension; }
  [[nodiscard]] std::vector<double> project(std::span<const double> direction) const {
    std::vector<double> out(static_cast<std::size_t>(count()));
    const double* point = points.data();
    for (double& value : out) {
      for (const double component : direction) value += component * *point++;
    }
    return out;
  }
};

// out[i, :] += sum over the block of slope[l][i] * direction[l], l in order.
template <class Slope>
void add_slopes(std::int64_t count, std::span<const double> directions, std::int64_t dimension, std::int64_t block,
                const Slope& slope, std::vector<double>& out) {
  at::parallel_for(0, count, kPointGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      double* target = out.data() + i * dimension;
      for (std::int64_t l = 0; l < block; ++l) {
        const double weight = slope(static_cast<std::size_t>(l))[static_cast<std::size_t>(i)];
        const double* direction = directions.data() + l * dimension;
        for (std::int64_t d = 0; d < dimension; ++d) target[d] += weight * direction[d];
      }
    }
  });
}

struct Sum {
  OneDimensionalGradient total;  // x [N * D], y [M * D]
  std::vector<double> values;    // of each direction
};

Sum sum_over_directions(const Cloud& x, const Cloud& y, const Masses& masses, std::span<const double> directions,
                        double p, bool gradients) {
  const std::int64_t dimension = x.dimension;
  const std::int64_t count = static_cast<std::int64_t>(directions.size()) / dimension;
  Sum sum;
  sum.values.assign(static_cast<std::size_t>(count), 0.0);
  if (gradients) {
    sum.total.x.assign(x.points.size(), 0.0);
    sum.total.y.assign(y.points.size(), 0.0);
    sum.total.a.assign(masses.a.size(), 0.0);
    sum.total.b.assign(masses.b.size(), 0.0);
  }
  std::vector<OneDimensionalGradient> held(gradients ? static_cast<std::size_t>(kBlock) : 0);
  for (std::int64_t start = 0; start < count; start += kBlock) {
    const std::int64_t block = std::min(kBlock, count - start);
    const auto here =
        directions.subspan(static_cast<std::size_t>(start * dimension), static_cast<std::size_t>(block * dimension));
    at::parallel_for(0, block, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t l = begin; l < end; ++l) {
        const auto direction =
            here.subspan(static_cast<std::size_t>(l * dimension), static_cast<std::size_t>(dimension));
        const std::vector<double> px = x.project(direction);
        const std::vector<double> py = y.project(direction);
        double& value = sum.values[static_cast<std::size_t>(start + l)];
        if (gradients) {
          OneDimensionalGradient& slopes = held[static_cast<std::size_t>(l)];
          slopes = one_dimensional_gradient(px, py, masses, p);
          value = slopes.value;
        } else {
          value = one_dimensional_value(px, py, masses, p);
        }
      }
    });
    if (!gradients) continue;
    add_slopes(x.count(), here, dimension, block, [&](std::size_t l) { return held[l].x.data(); }, sum.total.x);
    add_slopes(y.count(), here, dimension, block, [&](std::size_t l) { return held[l].y.data(); }, sum.total.y);
    for (std::int64_t l = 0; l < block; ++l) {
      const OneDimensionalGradient& slopes = held[static_cast<std::size_t>(l)];
      for (std::size_t i = 0; i < slopes.a.size(); ++i) sum.total.a[i] += slopes.a[i];
      for (std::size_t j = 0; j < slopes.b.size(); ++j) sum.total.b[j] += slopes.b[j];
    }
  }
  const auto scale = static_cast<double>(count);
  sum.total.value = compensated_sum(sum.values) / scale;
  for (auto* part : {&sum.total.x, &sum.total.y, &sum.total.a, &sum.total.b}) {
    for (double& value : *part) value /= scale;
  }
  return sum;
}

}  // namespace sliced_detail

std::vector<double> sliced_directions(std::int64_t dimension, const SlicedSettings& settings) {
  if (settings.projections < 1) {
    throw Error(ErrorKind::kUsage, "the number of projections is out of range")
        .found(std::to_string(settings.projections))
        .expected("at least 1");
  }
  if (dimension == 1) return {1.0};
  RandomStream random(settings.seed, "ot/sliced");
  std::vector<double> directions;
  std::vector<double> direction(static_cast<std::size_t>(dimension));
  for (std::int64_t l = 0; l < settings.projections; ++l) {
    double length = 0;
    while (length == 0) {
      double squares = 0;
      for (double& component : direction) {
        component = random.normal();
        squares += component * component;
      }
      length = std::sqrt(squares);
    }
    for (const double component : direction) directions.push_back(component / length);
  }
  return directions;
}

at::Tensor sliced_wasserstein(const at::Tensor& x, const at::Tensor& y, const at::Tensor& a, const at::Tensor& b,
                              const SlicedSettings& settings) {
  check_power(settings.p);
  ShapeLetters letters;
  letters.check(x, "x", "[N, D]");
  letters.check(y, "y", "[M, D]");
  check_floating(x, "x");
  check_same_kind(x, "x", y, "y");
  const std::int64_t dimension = letters.size("D");
  if (dimension < 1)
    throw Error(ErrorKind::kData, "the points x have no coordinates").found("D = 0").expected("D >= 1");
  const Masses masses =
      balanced_masses(weight_values(a, "a", x.size(0), x), weight_values(b, "b", y.size(0), x), mass_tolerance_of(x));
  const at::Tensor x_doubles = to_doubles(x);
  const at::Tensor y_doubles = to_doubles(y);
  check_values(values_of(x_doubles), "x");
  check_values(values_of(y_doubles), "y");
  const std::vector<double> directions = sliced_directions(dimension, settings);
  const bool gradients = needs_gradient({x, y, a, b});
  const sliced_detail::Sum sum = sliced_detail::sum_over_directions(
      {values_of(x_doubles), dimension}, {values_of(y_doubles), dimension}, masses, directions, settings.p, gradients);
  const std::array<double, 1> value = {sum.total.value};
  if (!gradients) return from_doubles(value, {}, x);
  KnownGradients known;
  known.inputs = {x, y, a, b};
  known.gradients = {from_doubles(sum.total.x, x.sizes(), x), from_doubles(sum.total.y, y.sizes(), x),
                     from_doubles(sum.total.a, {x.size(0)}, x), from_doubles(sum.total.b, {y.size(0)}, x)};
  return with_known_gradients(from_doubles(value, {}, x), known);
}

}  // namespace brenier::ot
