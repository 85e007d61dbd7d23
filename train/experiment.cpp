#include "train/experiment.h"

#include <utility>

#include "core/config/schema.h"
#include "core/config/write.h"
#include "core/error.h"
#include "core/nearest_name.h"

namespace brenier::train {

namespace experiment_detail {

struct Part {
  std::string name;
  Fields::Describe describe;
};

// Every part that `brenier schema PART` knows. The settings live in `whole`.
std::vector<Part> parts_of(ExperimentSettings& whole,
                           std::map<std::string, std::shared_ptr<models::ModelSettings>>& kinds) {
  std::vector<Part> parts{
      {"data", [&whole](Fields& f) { whole.data.describe(f); }},
      {"data.perturbation", [&whole](Fields& f) { whole.data.perturbation.describe(f); }},
      {"preprocess", [&whole](Fields& f) { whole.preprocess.describe(f); }},
      {"split", [&whole](Fields& f) { whole.split.describe(f); }},
      {"train", [&whole](Fields& f) { whole.train.describe(f); }},
      {"train.validation", [&whole](Fields& f) { whole.train.validation.describe(f); }},
      {"train.checkpoint", [&whole](Fields& f) { whole.train.checkpoint.describe(f); }},
      {"evaluate", [&whole](Fields& f) { whole.evaluate.describe(f); }},
  };
  for (const auto& kind : models::model_kinds()) {
    kinds[kind] = models::make_settings(kind);
    parts.push_back({"model." + kind, [&settings = *kinds[kind]](Fields& f) { settings.describe(f); }});
  }
  return parts;
}

}  // namespace experiment_detail

void DataSettings::describe(Fields& fields) {
  fields.path("path", path, "The cells: an .h5ad file");
  fields.text("matrix", matrix, "Which matrix of the file: 'X', 'layers/NAME' or 'raw/X'");
  fields.text("gene_column", gene_column, "var column with the gene names; empty: the index of var");
  fields.nested("perturbation", perturbation, "Which columns say what was done to a cell");
  fields.list("descriptors", descriptors, "Tables that describe perturbations or covariate values by numbers");
}

ModelChoice::ModelChoice() {
  for (const auto& kind : models::model_kinds()) settings_[kind] = models::make_settings(kind);
  kind_ = settings_.contains("condot") ? "condot" : models::model_kinds().front();
}

void ModelChoice::describe_as(const std::string& key, Fields& fields) {
  std::map<std::string, Fields::Describe> alternatives;
  for (auto& [kind, settings] : settings_) {
    alternatives[kind] = [&settings = *settings](Fields& inner) { settings.describe(inner); };
  }
  fields.variant(key, kind_, alternatives, "The kind of model and its settings");
}

void ExperimentSettings::describe(Fields& fields) {
  fields.text("name", name, "Name of the experiment and of its run folder");
  fields.require("name", !name.empty() && name.find('/') == std::string::npos && name.front() != '.',
                 "must be usable as the name of a folder: not empty, no '/', no leading '.'");
  fields.integer("seed", seed, Range::at_least(0), "Seed of everything random in training");
  compute.describe(fields);
  fields.nested("data", data, "Which cells, and how their conditions are named");
  fields.nested("preprocess", preprocess, "Normalisation and choice of genes, fitted on training cells only");
  fields.nested("split", split, "Which contexts are held out");
  model.describe_as("model", fields);
  fields.nested("train", train, "Schedule, model choice and checkpoints");
  fields.nested("evaluate", evaluate, "Metrics and noise ceiling of the final scores");
}

ExperimentSettings load_experiment(const std::filesystem::path& config, const std::vector<std::string>& overrides) {
  return read_settings<ExperimentSettings>(compose(config, overrides));
}

ExperimentSettings experiment_from_json(const nlohmann::ordered_json& resolved, const std::string& name) {
  return read_settings<ExperimentSettings>(document_from(resolved, ".", name));
}

std::vector<Violation> validate_experiment(const std::filesystem::path& config,
                                           const std::vector<std::string>& overrides) {
  ExperimentSettings settings;
  return read_fields(compose(config, overrides), [&settings](Fields& fields) { settings.describe(fields); });
}

nlohmann::ordered_json resolved_json(const ExperimentSettings& settings) { return write_settings(settings); }

nlohmann::ordered_json experiment_schema(const std::string& part) {
  if (part.empty()) return schema_of_settings<ExperimentSettings>("Brenier experiment");
  ExperimentSettings whole;
  std::map<std::string, std::shared_ptr<models::ModelSettings>> kinds;
  const auto parts = experiment_detail::parts_of(whole, kinds);
  std::vector<std::string> names;
  for (const auto& known : parts) {
    if (known.name == part) return schema_of(known.describe, "Brenier " + part);
    names.push_back(known.name);
  }
  Error error(ErrorKind::kUsage, "there is no such part of a config");
  error.found("'" + part + "'").expected(quoted_list(names, names.size()));
  if (const auto nearest = nearest_name(part, names); !nearest.empty()) error.hint("did you mean '" + nearest + "'?");
  throw error;
}

}  // namespace brenier::train
