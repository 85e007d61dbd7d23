// Conditional Gaussians: populations whose optimal maps are known in every context.
//
//   mu = N(0, S0),   nu_c = N(m(c), S(c)),   t = (c - lowest dose) / (highest - lowest) in [0, 1]
//   m(c) = radius (cos(pi t) u + sin(pi t) v)
//   S(c) = R(t) Q diag(exp((1 - t) log a + t log b)) Q' R(t)',   R(t): rotation in the plane of u and v by pi t / 2
//
// u, v are the first two columns of a random rotation Q; S0 has another one; the eigenvalues of S0 are spaced in the
// logarithm from 1/2 to 2, a and b are two orders of the same values. The optimal map of a context is
//   T_c(x) = m(c) + A(c) x,   A = S0^-1/2 (S0^1/2 S(c) S0^1/2)^1/2 S0^-1/2        (gelbrich1990formula)
//
// Cells: X [N, D] float32; obs perturbation ("control" or "shift") and dose_value (c; 0 for controls). The file also
// holds uns "true_doses" [K], "true_map_matrix" A [K, D, D] and "true_map_shift" m [K, D], float64.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/config/fields.h"
#include "data/h5ad/ann_data.h"
#include "data/table/cell_table.h"

namespace brenier::data {

struct SimulateGaussiansSettings {
  std::int64_t dimensions = 2;
  std::vector<double> doses = {1, 1.5, 1.75, 2, 2.5, 2.75, 3, 3.5, 4, 4.25, 4.5, 5};
  std::int64_t cells = 3000;  // a context
  std::int64_t control_cells = 6000;
  double radius = 3.0;
  std::int64_t seed = 0;

  void describe(Fields& fields);
};

struct SimulatedGaussians {
  CellTable table;
  std::vector<double> doses;   // K, ascending
  std::vector<double> matrix;  // A [K, D, D]
  std::vector<double> shift;   // m [K, D]
};

[[nodiscard]] SimulatedGaussians simulate_gaussians(const SimulateGaussiansSettings& settings);
[[nodiscard]] AnnData to_ann_data(const SimulatedGaussians& simulated);

}  // namespace brenier::data
