#include "core/config/base_folders.h"

#include <cstddef>
#include <utility>

#include "core/config/path.h"

namespace brenier {

void record_base(BaseFolders& base, const std::string& pointer, const nlohmann::ordered_json& value,
                 const std::filesystem::path& folder) {
  if (value.is_object() && !value.empty()) {
    for (const auto& [key, item] : value.items()) record_base(base, join_json_pointer(pointer, key), item, folder);
  } else if (value.is_array() && !value.empty()) {
    for (std::size_t i = 0; i < value.size(); ++i)
      record_base(base, join_json_pointer(pointer, std::to_string(i)), value[i], folder);
  } else {
    base[pointer] = folder;
  }
}

void forget_base(BaseFolders& base, const std::string& pointer) {
  base.erase(pointer);
  base.erase(base.lower_bound(pointer + "/"), base.lower_bound(pointer + "0"));  // '0' follows '/'
}

void restate_base(BaseFolders& base, const std::string& pointer, const nlohmann::ordered_json& value,
                  const std::filesystem::path& folder) {
  forget_base(base, pointer);
  record_base(base, pointer, value, folder);
}

void move_base(BaseFolders& base, const std::string& from, const std::string& to) {
  BaseFolders moved;
  if (const auto own = base.find(from); own != base.end()) moved[to] = own->second;
  for (auto it = base.lower_bound(from + "/"); it != base.lower_bound(from + "0"); ++it) {
    moved[to + it->first.substr(from.size())] = it->second;
  }
  forget_base(base, from);
  forget_base(base, to);
  base.merge(moved);
}

}  // namespace brenier
