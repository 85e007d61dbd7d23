// The outcome of an evaluation: scores of model, baselines and noise ceiling per context, and their summary.
//
// evaluation.json (also `brenier evaluate --json`):
//   {"task": "perturbation", "split": "held_out_context",
//    "contexts": [{"context": {"perturbation": [..], "dose": [..], "covariates": {..}},
//                  "held_out": true, "n_control": 200, "n_true": 180,
//                  "scores": {"model": {"r2_mean": 0.9, ..}, "identity": {..}, .., "ceiling": {..}}}],
//    "summary": {"model": {"r2_mean": {"mean": .., "median": .., "ci95": [lo, hi]}, ..}, ..}}
// A context whose actions the model learned before it was judged (learn_held_out.h) has "n_learned" after n_true: how
// many of its cells that took. With a bootstrap over cells a context also has "ci95": {"model": {"r2_mean": [lo, hi],
// ..}, ..} beside its scores
// ("ci90" for a level of 90 %). A score over all contexts (scope kAllContexts of a metric) is in the summary alone, its
// mean and median being the value. A score that is not defined is null. The summary is over the held-out contexts (over
// all when none is held out); ci95 is the percentile bootstrap of the mean over contexts, null for fewer than two. A
// task without contexts fills the summary alone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/context.h"

namespace brenier::train {

// Metric -> value, in the order asked for; NaN where not defined.
using Scores = std::vector<std::pair<std::string, double>>;

// Metric -> [lower, upper] over cells; NaN where not defined.
using Intervals = std::vector<std::pair<std::string, std::pair<double, double>>>;

struct ContextEvaluation {
  Context context;
  bool held_out = true;
  std::int64_t n_control = 0;
  std::int64_t n_true = 0;
  std::vector<std::pair<std::string, Scores>> scores;  // method -> scores: "model", the baselines, "ceiling"
  std::vector<std::pair<std::string, Intervals>> intervals =
      {};                      // method -> intervals, without the ceiling; may be empty
  std::int64_t n_learned = 0;  // cells beside n_true that the model learned the context's actions from
};

// Over contexts; NaN where not defined.
struct Summary {
  double mean = 0.0;
  double median = 0.0;
  double low = 0.0;   // 2.5 %
  double high = 0.0;  // 97.5 %
};

struct Evaluation {
  std::string task = "perturbation";
  std::string split;
  std::int64_t cell_level = 95;  // of the intervals of contexts, in percent
  std::vector<ContextEvaluation> contexts;
  std::vector<std::pair<std::string, std::vector<std::pair<std::string, Summary>>>>
      summary;  // method -> metric -> value

  [[nodiscard]] std::vector<std::string> methods() const;  // in the order of the summary
  [[nodiscard]] std::vector<std::string> metrics() const;
  // NaN when there is no such method or metric.
  [[nodiscard]] Summary summary_of(const std::string& method, const std::string& metric) const;
};

// NaN when there is none.
[[nodiscard]] double score_of(const ContextEvaluation& context, const std::string& method, const std::string& metric);

// Mean, median and bootstrap interval of the values that are not NaN; draws from RandomStream(seed,
// "evaluation/bootstrap"), so that methods scored on the same contexts are resampled alike.
[[nodiscard]] Summary summarise(const std::vector<double>& values, std::int64_t resamples, std::uint64_t seed);
// Fills evaluation.summary from its contexts.
void summarise(Evaluation& evaluation, std::int64_t resamples, std::uint64_t seed);

// [NaN, NaN] when there is none.
[[nodiscard]] std::pair<double, double> interval_of(const ContextEvaluation& context, const std::string& method,
                                                    const std::string& metric);

[[nodiscard]] nlohmann::ordered_json to_json(const Evaluation& evaluation);
// The inverse; throws kData naming the JSON path of what is missing or mistyped.
[[nodiscard]] Evaluation evaluation_from_json(const nlohmann::ordered_json& json);
void write_evaluation(const std::filesystem::path& path, const Evaluation& evaluation);
[[nodiscard]] Evaluation read_evaluation(const std::filesystem::path& path);

// One line a number: scope (context or summary), context, held_out, n_control, n_true, method, metric, value (the mean
// in the summary), median (summary), low, high; empty where not defined; fields quoted where they must be (RFC 4180).
// n_learned stands behind n_true when a context has it.
[[nodiscard]] std::string to_csv(const Evaluation& evaluation);
void write_evaluation_csv(const std::filesystem::path& path, const Evaluation& evaluation);

// What a person reads at the end of training: a row a metric, a column a method (model, baselines, ceiling), means over
// the contexts of the summary, the best prediction of a row marked, and with two or more contexts the model's interval.
// `per_context` adds one such table for each context.
[[nodiscard]] std::string evaluation_table(const Evaluation& evaluation, bool per_context = false);

}  // namespace brenier::train
