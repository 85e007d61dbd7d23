#include "train/export.h"

#include <torch/csrc/jit/api/module.h>
#include <torch/headeronly/version.h>

#include <algorithm>
#include <cctype>
#include <sstream>
#include <utility>

#include "core/error.h"
#include "core/io/atomic_file.h"

namespace brenier::train {

namespace export_detail {

bool is_identifier(const std::string& name) {
  const auto word = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
  return !name.empty() && std::isdigit(static_cast<unsigned char>(name.front())) == 0 &&
         std::all_of(name.begin(), name.end(), word);
}

torch::jit::Module build_module(const models::Script& script) {
  torch::jit::Module module("brenier_model");
  for (const auto& [name, tensor] : script.tensors) {
    if (!is_identifier(name)) {
      throw Error(ErrorKind::kDefect, "a tensor of an exported model has no usable name")
          .found("'" + name + "'")
          .expected("an identifier");
    }
    module.register_buffer(name, tensor.detach().cpu().contiguous().clone());
  }
  try {
    module.define(script.source);
  } catch (const c10::Error& error) {
    throw Error(ErrorKind::kDefect, "the script of a model does not compile").found(error.what_without_backtrace());
  } catch (const std::exception& error) {  // the parser has its own type
    throw Error(ErrorKind::kDefect, "the script of a model does not compile").found(error.what());
  }
  for (const char* method : {"encode_context", "forward"}) {
    if (!module.find_method(method)) {
      throw Error(ErrorKind::kDefect, "the script of a model lacks a method").expected(method);
    }
  }
  module.eval();
  return module;
}

}  // namespace export_detail

runtime::ModelInfo describe_model(const models::Model& model, nlohmann::ordered_json preprocess,
                                  nlohmann::ordered_json metrics, nlohmann::ordered_json config) {
  runtime::ModelInfo info;
  info.brenier_version = BRENIER_VERSION;
  info.torch_version = TORCH_VERSION;
  info.kind = model.kind();
  info.genes = model.task().genes;
  info.preprocess = std::move(preprocess);
  auto vocabulary = model.vocabulary();
  info.actions = std::move(vocabulary.actions);
  info.covariates = std::move(vocabulary.covariates);
  info.unknown_actions = vocabulary.unknown_actions;
  info.numeric = std::move(vocabulary.numeric);
  info.contexts = model.task().contexts;
  info.metrics = std::move(metrics);
  info.config = std::move(config);
  return info;
}

std::string export_bytes(const models::Script& script, const runtime::ModelInfo& info) {
  const auto module = export_detail::build_module(script);
  // Saved to a stream, the archive is named "archive"; saved to a file it would carry the file's name.
  std::ostringstream stream;
  module.save(stream, {{runtime::kModelFileMember, runtime::to_json(info).dump(1) + "\n"}});
  return std::move(stream).str();
}

void export_model(const models::Model& model, const runtime::ModelInfo& info, const std::filesystem::path& path) {
  const auto bytes =
      with_context("export of model '" + model.kind() + "'", [&] { return export_bytes(model.export_script(), info); });
  write_atomically(path, bytes);
}

}  // namespace brenier::train
