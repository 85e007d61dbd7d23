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
#include "ot/exact/two_clouds.h"

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

// x [N * D] and y [M * D] of the result; without `gradients` the value alone.
OneDimensionalGradient mean_over_directions(const Cloud& x, const Cloud& y, const Masses& masses,
                                            std::span<const double> directions, double p, bool gradients) {
  const std::int64_t dimension = x.dimension;
  const std::int64_t count = static_cast<std::int64_t>(directions.size()) / dimension;
  OneDimensionalGradient total;
  std::vector<double> values(static_cast<std::size_t>(count), 0.0);  // of each direction
  if (gradients) {
    total.x.assign(x.points.size(), 0.0);
    total.y.assign(y.points.size(), 0.0);
    total.a.assign(masses.a.size(), 0.0);
    total.b.assign(masses.b.size(), 0.0);
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
        double& value = values[static_cast<std::size_t>(start + l)];
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
    add_slopes(x.count(), here, dimension, block, [&](std::size_t l) { return held[l].x.data(); }, total.x);
    add_slopes(y.count(), here, dimension, block, [&](std::size_t l) { return held[l].y.data(); }, total.y);
    for (std::int64_t l = 0; l < block; ++l) {
      const OneDimensionalGradient& slopes = held[static_cast<std::size_t>(l)];
      for (std::size_t i = 0; i < slopes.a.size(); ++i) total.a[i] += slopes.a[i];
      for (std::size_t j = 0; j < slopes.b.size(); ++j) total.b[j] += slopes.b[j];
    }
  }
  const auto scale = static_cast<double>(count);
  total.value = compensated_sum(values) / scale;
  for (auto* part : {&total.x, &total.y, &total.a, &total.b}) {
    for (double& value : *part) value /= scale;
  }
  return total;
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
  const std::int64_t dimension = letters.size("D");
  if (dimension < 1)
    throw Error(ErrorKind::kData, "the points x have no coordinates").found("D = 0").expected("D >= 1");
  const TwoClouds clouds = two_clouds(x, y, a, b);
  const std::vector<double> directions = sliced_directions(dimension, settings);
  const bool gradients = needs_gradient({x, y, a, b});
  const OneDimensionalGradient total =
      sliced_detail::mean_over_directions({values_of(clouds.x), dimension}, {values_of(clouds.y), dimension},
                                          clouds.masses, directions, settings.p, gradients);
  if (gradients) return with_line_gradient(total, x, y, a, b);
  const std::array<double, 1> value = {total.value};
  return from_doubles(value, {}, x);
}

}  // namespace brenier::ot
