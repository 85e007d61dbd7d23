#include "core/config/unknown_key.h"

#include <algorithm>
#include <cctype>
#include <cstddef>

#include "core/config/path.h"
#include "core/error.h"
#include "core/nearest_name.h"

namespace brenier {
namespace unknown_key_detail {

bool same_ignoring_case(const std::string& a, const std::string& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

}  // namespace unknown_key_detail

std::string unknown_key_advice(const std::vector<KnownKey>& known, const std::string& path, const std::string& schema,
                               const std::string& key, const std::string& kind) {
  using unknown_key_detail::same_ignoring_case;
  std::vector<std::string> here;       // keys of this object
  std::vector<std::string> kinds;      // other kinds of this variant that have the key
  std::vector<std::string> elsewhere;  // paths of keys with this name
  for (const KnownKey& candidate : known) {
    const bool same_object = candidate.parent == schema;
    if (same_object && (candidate.kind.empty() || candidate.kind == kind)) {
      here.push_back(candidate.key);
    } else if (same_object && candidate.key == key) {
      kinds.push_back(candidate.kind);
    } else if (!same_object && same_ignoring_case(candidate.key, key)) {
      const std::string full = join_config_path(candidate.parent, candidate.key);
      if (std::find(elsewhere.begin(), elsewhere.end(), full) == elsewhere.end()) elsewhere.push_back(full);
    }
  }
  if (!kinds.empty()) {
    return "belongs to kind " + quoted_list(kinds) + ", and this is kind '" + kind + "'; remove it or '~" +
           join_config_path(path, key) + "'";
  }
  const std::string near = nearest_name(key, here);
  std::vector<std::string> guesses;
  if (!near.empty()) guesses.push_back(join_config_path(path, near));
  if (near.empty() || !same_ignoring_case(near, key)) {
    constexpr std::size_t kMost = 3;
    for (std::size_t i = 0; i < elsewhere.size() && i < kMost; ++i) guesses.push_back(elsewhere[i]);
  }
  if (guesses.empty()) return "known keys here are " + quoted_list(here, here.size());
  std::string advice = "did you mean '" + guesses[0] + "'";
  for (std::size_t i = 1; i < guesses.size(); ++i) advice += " or '" + guesses[i] + "'";
  return advice + "?";
}

}  // namespace brenier
