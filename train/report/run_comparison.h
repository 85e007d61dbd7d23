// Several runs side by side on one page: scores with a column a run, scores of each context by run, learning curves one
// over the other, and where the configs differ. Light, dark, still or interactive as the page of one run (report.h).
//
// The runs must have been judged on the same held-out contexts. A baseline that has the same scores in all runs stands
// once; otherwise each run shows its own. The ceiling, which is drawn at random, is that of the first run.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "train/evaluation/evaluation.h"
#include "train/report/history.h"

namespace brenier::train {

struct ComparedRun {
  std::string name;
  Evaluation evaluation;
  std::vector<Curve> curves;      // may be empty
  nlohmann::ordered_json config;  // null: not known
};

// From evaluation.json, metrics.jsonl and config.json of a run folder. Throws kData when there is no evaluation.
[[nodiscard]] ComparedRun read_compared_run(const std::filesystem::path& folder);

// Gives every run its own name: the folder's, or the whole path where two folders have one name.
[[nodiscard]] std::vector<ComparedRun> read_compared_runs(const std::vector<std::filesystem::path>& folders);

// All runs as the methods of one evaluation (run_method), with baselines and ceiling. Throws kUsage for fewer than two
// runs, kData naming the contexts that are not in both when runs were judged on different ones.
[[nodiscard]] Evaluation merged_evaluation(const std::vector<ComparedRun>& runs);

// {path, value in each run} of all config values that are not the same in all runs; "-" where a run has none.
[[nodiscard]] std::vector<std::pair<std::string, std::vector<std::string>>> config_differences(
    const std::vector<ComparedRun>& runs);

[[nodiscard]] std::string render_comparison(const std::vector<ComparedRun>& runs, bool interactive = true);

}  // namespace brenier::train
