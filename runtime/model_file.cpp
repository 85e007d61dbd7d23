#include "runtime/model_file.h"

#include <array>
#include <charconv>
#include <cmath>
#include <unordered_set>

#include "core/error.h"
#include "core/io/json_text.h"
#include "core/number_text.h"
#include "runtime/archive.h"

namespace brenier::runtime {

namespace model_file_detail {

Error damaged() { return Error(ErrorKind::kData, "the model's description is damaged").at(kModelFileMember); }

void check_genes(const ModelInfo& info) {
  if (info.genes.empty()) throw damaged().found("no genes");
  std::unordered_set<std::string> seen;
  for (const auto& gene : info.genes) {
    if (!seen.insert(gene).second) throw damaged().found("gene '" + gene + "' twice");
  }
  if (info.gene_means.empty()) return;
  if (info.gene_means.size() != info.genes.size()) {
    throw damaged()
        .found(std::to_string(info.gene_means.size()) + " means")
        .expected(std::to_string(info.genes.size()) + ", one a gene");
  }
  for (const float mean : info.gene_means) {
    if (!std::isfinite(mean)) throw damaged().found("a mean of " + number_text(static_cast<double>(mean)));
  }
}

// The double of the fewest digits that is the same float: 0.1F is written as 0.1, not as 0.10000000149011612.
double shortest_double(float value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  double number = 0.0;
  std::from_chars(text.data(), end, number);
  return number;
}

}  // namespace model_file_detail

nlohmann::ordered_json to_json(const ModelInfo& info) {
  nlohmann::ordered_json json{{"format", kModelFormat},
                              {"format_version", info.format_version},
                              {"brenier_version", info.brenier_version},
                              {"torch_version", info.torch_version},
                              {"kind", info.kind},
                              {"genes", info.genes}};
  json["preprocess"] = info.preprocess;
  json["actions"] = info.actions;
  if (info.unknown_actions) json["unknown_actions"] = true;
  json["covariates"] = info.covariates;
  for (const auto& [column, one] : info.numeric) {
    json["numeric_covariates"][column] = {
        {"mean", one.mean}, {"deviation", one.deviation}, {"low", one.low}, {"high", one.high}};
  }
  json["contexts"] = nlohmann::ordered_json::array();
  for (const auto& context : info.contexts) json["contexts"].push_back(brenier::to_json(context));
  if (!info.training.empty()) json["training"] = info.training;
  if (!info.gene_means.empty()) {
    json["gene_means"] = nlohmann::ordered_json::array();
    for (const float mean : info.gene_means) json["gene_means"].push_back(model_file_detail::shortest_double(mean));
  }
  json["metrics"] = info.metrics;
  json["config"] = info.config;
  return json;
}

ModelInfo model_info_from_json(const nlohmann::ordered_json& json) {
  if (!json.is_object() || json.value("format", nlohmann::ordered_json()) != kModelFormat) {
    throw Error(ErrorKind::kData, "the file is no Brenier model")
        .found("a " + std::string(kModelFileMember) + " of another format")
        .expected("\"format\": \"" + std::string(kModelFormat) + "\"");
  }
  try {
    ModelInfo info;
    info.format_version = json.at("format_version").get<std::int64_t>();
    info.brenier_version = json.at("brenier_version").get<std::string>();
    if (info.format_version > kModelFormatVersion) {
      throw Error(ErrorKind::kData, "the model was written by a newer Brenier")
          .found("format " + std::to_string(info.format_version) + ", Brenier " + info.brenier_version)
          .expected("format " + std::to_string(kModelFormatVersion) + " or older")
          .hint("update Brenier");
    }
    info.torch_version = json.at("torch_version").get<std::string>();
    info.kind = json.at("kind").get<std::string>();
    info.genes = json.at("genes").get<std::vector<std::string>>();
    info.preprocess = json.at("preprocess");
    info.actions = json.at("actions").get<std::vector<std::string>>();
    info.unknown_actions = json.value("unknown_actions", false);
    info.covariates = json.at("covariates").get<std::map<std::string, std::vector<std::string>>>();
    const auto numeric = json.value("numeric_covariates", nlohmann::ordered_json::object());
    for (const auto& [column, one] : numeric.items()) {
      info.numeric[column] = {one.at("mean").get<double>(), one.at("deviation").get<double>(),
                              one.at("low").get<double>(), one.at("high").get<double>()};
    }
    for (const auto& context : json.at("contexts")) info.contexts.push_back(context_from_json(context));
    info.training = json.value("training", nlohmann::ordered_json::object());
    if (json.contains("gene_means")) info.gene_means = json.at("gene_means").get<std::vector<float>>();
    if (!info.training.is_object()) throw model_file_detail::damaged().found("'training' that is no object");
    info.metrics = json.at("metrics");
    info.config = json.at("config");
    (void)input_preprocess(info);
    model_file_detail::check_genes(info);
    return info;
  } catch (const nlohmann::json::exception& error) {
    throw model_file_detail::damaged().found(error.what());
  }
}

InputPreprocess input_preprocess(const ModelInfo& info) {
  try {
    InputPreprocess preprocess;
    preprocess.recover_counts = info.preprocess.value("counts", "as_given") == "recover";
    if (info.preprocess.at("normalize_total").get<bool>()) {
      preprocess.target_sum = info.preprocess.at("target_sum").get<double>();
      preprocess.total_genes = info.preprocess.at("total_genes").get<std::vector<std::string>>();
    }
    preprocess.log1p = info.preprocess.at("log1p").get<bool>();
    return preprocess;
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorKind::kData, "the model's preprocessing is damaged")
        .at(std::string(kModelFileMember) + ", preprocess")
        .found(error.what());
  }
}

ModelInfo model_info_from_text(const std::string& text) {
  nlohmann::ordered_json json;
  try {
    json = parse_json(text, kModelFileMember, ErrorKind::kData);
  } catch (const Error& error) {
    throw model_file_detail::damaged().found(error.message());
  }
  return model_info_from_json(json);
}

ModelInfo read_model_info(const std::filesystem::path& path) {
  const auto archive = Archive::open(path);
  return with_context(path.string(), [&archive] { return model_info_from_text(archive.description()); });
}

}  // namespace brenier::runtime
