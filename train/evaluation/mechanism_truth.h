// Learned latents and masks against those that a simulated file knows (true_mechanisms.h).
//
//   mcc, mcc_spearman    mean |correlation| of matched latents (train/recovery/matching.h, mean_correlation.h)
//   linear_r2            of the true latents on the learned ones (linear_r2.h)
//   mask_precision, mask_recall, mask_f1     masks of the training actions, latents matched by |Pearson|
//   (mask_scores.h) mask_f1_overlap      the same matched by the masks themselves, on true positives: what
//   bereket2023sams report mask_f1_demo         as the demo of lopez2023svae does: matched by signed correlation, all
//   actions of the file mask_clustering, mask_clustering_identical   mask_clustering.h, by average linkage and by equal
//   masks
//
// Latents are the posterior means of all training and validation cells, controls among them. A model without masks is
// given the two largest shifts of an action (largest_shifts.h), of the means of its cells when it has no shifts either.
// Demo style, actions that were never trained: their masks are still all ones, as they were at the start; a model
// without masks has the two largest of what it learned of them, or no entry.
#pragma once

#include <filesystem>

#include "models/model.h"
#include "train/dataset.h"
#include "train/evaluation/evaluation.h"
#include "train/evaluation/learn_held_out.h"

namespace brenier::train {

// Of a model that implements models::MechanismModel. Throws kData: what read_true_mechanisms throws, an action of the
// model that the file does not tell of.
[[nodiscard]] Scores score_mechanism_truth(const models::Model& trained, const HeldOut& held_out,
                                           const PreparedData& prepared, const std::filesystem::path& file);

}  // namespace brenier::train
