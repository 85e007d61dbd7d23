#include "core/config/path.h"

#include <cstddef>

namespace brenier {

std::vector<std::string> split_config_path(const std::string& dotted) {
  std::vector<std::string> keys(1);
  for (std::size_t i = 0; i < dotted.size(); ++i) {
    if (dotted[i] == '\\' && i + 1 < dotted.size() && dotted[i + 1] == '.') {
      keys.back() += '.';
      ++i;
    } else if (dotted[i] == '.') {
      if (keys.back().empty()) return {};
      keys.emplace_back();
    } else {
      keys.back() += dotted[i];
    }
  }
  if (keys.back().empty()) return {};
  return keys;
}

std::string join_config_path(const std::string& dotted, const std::string& key) {
  std::string result = dotted.empty() ? "" : dotted + ".";
  for (const char c : key) {
    if (c == '.') result += '\\';
    result += c;
  }
  return result;
}

std::string join_json_pointer(const std::string& pointer, const std::string& key) {
  std::string result = pointer + "/";
  for (const char c : key) {
    if (c == '~') {
      result += "~0";
    } else if (c == '/') {
      result += "~1";
    } else {
      result += c;
    }
  }
  return result;
}

}  // namespace brenier
