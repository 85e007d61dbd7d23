// Writes a model as one TorchScript archive with its description inside (runtime/model_file.h).
//
// The archive holds one module with the methods of Model::export_script() and its tensors as buffers; nothing of C++ is
// needed to run it. The bytes depend on the model and the description only: equal models make equal files (no time, no
// path, no name of the file inside).
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "models/model.h"
#include "runtime/model_file.h"

namespace brenier::train {

// The description of a model: its task and this build's versions, with what the caller knows.
[[nodiscard]] runtime::ModelInfo describe_model(const models::Model& model, nlohmann::ordered_json preprocess,
                                                nlohmann::ordered_json metrics, nlohmann::ordered_json config);

// The archive's bytes. Throws kDefect when the script does not compile, lacks a method or names a tensor that is no
// identifier.
[[nodiscard]] std::string export_bytes(const models::Script& script, const runtime::ModelInfo& info);

// export_bytes of the model, written atomically. Throws kData when it cannot be written.
void export_model(const models::Model& model, const runtime::ModelInfo& info, const std::filesystem::path& path);

}  // namespace brenier::train
