// Scores of latent mechanisms: how likely cells are, how sparse the masks came out and, where the file tells the truth,
// whether the right latents were found. They go into the summary of "model"; docs/evaluation.md has the list.
//
//   elbo_train, elbo_validation, elbo_held_out   mean over contexts of the mean over cells of the evidence lower bound
//   iw_train, iw_held_out                        the same of the bound with K samples (burda2016importance)
//   iw_held_out_N_cells                          iw_held_out with actions learned from N cells (also_cells), same draws
//   mask_density                                 share of entries of the training actions' masks above 0.5
//   masks_collapsed                              how many training actions have none
//   gamma, gamma_score_10, ...                   what training chose by itself and why (Mechanisms::choices)
//   mcc, linear_r2, mask_f1, ...                 mechanism_truth.h
//
// Likelihoods are in nats a cell, natural logarithms; control populations count as contexts. Held-out contexts are
// judged by the model that learned their actions, on cells it did not see (learn_held_out.h); one that the model cannot
// tell the likelihood of is left out. Everything random draws from RandomStream(seed, "evaluation/mechanisms/...").
#pragma once

#include <cstdint>
#include <filesystem>

#include "models/model.h"
#include "train/dataset.h"
#include "train/evaluation/evaluate.h"
#include "train/evaluation/evaluation.h"
#include "train/evaluation/learn_held_out.h"

namespace brenier::train {

// Said before training, not after it: kUsage naming the kind of a model that has no mechanisms although they are to be
// scored; with settings.truth what read_true_mechanisms throws, and kData for a training action that the file does not
// tell of.
void check_mechanisms(const MechanismSettings& settings, const models::Model& model, const PreparedData& prepared,
                      const std::filesystem::path& file);

// `file`: what the data were read from, for settings.mechanisms.truth. Throws kUsage naming the kind of a model that
// has no mechanisms, and what read_true_mechanisms throws.
void score_mechanisms(Evaluation& evaluation, const models::Model& trained, const HeldOut& held_out,
                      const PreparedData& prepared, const EvaluateSettings& settings, const std::filesystem::path& file,
                      std::uint64_t seed);

}  // namespace brenier::train
