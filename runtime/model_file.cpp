#include "runtime/model_file.h"

#include <caffe2/serialize/inline_container.h>

#include "core/error.h"

namespace brenier::runtime {

namespace model_file_detail {

Error not_a_model() {
  return Error(ErrorKind::kData, "the file is no Brenier model")
      .expected("a model.pt written by 'brenier train' or 'brenier export'");
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
  json["metrics"] = info.metrics;
  json["config"] = info.config;
  return json;
}

ModelInfo model_info_from_json(const nlohmann::ordered_json& json) {
  if (!json.is_object() || json.value("format", nlohmann::ordered_json()) != kModelFormat) {
    throw model_file_detail::not_a_model().found("a " + std::string(kModelFileMember) + " of another format");
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
    info.metrics = json.at("metrics");
    info.config = json.at("config");
    (void)input_preprocess(info);
    return info;
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorKind::kData, "the model's description is damaged").at(kModelFileMember).found(error.what());
  }
}

InputPreprocess input_preprocess(const ModelInfo& info) {
  try {
    InputPreprocess preprocess;
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
  if (text.empty()) throw model_file_detail::not_a_model().found(std::string("no member ") + kModelFileMember);
  try {
    return model_info_from_json(nlohmann::ordered_json::parse(text));
  } catch (const nlohmann::json::parse_error& error) {
    throw Error(ErrorKind::kData, "the model's description is damaged").at(kModelFileMember).found(error.what());
  }
}

ModelInfo read_model_info(const std::filesystem::path& path) {
  return with_context(path.string(), [&path] {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) {
      throw Error(ErrorKind::kData, "there is no such model file").expected("the path of a model.pt");
    }
    std::string text;
    try {
      caffe2::serialize::PyTorchStreamReader reader(path.string());
      const std::string member = std::string("extra/") + kModelFileMember;
      if (reader.hasRecord(member)) {
        const auto [data, size] = reader.getRecord(member);
        text.assign(static_cast<const char*>(data.get()), size);
      }
    } catch (const c10::Error& failure) {
      throw model_file_detail::not_a_model().found("no readable TorchScript archive: " +
                                                   std::string(failure.what_without_backtrace()));
    }
    return model_info_from_text(text);
  });
}

}  // namespace brenier::runtime
