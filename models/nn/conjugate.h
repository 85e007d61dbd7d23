// The convex conjugate of a potential, point by point: f*(y) = max_x <x, y> - f(x), attained where grad f(x) = y.
//
// With it one network is enough for the dual: min over f of E f(x) + E f*(y) has the map T = grad f and no inner
// maximisation over a second network (amos2023amortizing). By the envelope theorem the gradient with respect to the
// weights is that of mean f(x_i) - mean f(x*(y_j)) with x* held fixed (monge_dual.h).
//
// Every point has its own L-BFGS iteration (nocedal2006 algorithm 7.4), all points of a batch side by side; who has
// arrived leaves the batch. Its metric is the inverse of the potential's quadratic P, so a potential that is nothing
// but its quadratic needs one step. The line search looks at slopes alone: F(x) = f(x) - <x, y> is convex, so |slope|
// <= 0.8 |first slope| is enough (the approximate Wolfe condition of hager2005).
//
// Any x gives a bound: <x, y> - f(x) <= f*(y). With leaky_relu, whose gradient map jumps at kinks, a y inside a jump
// has its x* on the kink, where grad f(x) = y cannot hold: such points end with a residual and are counted.
//
// Shapes: y, start, argument [M, D]; value, residual [M]. Errors: kDefect on other shapes or dtypes.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "models/nn/icnn.h"

namespace brenier::models {

struct ConjugateSettings {
  double tolerance = 1e-5;  // |grad f(x) - y| relative to 1 + |y|
  std::int64_t iterations = 50;
  std::int64_t memory = 8;  // pairs that L-BFGS keeps
};

struct Conjugate {
  at::Tensor argument;  // x*
  at::Tensor value;     // f*(y) = <x*, y> - f(x*)
  at::Tensor residual;  // |grad f(x*) - y| / (1 + |y|)
  std::int64_t iterations = 0;
  std::int64_t unsolved = 0;  // points above the tolerance
};

// `start`: where to begin, for example x* of an earlier call; undefined: the solution for the quadratic part alone.
[[nodiscard]] Conjugate conjugate(const Potential& f, const at::Tensor& y, const at::Tensor& start,
                                  const ConjugateSettings& settings);

}  // namespace brenier::models
