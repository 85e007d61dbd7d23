// Learned latents and masks against those that a simulated file knows (true_mechanisms.h).
//
//   mcc, mcc_spearman    mean |correlation| of matched latents (train/recovery/matching.h, mean_correlation.h)
//   linear_r2            of the true latents on the learned ones (linear_r2.h)
//   mask_precision, mask_recall, mask_f1
//                        masks of the training actions, latents matched by |Pearson| (mask_scores.h)
//   mask_f1_overlap      the same matched by the masks themselves, on true positives: what bereket2023sams report
//   mask_f1_demo         as the demo of lopez2023svae does: matched by signed correlation, all actions of the file
//   mask_clustering, mask_clustering_identical
//                        mask_clustering.h, by average linkage and by equal masks
//   latent_f1, latent_average_precision
//                        alike for every model, whatever it says itself: how far the two largest mean shifts of the
//                        latents of an action's cells, or their order, tell what the action moves (largest_shifts.h)
//
// Latents are the posterior means of all training and validation cells, controls among them. mask_... judge what the
// model itself says an action moves: its masks; without masks the two largest of its shifts. A model without shifts
// (a VAE) says nothing: as in the published comparison, whose VAE has a table of shifts that no gradient reaches, its
// masks are two entries an action by chance, drawn by the seed.
// Demo style, actions that were never trained: their masks are still all ones, as they were at the start; a model
// without masks has the two largest of what it learned of them, or no entry.
#pragma once

#include <cstdint>
#include <filesystem>

#include "models/model.h"
#include "train/dataset.h"
#include "train/evaluation/evaluation.h"
#include "train/evaluation/learn_held_out.h"

namespace brenier::train {

// Of a model that implements models::MechanismModel. Throws kData: what read_true_mechanisms throws, an action of the
// model that the file does not tell of.
[[nodiscard]] Scores score_mechanism_truth(const models::Model& trained, const HeldOut& held_out,
                                           const PreparedData& prepared, const std::filesystem::path& file,
                                           std::uint64_t seed);

}  // namespace brenier::train
