// Control, predicted and true cells of one context in the plane of their first two principal components.
//
// The plane is found from control and true cells alone (centred on their mean), so a prediction cannot bend it towards
// itself; predicted cells are projected. At most kDrawnCells of each population, by an even step.
#pragma once

#include <ATen/core/Tensor.h>

#include "train/report/figure.h"

namespace brenier::train {

// Of one population.
constexpr std::int64_t kDrawnCells = 300;

// The plane of x [n, G], y [m, G]: {centre [G], directions [G, 2]}, float64; the sign makes each direction's largest
// entry positive. A direction without variance is zero.
struct Plane {
  at::Tensor centre;
  at::Tensor directions;
};
[[nodiscard]] Plane principal_plane(const at::Tensor& x, const at::Tensor& y);

[[nodiscard]] Figure cell_chart(const at::Tensor& control, const at::Tensor& predicted, const at::Tensor& truth);

}  // namespace brenier::train
