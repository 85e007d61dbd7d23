// Scores of maps against the true optimal maps of simulated Gaussians (data/simulate/gaussians.h).
//
//   l2_uvp = 100 E|T^(x) - T(x)|^2 / Var(target),   x over the control cells, Var the trace of the covariance of T(x)
//
// in percent: 0 is the true map, 100 what the mean of the target alone reaches (korotin2021continuous, section 5.1).
// Training contexts are scored too: "l2_uvp" of each context, and the summaries l2_uvp_train and l2_uvp_unseen of every
// method. Besides the model and the fitted baselines there are two maps made of the training cells:
//   nearest_map  the Gaussian map between control and treated cells of the training context with the nearest dose
//   pooled_map   the Gaussian map between the control cells and the treated cells of all training contexts together
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "models/model.h"
#include "train/evaluation/evaluate.h"
#include "train/evaluation/evaluation.h"

namespace brenier::train {

// Adds to an evaluation of the held-out contexts. `contexts`: training and held-out ones with their cells; `file`: the
// simulated file. Throws kData when it holds no true maps, or not those of a context.
void score_true_maps(Evaluation& evaluation, const models::Model& model, const std::vector<Baseline>& baselines,
                     const std::vector<ScoredContext>& contexts, const std::filesystem::path& file,
                     std::int64_t bootstrap, std::uint64_t seed);

}  // namespace brenier::train
