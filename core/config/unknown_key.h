// What to say about a key that the settings do not know.
#pragma once

#include <string>
#include <vector>

#include "core/config/known_keys.h"

namespace brenier {

// `path` of the object as typed, `schema` the same with list items as "[]"; `kind`: of the variant, if the object is
// one. Names the nearest key of that object, keys of the same name elsewhere, the kind that has it, or all keys of the
// object.
[[nodiscard]] std::string unknown_key_advice(const std::vector<KnownKey>& known, const std::string& path,
                                             const std::string& schema, const std::string& key,
                                             const std::string& kind);

}  // namespace brenier
