// What a model file says about itself: the member brenier.json of the TorchScript archive model.pt.
//
//   {"format": "brenier-model", "format_version": 1, "brenier_version", "torch_version", "kind",
//    "genes": [G names], "preprocess": {..},
//    "actions": [A names], "unknown_actions": true (left out when false), "covariates": {column: [values]},
//    "numeric_covariates": {column: {"mean", "deviation", "low", "high"}} (left out when empty),
//    "contexts": [training contexts], "training": {what it was trained on, see train/model_card.h},
//    "gene_means": [G numbers], "metrics": {..}, "config": {..}}
//
// "training" and "gene_means" may be left out. Later versions add keys, which older readers pass over; "format_version"
// rises only when an older reader would be wrong.
//
// Any program reads it: torch.jit.load(path, _extra_files={"brenier.json": ""}) in Python, or unzip (<archive>/extra/).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/context.h"
#include "core/numeric_covariate.h"

namespace brenier::runtime {

inline constexpr const char* kModelFileMember = "brenier.json";
inline constexpr const char* kModelFormat = "brenier-model";
inline constexpr std::int64_t kModelFormatVersion = 1;

// How raw counts become what the model was trained on.
struct InputPreprocess {
  bool recover_counts = false;           // cells may hold log(1 + normalised counts) instead of counts
  std::optional<double> target_sum;      // each cell is scaled to this total; nothing: not scaled
  std::vector<std::string> total_genes;  // over which its present total is taken
  bool log1p = false;                    // then x -> log(1 + x)
};

struct ModelInfo {
  std::int64_t format_version = kModelFormatVersion;
  std::string brenier_version;
  std::string torch_version;
  std::string kind;
  std::vector<std::string> genes;
  nlohmann::ordered_json preprocess;  // {"counts", "normalize_total", "target_sum", "log1p", "total_genes", ..}
  std::vector<std::string> actions;
  bool unknown_actions = false;  // names outside `actions` are counted instead of refused
  std::map<std::string, std::vector<std::string>> covariates;
  std::map<std::string, NumericCovariate> numeric;  // columns of `covariates` that are numbers
  std::vector<Context> contexts;                    // that it was trained on
  nlohmann::ordered_json training = nlohmann::ordered_json::object();
  std::vector<float> gene_means;  // [G] of the training cells without a perturbation, preprocessed; empty: not known
  nlohmann::ordered_json metrics = nlohmann::ordered_json::object();
  nlohmann::ordered_json config = nlohmann::ordered_json::object();
};

[[nodiscard]] nlohmann::ordered_json to_json(const ModelInfo& info);
// Throws kData: not a Brenier model, a newer format, a missing or mistyped key, no genes, a gene twice, means that are
// not one finite number a gene.
[[nodiscard]] ModelInfo model_info_from_json(const nlohmann::ordered_json& json);
// Throws kData naming the missing or mistyped key.
[[nodiscard]] InputPreprocess input_preprocess(const ModelInfo& info);

// Parses and checks the text of brenier.json.
[[nodiscard]] ModelInfo model_info_from_text(const std::string& text);

// Reads and checks a model file (archive.h) without loading the model. Throws kData: no such file, no archive, cut off,
// damaged, as above.
[[nodiscard]] ModelInfo read_model_info(const std::filesystem::path& path);

}  // namespace brenier::runtime
