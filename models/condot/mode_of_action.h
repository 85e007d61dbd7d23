// What perturbations do, as places: two perturbations lie close when they move cells to similar populations.
//
//   delta_ab = sqrt(S_eps(rho_a, rho_b)),   eps = 0.1 times the mean cost between rho_a and rho_b
//
// rho_a holds the treated cells of perturbation a relative to the mean of their own control cells; S is the Sinkhorn
// divergence with the squared Euclidean cost (ot/divergence/sinkhorn_divergence.h). The published embedding takes
// Sinkhorn costs themselves; their entropic bias makes equal populations differ, the divergence does not. Metric
// scaling (smacof.h) of delta gives one place a perturbation, moved and divided by one number so that all coordinates
// lie in [0, 1] and ratios of distances stay (bunne2022condot, section 4).
//
// Of a large population `most_cells` are drawn by the seed. Errors: kNumerical when cells are not finite.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "models/training_view.h"

namespace brenier::models {

struct ModeOfActionSettings {
  std::int64_t width = 10;
  double epsilon = 0.1;  // times the mean cost of the pair
  std::int64_t most_cells = 256;
};

struct ModeOfAction {
  at::Tensor places;     // [A, width] float32 in [0, 1]
  at::Tensor distances;  // delta [A, A] float64
  double stress = 0.0;   // how badly the places reproduce delta: 0 is exact
};

// populations[a]: [n_a >= 1, L].
[[nodiscard]] ModeOfAction mode_of_action(const std::vector<at::Tensor>& populations,
                                          const ModeOfActionSettings& settings, std::uint64_t seed);

// The population of each action of the task: treated cells of the contexts with that action alone, relative to the mean
// of their control cells, in units of `scale`; of the smallest sets that contain it when it never stands alone.
// `latents` [n, L]: the encoded cells of the view.
[[nodiscard]] std::vector<at::Tensor> action_populations(const TrainingView& view, const at::Tensor& latents,
                                                         double scale);

}  // namespace brenier::models
