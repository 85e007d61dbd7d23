#include "core/config/read_value.h"

#include <cmath>
#include <cstdlib>
#include <limits>
#include <system_error>

#include "core/error.h"
#include "core/io/json_text.h"
#include "core/nearest_name.h"

namespace brenier {
namespace read_value_detail {

std::string wanted(const std::string& what, const Range& range) {
  if (std::isinf(range.low) && std::isinf(range.high)) return "must be " + what;
  return "must be " + what + " " + range.to_string();
}

}  // namespace read_value_detail

std::string read_value(const nlohmann::ordered_json& json, bool& value, const Range&) {
  if (!json.is_boolean()) return "must be true or false";
  value = json.get<bool>();
  return "";
}

std::string read_value(const nlohmann::ordered_json& json, std::int64_t& value, const Range& range) {
  const std::string wrong = read_value_detail::wanted("a whole number", range);
  std::int64_t number = 0;
  if (json.is_number_unsigned()) {
    const auto stated = json.get<std::uint64_t>();
    if (stated > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return wrong + " below 2^63";
    number = static_cast<std::int64_t>(stated);
  } else if (json.is_number_integer()) {
    number = json.get<std::int64_t>();
  } else if (json.is_number_float()) {
    const auto stated = json.get<double>();
    if (std::trunc(stated) != stated) return wrong;
    if (std::abs(stated) >= 0x1.0p63) return wrong + " below 2^63";
    number = static_cast<std::int64_t>(stated);
  } else {
    return wrong;
  }
  if (!range.contains(static_cast<double>(number))) return wrong;
  value = number;
  return "";
}

std::string read_value(const nlohmann::ordered_json& json, double& value, const Range& range) {
  if (!json.is_number() || !range.contains(json.get<double>())) return read_value_detail::wanted("a number", range);
  value = json.get<double>();
  return "";
}

std::string read_value(const nlohmann::ordered_json& json, std::string& value, const Range&) {
  if (json.is_string()) {
    value = json.get<std::string>();
    return "";
  }
  if (json.is_primitive() && !json.is_null())
    return "must be a text, in double quotes: \"" + shortened_json(json) + "\"";
  return "must be a text";
}

std::string read_choice(const nlohmann::ordered_json& json, std::string& value,
                        const std::vector<std::string>& allowed) {
  const std::string wrong = "must be one of " + quoted_list(allowed, allowed.size());
  if (!json.is_string()) return wrong;
  const auto stated = json.get<std::string>();
  for (const std::string& name : allowed) {
    if (stated != name) continue;
    value = stated;
    return "";
  }
  const std::string near = nearest_name(stated, allowed);
  return near.empty() ? wrong : wrong + "; did you mean '" + near + "'?";
}

std::string list_wanted(const std::vector<std::string>&) { return "a list of texts, like [\"a\", \"b\"]"; }
std::string list_wanted(const std::vector<std::int64_t>&) { return "a list of whole numbers, like [1, 2]"; }
std::string list_wanted(const std::vector<double>&) { return "a list of numbers, like [0.5, 1]"; }

std::string resolve_config_path(const std::string& stated, const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  if (stated.empty()) return stated;
  if (stated == "~" || stated.rfind("~/", 0) == 0) {
    const char* home = std::getenv("HOME");
    return home == nullptr || *home == '\0' ? stated : home + stated.substr(1);
  }
  const fs::path path(stated);
  if (path.is_absolute()) return stated;
  // Only the folder is made canonical: "..", which may lead out of a linked folder, goes, the file's own name stays.
  const fs::path joined = folder / path;
  const fs::path last = joined.filename();
  std::error_code failed;
  if (last.empty() || last == "." || last == "..") {
    const fs::path whole = fs::weakly_canonical(joined, failed);
    return failed ? joined.string() : whole.string();
  }
  const fs::path parent = fs::weakly_canonical(joined.parent_path(), failed);
  return failed ? joined.string() : (parent / last).string();
}

}  // namespace brenier
