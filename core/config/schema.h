// The JSON Schema of a settings struct, for editors and for checking config files without Brenier.
//
// Draft 7, the newest that both editors (VS Code) and the validator of the tests (valijson) read in full. Types,
// ranges, choices, defaults and descriptions are given; unknown keys are forbidden; no key is required, as every field
// has a default. The root allows "$schema" and "defaults". A variant is if/then by "kind" to one definition a kind; an
// object without a "kind" may follow any of them, because a file of "defaults" may state the kind.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "core/config/fields.h"

namespace brenier {

[[nodiscard]] nlohmann::ordered_json schema_of(const Fields::Describe& describe, const std::string& title);

template <class Settings>
[[nodiscard]] nlohmann::ordered_json schema_of_settings(const std::string& title) {
  Settings settings;
  return schema_of([&settings](Fields& fields) { settings.describe(fields); }, title);
}

}  // namespace brenier
