// One experiment: everything that a config file says, typed, with defaults. See DESIGN of the config in
// core/config/document.h.
//
//   name, seed, device, threads, data, preprocess, split, model, train, evaluate
//
// The resolved config (resolved_json) holds every value, with absolute paths, and is enough to repeat the run.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/compute.h"
#include "core/config/document.h"
#include "core/config/fields.h"
#include "core/config/read.h"
#include "data/perturbation/descriptor_table.h"
#include "data/perturbation/settings.h"
#include "data/preprocess/settings.h"
#include "data/split/settings.h"
#include "models/registry.h"
#include "train/evaluation/evaluate.h"
#include "train/train_settings.h"

namespace brenier::train {

struct DataSettings {
  std::string path;          // .h5ad
  std::string matrix = "X";  // "X", "layers/NAME" or "raw/X"
  std::string gene_column;   // var column with the gene names; empty: the index of var
  data::PerturbationSettings perturbation;
  std::vector<data::DescriptorSettings> descriptors;
  void describe(Fields& fields);
};

// The chosen kind of model with its settings. Settings of every kind are there, so that a schema can list them; only
// the chosen kind is read and written. Copies share them.
class ModelChoice final {
 public:
  ModelChoice();
  void describe_as(const std::string& key, Fields& fields);
  [[nodiscard]] const std::string& kind() const { return kind_; }
  [[nodiscard]] const models::ModelSettings& settings() const { return *settings_.at(kind_); }

 private:
  std::string kind_;
  std::map<std::string, std::shared_ptr<models::ModelSettings>> settings_;
};

struct ExperimentSettings {
  std::string name = "experiment";
  std::int64_t seed = 0;
  ComputeSettings compute;
  DataSettings data;
  data::PreprocessSettings preprocess;
  data::SplitSettings split;
  ModelChoice model;
  TrainSettings train;
  EvaluateSettings evaluate;
  void describe(Fields& fields);
};

// Throws kUsage that lists every violation, and what compose() throws.
[[nodiscard]] ExperimentSettings load_experiment(const std::filesystem::path& config,
                                                 const std::vector<std::string>& overrides = {});
// The same from the config.json of a run or the config inside a model file.
[[nodiscard]] ExperimentSettings experiment_from_json(const nlohmann::ordered_json& resolved, const std::string& name);
// All violations of a config; empty when it is fine. Throws what compose() throws.
[[nodiscard]] std::vector<Violation> validate_experiment(const std::filesystem::path& config,
                                                         const std::vector<std::string>& overrides = {});

[[nodiscard]] nlohmann::ordered_json resolved_json(const ExperimentSettings& settings);

// The JSON Schema of a whole experiment, or of the part at a dotted path ("model.condot", "train.validation"). Throws
// kUsage that lists the parts there are.
[[nodiscard]] nlohmann::ordered_json experiment_schema(const std::string& part = "");

}  // namespace brenier::train
