// sinkhorn_divergence: entropic transport cost between predicted and true cells, without its bias.
//
//   S = V(X, Y) - V(X, X) / 2 - V(Y, Y) / 2        (ot/divergence/sinkhorn_divergence.h; feydy2019interpolating)
//
// with the squared Euclidean cost and eps = 0.1 times the mean squared distance of two true cells: one eps for every
// prediction of a context. In the unit of the data squared; never negative, 0 for equal populations.
#pragma once

#include "train/metric/comparison.h"

namespace brenier::train {

// NaN when the true cells do not vary or a value is not finite.
[[nodiscard]] double sinkhorn_divergence(const Comparison& comparison);

}  // namespace brenier::train
