// apply_override() of document.h: one "a.b=c", "+a.b=c" or "~a.b" from the command line.
#include <algorithm>
#include <cctype>
#include <cstddef>
#include <optional>
#include <utility>

#include "core/config/base_folders.h"
#include "core/config/document.h"
#include "core/config/path.h"
#include "core/error.h"
#include "core/io/json_text.h"
#include "core/nearest_name.h"

namespace brenier {
namespace override_detail {

using Json = nlohmann::ordered_json;

enum class Action { kSet, kAdd, kRemove };

struct Override {
  Action action = Action::kSet;
  std::string path;
  std::vector<std::string> keys;
  Json value;
  std::string text;  // as typed
};

Error malformed(const std::string& text, const std::string& message) {
  return std::move(Error(ErrorKind::kUsage, message)
                       .at("override")
                       .found("'" + text + "'")
                       .expected("'a.b=value' to set, '+a.b=value' to add, '~a.b' to remove"));
}

bool is_utf8(const std::string& text) {
  try {
    (void)Json(text).dump();  // the strict dump refuses anything else
    return true;
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

// JSON, or a bare word as a string. What starts like a JSON list, object or string must be one.
Json parse_value(const std::string& text, const std::string& whole) {
  Json probe = Json::parse(text, nullptr, false);
  if (!probe.is_discarded()) return parse_json(text, "override '" + whole + "'");
  const std::size_t first = text.find_first_not_of(" \t");
  if (first != std::string::npos && (text[first] == '[' || text[first] == '{' || text[first] == '"')) {
    try {
      (void)parse_json(text, "the value of override '" + whole + "'");
    } catch (Error& error) {
      throw error.hint("strings inside a list or object need double quotes: -s 'a.b=[\"x\", \"y\"]'");
    }
  }
  return text;
}

Override parse_override(const std::string& text) {
  if (!is_utf8(text)) throw Error(ErrorKind::kUsage, "an override is not UTF-8 text").at("override");
  Override result;
  result.text = text;
  std::string rest = text;
  if (!rest.empty() && (rest[0] == '+' || rest[0] == '~')) {
    result.action = rest[0] == '+' ? Action::kAdd : Action::kRemove;
    rest.erase(0, 1);
  }
  const std::size_t equals = rest.find('=');
  if (result.action == Action::kRemove) {
    if (equals != std::string::npos) throw malformed(text, "a removal takes no value");
  } else if (equals == std::string::npos) {
    throw malformed(text, "an override without '='");
  }
  result.path = rest.substr(0, equals);
  result.keys = split_config_path(result.path);
  if (result.keys.empty()) throw malformed(text, "an override with an empty key");
  if (result.keys.size() > static_cast<std::size_t>(kMaxJsonDepth))
    throw malformed(text, "an override deeper than any config");
  if (result.keys[0] == "defaults" || result.keys[0] == "$schema") {
    throw malformed(text, "'" + result.keys[0] + "' can only be stated in a config file");
  }
  if (result.action != Action::kRemove) result.value = parse_value(rest.substr(equals + 1), text);
  return result;
}

std::optional<std::size_t> as_index(const std::string& key) {
  if (key.size() > 9 || !std::all_of(key.begin(), key.end(), [](unsigned char c) { return std::isdigit(c) != 0; }))
    return std::nullopt;
  return std::stoul(key);
}

// The item number that `key` names in the array at `path`; `limit` is the first number that is refused.
std::size_t index_in(const std::string& key, std::size_t limit, const std::string& path, const Override& change) {
  const auto index = as_index(key);
  if (index && *index < limit) return *index;
  Error error(ErrorKind::kUsage, "'" + path + "' has no item '" + key + "'");
  error.at("override '" + change.text + "'").found("a list; items are numbered from 0");
  if (limit == 0) throw error.expected("nothing, the list is empty");
  throw error.expected("a number from 0 to " + std::to_string(limit - 1));
}

Error absent(const Json& object, const std::string& key, const std::string& path, const Override& change) {
  std::vector<std::string> known;
  if (object.is_object()) {
    for (const auto& [name, value] : object.items()) known.push_back(name);
  }
  Error error(ErrorKind::kUsage,
              "no config file states '" + join_config_path(path, key) + "', so it cannot be removed");
  error.at("override '" + change.text + "'")
      .found((path.empty() ? std::string("the config") : "'" + path + "'") + " states " + quoted_list(known));
  const std::string near = nearest_name(key, known);
  if (!near.empty()) error.hint("did you mean '~" + join_config_path(path, near) + "'?");
  return error;
}

// Refuses values that have no members.
void require_members(Json& node, const std::string& path, const Override& change) {
  if (node.is_structured()) return;
  throw Error(ErrorKind::kUsage, "'" + path + "' has no members")
      .at("override '" + change.text + "'")
      .found(path + " = " + shortened_json(node))
      .expected("an object or a list at '" + path + "'");
}

void remove_item(ConfigDocument& document, Json& array, std::size_t index, const std::string& pointer) {
  forget_base(document.base, join_json_pointer(pointer, std::to_string(index)));
  for (std::size_t i = index + 1; i < array.size(); ++i) {
    move_base(document.base, join_json_pointer(pointer, std::to_string(i)),
              join_json_pointer(pointer, std::to_string(i - 1)));
  }
  array.erase(index);
}

// Sets, adds or removes the member `key` of `node`, which lies at `path` and `pointer`.
void change_member(ConfigDocument& document, Json& node, const std::string& path, const std::string& pointer,
                   const std::string& key, const Override& change, const std::filesystem::path& folder) {
  if (change.action == Action::kRemove) {
    if (node.is_array()) {
      remove_item(document, node, index_in(key, node.size(), path, change), pointer);
    } else {
      if (!node.contains(key)) throw absent(node, key, path, change);
      node.erase(key);
      forget_base(document.base, join_json_pointer(pointer, key));
    }
    return;
  }
  const auto index = as_index(key);
  const bool exists = node.is_array() ? index && *index < node.size() : node.contains(key);
  if (change.action == Action::kAdd && exists) {
    throw Error(ErrorKind::kUsage, "'" + change.path + "' is already stated")
        .at("override '" + change.text + "'")
        .found(change.path + " = " + shortened_json(node.is_array() ? node[*index] : node[key]))
        .hint("'" + change.text.substr(1) + "' without '+' sets it");
  }
  if (!node.is_array()) {
    node[key] = change.value;
    restate_base(document.base, join_json_pointer(pointer, key), change.value, folder);
    return;
  }
  const std::size_t item = index_in(key, node.size() + (change.action == Action::kAdd ? 1 : 0), path, change);
  if (item == node.size()) node.push_back(nullptr);
  node[item] = change.value;
  restate_base(document.base, join_json_pointer(pointer, std::to_string(item)), change.value, folder);
}

}  // namespace override_detail

void apply_override(ConfigDocument& document, const std::string& text, const std::filesystem::path& folder) {
  using override_detail::Action;
  const override_detail::Override change = override_detail::parse_override(text);
  nlohmann::ordered_json* node = &document.root;
  std::string path;
  std::string pointer;
  for (std::size_t i = 0; i + 1 < change.keys.size(); ++i) {
    const std::string& key = change.keys[i];
    if (node->is_array()) {
      const std::size_t index = override_detail::index_in(key, node->size(), path, change);
      pointer = join_json_pointer(pointer, std::to_string(index));
      node = &(*node)[index];
    } else {
      if (!node->contains(key)) {
        if (change.action == Action::kRemove) throw override_detail::absent(*node, key, path, change);
        (*node)[key] = nlohmann::ordered_json::object();  // the schema decides at reading whether such a path exists
      }
      pointer = join_json_pointer(pointer, key);
      node = &(*node)[key];
    }
    path = join_config_path(path, key);
    override_detail::require_members(*node, path, change);
  }
  override_detail::change_member(document, *node, path, pointer, change.keys.back(), change, folder);
}

}  // namespace brenier
