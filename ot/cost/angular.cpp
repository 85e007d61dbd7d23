#include "ot/cost/angular.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/number_text.h"

namespace brenier::ot {
namespace angular_detail {

template <class T>
double dot(const T* x, const T* y, Index dimension) {
  double sum = 0;
  for (Index k = 0; k < dimension; ++k) sum += static_cast<double>(x[k]) * y[k];
  return sum;
}

// What one pair of directions has in common; `slope` is d1 s, [D].
struct Pair {
  double x_length = 0;
  double y_length = 0;
  double s = 0;
};

template <class T>
Pair pair_of(const T* x, const T* y, Index dimension) {
  Pair pair;
  pair.x_length = std::sqrt(dot(x, x, dimension));
  pair.y_length = std::sqrt(dot(y, y, dimension));
  pair.s = std::clamp(dot(x, y, dimension) / (pair.x_length * pair.y_length), -1.0, 1.0);
  return pair;
}

AngularRule checked(double margin) {
  if (!std::isfinite(margin) || margin < 0) {
    throw Error(ErrorKind::kUsage, "the margin of the arccos cost is out of range")
        .found(number_text(margin))
        .expected("a finite number, at least 0");
  }
  AngularRule rule;
  rule.angle = true;
  rule.margin = margin;
  return rule;
}

void check_directions(const at::Tensor& points, const std::string& what, const std::string& cost) {
  const auto lengths = at::linalg_vector_norm(points.detach(), 2, {1});
  const auto zero = at::nonzero(lengths == 0).reshape({-1});
  if (zero.numel() == 0) return;
  throw Error(ErrorKind::kData, "a point of zero length has no direction")
      .at(what)
      .found("row " + std::to_string(zero[0].item<std::int64_t>()) + " is all zeros (" + std::to_string(zero.numel()) +
             " such rows)")
      .expected("points off the origin for cost '" + cost + "'");
}

}  // namespace angular_detail

std::string AngularRule::name() const {
  if (!angle) return "cosine";
  return margin == 0 ? std::string("arccos") : "arccos:" + number_text(margin);
}

template <class T>
void AngularRule::values(const PairBlock<T>& block, T* out) const {
  const Index dimension = block.dimension;
  std::vector<double> inverse(static_cast<std::size_t>(block.columns));
  for (Index j = 0; j < block.columns; ++j) {
    const T* y = block.y + j * dimension;
    inverse[static_cast<std::size_t>(j)] = 1 / std::sqrt(angular_detail::dot(y, y, dimension));
  }
  for (Index i = 0; i < block.rows; ++i) {
    const T* x = block.x + i * dimension;
    const double x_inverse = 1 / std::sqrt(angular_detail::dot(x, x, dimension));
    for (Index j = 0; j < block.columns; ++j) {
      const T* y = block.y + j * dimension;
      const double y_inverse = inverse[static_cast<std::size_t>(j)];
      // |x/|x| - y/|y|| keeps its digits where 1 - s and arccos(s) lose theirs.
      double apart = 0;
      double together = 0;
      for (Index k = 0; k < dimension; ++k) {
        const double p = x[k] * x_inverse;
        const double q = y[k] * y_inverse;
        apart += (p - q) * (p - q);
        together += (p + q) * (p + q);
      }
      double value = apart / 2;
      if (angle) {
        value = margin == 0 ? 2 * std::atan2(std::sqrt(apart), std::sqrt(together))
                            : std::acos(std::clamp(1 - apart / 2, -1.0, 1.0) / (1 + margin));
      }
      out[i * block.columns + j] = static_cast<T>(value);
    }
  }
}

void AngularRule::slopes(double s, double& first, double& second) const {
  first = -1;
  second = 0;
  if (!angle) return;
  const double t = s / (1 + margin);
  const double sine = std::sqrt((1 - t) * (1 + t));
  first = sine > 0 ? -1 / ((1 + margin) * sine) : 0.0;
  second = sine > 0 ? -t / ((1 + margin) * (1 + margin) * sine * sine * sine) : 0.0;
}

// d1 s = (y/|y| - s x/|x|) / |x|.
template <class T>
void AngularRule::gradient(const T* x, const T* y, Index dimension, double* out) const {
  const auto pair = angular_detail::pair_of(x, y, dimension);
  double first = 0;
  double second = 0;
  slopes(pair.s, first, second);
  for (Index k = 0; k < dimension; ++k)
    out[k] = first * (y[k] / pair.y_length - pair.s * x[k] / pair.x_length) / pair.x_length;
}

template <class T>
void AngularRule::second(const T* x, const T* y, const double* u, const double* v, Index dimension, double* out) const {
  const auto pair = angular_detail::pair_of(x, y, dimension);
  double first = 0;
  double curvature = 0;
  slopes(pair.s, first, curvature);
  double x_along = 0;  // of the move u on x's direction
  double y_along = 0;
  double s_move = 0;
  for (Index k = 0; k < dimension; ++k) {
    const double p = x[k] / pair.x_length;
    const double q = y[k] / pair.y_length;
    x_along += p * u[k];
    y_along += q * v[k];
    s_move += (q - pair.s * p) / pair.x_length * u[k] + (p - pair.s * q) / pair.y_length * v[k];
  }
  for (Index k = 0; k < dimension; ++k) {
    const double p = x[k] / pair.x_length;
    const double q = y[k] / pair.y_length;
    const double p_move = (u[k] - p * x_along) / pair.x_length;
    const double q_move = (v[k] - q * y_along) / pair.y_length;
    const double slope = (q - pair.s * p) / pair.x_length;
    const double slope_move = (q_move - s_move * p - pair.s * p_move) / pair.x_length - slope * x_along / pair.x_length;
    out[k] = curvature * s_move * slope + first * slope_move;
  }
}

#define BRENIER_OT_ANGULAR(T)                                                       \
  template void AngularRule::values<T>(const PairBlock<T>&, T*) const;              \
  template void AngularRule::gradient<T>(const T*, const T*, Index, double*) const; \
  template void AngularRule::second<T>(const T*, const T*, const double*, const double*, Index, double*) const;
BRENIER_OT_ANGULAR(float)
BRENIER_OT_ANGULAR(double)
#undef BRENIER_OT_ANGULAR

void Cosine::check_points(const at::Tensor& points, const std::string& what) const {
  angular_detail::check_directions(points, what, name());
}

Arccos::Arccos(double margin) : PairwiseCost(angular_detail::checked(margin)) {}

void Arccos::check_points(const at::Tensor& points, const std::string& what) const {
  angular_detail::check_directions(points, what, name());
}

}  // namespace brenier::ot
