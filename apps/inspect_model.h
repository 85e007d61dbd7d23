// The card of a model file: what it was trained on, how well it does beside the baselines, how to call it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "runtime/model_file.h"

namespace brenier::apps {

// For people. Throws kData when the metrics inside the file are damaged.
[[nodiscard]] std::string model_card(const runtime::ModelInfo& info, const std::string& path);

// The whole description of the file, and "usage": {"command", "cpp", "python"}.
[[nodiscard]] nlohmann::ordered_json model_card_json(const runtime::ModelInfo& info, const std::string& path);

}  // namespace brenier::apps
