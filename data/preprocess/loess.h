// Local regression in one variable: quadratic fits with tricube weights, interpolated as netlib's loess does it.
//
//   at a vertex v: minimise sum_i w_i (y_i - b0 - b1 (x_i - v) - b2 (x_i - v)^2)^2,  w_i = (1 - (|x_i - v| / r)^3)^3,
//   r the distance of the q-th nearest point, q = floor(span n). The vertices are the ends of the range widened by
//   half a percent and the cuts of a tree that halves the points until a cell holds at most floor(span n / 5) of them.
//   Between two vertices: the cubic with their values b0 and slopes b1.
//
// This is `surface='interpolate'`, the default of R and of scikit-misc, on which scanpy's seurat_v3 gene choice rests;
// the interpolated values differ from direct fits in the third digit, so the interpolation is part of the definition.
// Source: Cleveland 1979 (REFERENCES.md: cleveland1979loess); the interpolation is the one of netlib's `dloess`.
#pragma once

#include <vector>

namespace brenier::data {

// The smooth at every x[i], in the order given. span in (0, 1].
// Throws kData when x and y differ in length or when span n holds fewer than 3 points.
[[nodiscard]] std::vector<double> loess(const std::vector<double>& x, const std::vector<double>& y, double span);

}  // namespace brenier::data
