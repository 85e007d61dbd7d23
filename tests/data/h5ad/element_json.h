// Elements as JSON in the form of tests/oracle/h5ad/make_oracle.py: arrays as the hexadecimal bytes of their values, so
// that equality is equality of bits.
#pragma once

#include <nlohmann/json.hpp>

#include "data/h5ad/ann_data.h"

namespace brenier::tests {

[[nodiscard]] nlohmann::json to_json(const data::Element& element);
[[nodiscard]] nlohmann::json to_json(const data::AnnData& data);

}  // namespace brenier::tests
