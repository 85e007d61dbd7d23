// The summary of an .h5ad file as text and as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "data/h5ad/summary.h"

namespace brenier::apps {

[[nodiscard]] nlohmann::ordered_json to_json(const data::H5adSummary& summary);
[[nodiscard]] std::string to_text(const data::H5adSummary& summary);

}  // namespace brenier::apps
