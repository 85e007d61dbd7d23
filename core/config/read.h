// Reads a composed config into settings structs, reporting every violation at once.
//
// One message lists, a line each: the JSON path, the value found, what is allowed, and for an unknown key the nearest
// known one. Nothing is read silently: unknown keys, wrong types and out-of-range values are all violations.
#pragma once

#include <string>
#include <vector>

#include "core/config/document.h"
#include "core/config/fields.h"

namespace brenier {

struct Violation {
  std::string path;        // "train.steps"
  std::string found;       // "-3", "unknown key"
  std::string constraint;  // "must be >= 1", "did you mean 'steps'?"
};

// Visits the settings with the document. Returns all violations (empty: the settings are filled).
[[nodiscard]] std::vector<Violation> read_fields(const ConfigDocument& document, const Fields::Describe& describe);

// Throws one kUsage Error that lists the violations.
[[noreturn]] void throw_violations(const std::string& config_name, const std::vector<Violation>& violations);

// read_fields + throw_violations for a struct with describe(Fields&).
template <class Settings>
[[nodiscard]] Settings read_settings(const ConfigDocument& document) {
  Settings settings;
  const auto violations = read_fields(document, [&settings](Fields& fields) { settings.describe(fields); });
  if (!violations.empty()) throw_violations(document.name, violations);
  return settings;
}

}  // namespace brenier
