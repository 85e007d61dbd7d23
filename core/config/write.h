// Writes settings structs as the resolved JSON config. Their JSON Schema: core/config/schema.h.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "core/config/fields.h"
#include "core/config/schema.h"

namespace brenier {

// Every field with its present value, in the order of describe(); reading it back gives the same settings.
// A number that is not finite cannot be written in JSON and throws kDefect.
[[nodiscard]] nlohmann::ordered_json write_fields(const Fields::Describe& describe);
template <class Settings>
[[nodiscard]] nlohmann::ordered_json write_settings(Settings settings) {
  return write_fields([&settings](Fields& fields) { settings.describe(fields); });
}

}  // namespace brenier
