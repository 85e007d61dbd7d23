// Scores the cells of one .h5ad file against those of another: predictions made by any tool.
//
//   truth      control and perturbed cells that were measured
//   predicted  perturbed cells of the same conditions (control cells, if it has any, are only used with own_control)
//
// Both name their conditions in the same columns (data/perturbation/settings.h); in a file that `brenier predict` wrote
// the column kPredictedPerturbation stands for the perturbation. Genes are aligned by name: those of
// both files are scored, those of one alone are counted in a warning. Conditions that both have are scored. Conditions
// of the true file alone are what the baselines are fitted on, as training contexts: give them, and the same
// baselines as for a run of ours stand beside the prediction; without any only identity can be shown, and a warning
// says so. Conditions of the predicted file alone are counted in a warning.
//
// Throws kData: no gene or no condition in common, no control cells in the true file (or, with own_control, in the
// predicted one), gene names that occur twice, a value that is not finite; and what reading throws.
#pragma once

#include <cstdint>
#include <string>

#include "core/log.h"
#include "data/perturbation/settings.h"
#include "train/evaluation/evaluate.h"
#include "train/evaluation/evaluation.h"

namespace brenier::train {

inline constexpr const char* kPredictedPerturbation = "predicted_perturbation";

struct PredictedFileSettings {
  std::string predicted;  // paths
  std::string truth;
  std::string matrix = "X";
  std::string gene_column;
  data::PerturbationSettings perturbation;
  bool own_control = false;  // effects of the prediction are taken from the control cells of its own file (cell-eval)
  EvaluateSettings evaluate;
  std::uint64_t seed = 0;
};

// task "perturbation", split "files".
[[nodiscard]] Evaluation evaluate_predicted_file(const PredictedFileSettings& settings, Reporter& reporter);

}  // namespace brenier::train
