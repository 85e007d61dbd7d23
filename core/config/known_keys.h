// Every path a settings struct knows, for messages about unknown keys.
#pragma once

#include <string>
#include <vector>

#include "core/config/fields.h"

namespace brenier {

struct KnownKey {
  std::string parent;  // dotted path of the object; items of a list are "[]": "model.layers.[]"
  std::string key;
  std::string kind;     // the alternative of a variant that has this key; empty elsewhere
  std::string variant;  // path of that variant
};

// Visits the settings without changing them. A key described twice in one object is a defect of the struct and throws.
[[nodiscard]] std::vector<KnownKey> known_keys(const Fields::Describe& describe);

}  // namespace brenier
