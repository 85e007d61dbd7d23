// Scores a model beside the baselines and the noise ceiling, context by context, in gene space.
//
// For every context: predicted = model.predict(control, context), compared with the true cells by each metric. Each
// baseline predicts from the same control cells. The ceiling is what a perfect model could reach with this many cells:
//   split_half  one random half of the true cells is the prediction for the other (pessimistic: half the cells each)
//   bootstrap   two independent resamples of the true cells, with replacement, are compared
// Metrics over pairs of cells always take the two resamples: their bias grows as the number of cells falls, so that
// halves would look worse than a good prediction. Both are averaged over `ceiling_repeats`. Mean and variance metrics
// use all cells; metrics over pairs of cells use at most `pairwise_cells` of each population, the same rows for every
// method. With `cell_bootstrap` replicates each score of a context gets an interval over cells: predicted and true
// cells are drawn again with replacement (predictions together with the control cells they were made from), and the
// percentiles of the replicates are moved so that their mean is the score: resampling itself adds noise that lowers R2
// and raises distances, and that shift is not part of the answer. Genes stay those chosen with all cells. Metrics over
// several contexts have no such interval. Everything random draws from RandomStream(seed, "evaluation/..."), so the
// same inputs give the same scores.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/config/fields.h"
#include "core/context.h"
#include "core/log.h"
#include "models/model.h"
#include "models/training_view.h"
#include "train/evaluation/evaluation.h"
#include "train/evaluation/mechanism_settings.h"

namespace brenier::train {

struct EvaluateSettings {
  std::vector<std::string> metrics = {"r2_mean",           "r2_mean_top20",  "r2_mean_top50", "r2_variance",
                                      "r2_variance_top50", "pearson_delta",  "l2_mean",       "mmd",
                                      "mmd_median",        "energy_distance"};  // or sets, metric_sets.h
  std::int64_t pairwise_cells = 500;
  std::string ceiling = "split_half";
  std::int64_t ceiling_repeats = 10;
  std::int64_t bootstrap = 1000;
  std::int64_t cell_bootstrap = 0;
  std::int64_t cell_level = 95;
  bool true_maps = false;
  bool log_normalize = false;  // log_normalize.h: cells are compared as log(1 + 1e4 x / total)
  MechanismSettings mechanisms;

  void describe(Fields& fields);
};

// A context to score. Both populations in the gene space and order of the model's task.
struct ScoredContext {
  Context context;
  bool held_out = true;
  at::Tensor control;          // [N, G]
  at::Tensor truth;            // [M, G]
  std::int64_t n_learned = 0;  // cells of the context, not in truth, that the model learned its actions from
};

struct Baseline {
  std::string name;  // its kind: "identity", "mean_shift", "additive", "nearest_context", "linear"
  std::unique_ptr<models::Model> model;
  bool log_normalized = false;  // as Method::log_normalized: fitted on such cells
};

// Something that is scored: a model, a baseline, or the cells of a file.
struct Method {
  std::string name;
  // [N', G] for a context.
  std::function<at::Tensor(const ScoredContext&)> predict;
  // The control cells that its prediction is compared with; empty: those of the context.
  std::function<at::Tensor(const ScoredContext&)> control;
  // With EvaluateSettings::log_normalize: it is given log-normalised cells, and what it gives is compared as it is. A
  // method without it is given the cells of the data, and what it gives is log-normalised.
  bool log_normalized = false;
};

// All baselines in the order they are shown, each fitted on the view (training contexts only).
[[nodiscard]] std::vector<Baseline> fit_baselines(const models::TrainingView& view, std::uint64_t seed);
// The same on the scale that cells are compared on: with settings.log_normalize on log-normalised cells
// (log_normalized_view.h), so that a baseline is judged by what it knows and not by sizes of libraries.
[[nodiscard]] std::vector<Baseline> fit_baselines(const models::TrainingView& view, const EvaluateSettings& settings,
                                                  std::uint64_t seed);

// Throws kData naming the context whose populations do not fit the model's genes, and whatever predict() throws, with
// the context. A prediction that holds NaN or infinity is kNumerical. task and split of the result are the caller's to
// fill.
[[nodiscard]] Evaluation evaluate(const models::Model& model, const std::vector<Baseline>& baselines,
                                  const std::vector<ScoredContext>& contexts, const EvaluateSettings& settings,
                                  std::uint64_t seed, Reporter& reporter);

// The same for any methods, the first of which is what is judged ("model"); `genes` names the columns.
[[nodiscard]] Evaluation evaluate(const std::vector<Method>& methods, const std::vector<ScoredContext>& contexts,
                                  const std::vector<std::string>& genes, const EvaluateSettings& settings,
                                  std::uint64_t seed, Reporter& reporter);
// The model as such a method; its predictions have a row for each control cell.
[[nodiscard]] Method method_of(std::string name, const models::Model& model);
[[nodiscard]] Method method_of(const Baseline& baseline);

}  // namespace brenier::train
