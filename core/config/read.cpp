#include "core/config/read.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <utility>

#include "core/config/known_keys.h"
#include "core/config/path.h"
#include "core/config/read_value.h"
#include "core/config/unknown_key.h"
#include "core/config/write.h"
#include "core/error.h"
#include "core/io/json_text.h"

namespace brenier {
namespace read_detail {

using Json = nlohmann::ordered_json;

struct Requirement {
  std::string path;
  Json::json_pointer pointer;
  std::string constraint;
};

// What the scopes of one document share.
struct Shared {
  const ConfigDocument& document;
  std::vector<KnownKey> known;
  std::vector<Violation> violations;
  std::vector<Requirement> broken;  // rules across fields; their values are looked up at the end
};

struct Place {
  std::string path;     // "model.layers.0", for the reader of the message
  std::string pointer;  // "/model/layers/0"
  std::string schema;   // "model.layers.[]"
};

Place inside(const Place& place, const std::string& key) {
  return {join_config_path(place.path, key), join_json_pointer(place.pointer, key),
          join_config_path(place.schema, key)};
}

// Reads one object of the document; `object` null when nothing states it, so that every field keeps its default.
class Scope final : public Fields {
 public:
  Scope(Shared& shared, const Json* object, Place place) : shared_(shared), object_(object), place_(std::move(place)) {}

  void boolean(const std::string& key, bool& value, const std::string&) override { simple(key, value, Range::any()); }
  void integer(const std::string& key, std::int64_t& value, Range range, const std::string&) override {
    simple(key, value, range);
  }
  void real(const std::string& key, double& value, Range range, const std::string&) override {
    simple(key, value, range);
  }
  void text(const std::string& key, std::string& value, const std::string&) override {
    simple(key, value, Range::any());
  }
  void texts(const std::string& key, std::vector<std::string>& values, const std::string&) override {
    items(key, values, Range::any());
  }
  void integers(const std::string& key, std::vector<std::int64_t>& values, Range range, const std::string&) override {
    items(key, values, range);
  }
  void reals(const std::string& key, std::vector<double>& values, Range range, const std::string&) override {
    items(key, values, range);
  }

  void path(const std::string& key, std::string& value, const std::string&) override {
    const Json* json = find(key);
    if (json == nullptr || !check(*json, inside(place_, key).path, value, Range::any())) return;
    const auto base = shared_.document.base.find(inside(place_, key).pointer);
    if (base != shared_.document.base.end()) value = resolve_config_path(value, base->second);
  }

  void choice(const std::string& key, std::string& value, const std::vector<std::string>& allowed,
              const std::string&) override {
    const Json* json = find(key);
    if (json != nullptr) chosen(*json, inside(place_, key).path, value, allowed);
  }

  void text_map(const std::string& key, std::map<std::string, std::string>& values, const std::string&) override {
    const Json* json = find(key);
    if (json == nullptr || !structured(*json, key, json->is_object(), "an object of texts, like {\"a\": \"b\"}"))
      return;
    std::map<std::string, std::string> read;
    for (const auto& [name, item] : json->items()) {
      check(item, join_config_path(inside(place_, key).path, name), read[name], Range::any());
    }
    values = std::move(read);
  }

  void section(const std::string& key, const Describe& describe, const std::string&) override {
    const Json* json = find(key);
    if (json != nullptr && !structured(*json, key, json->is_object(), "an object")) return;
    visit(json, inside(place_, key), describe);
  }

  void variant(const std::string& key, std::string& kind, const std::map<std::string, Describe>& alternatives,
               const std::string&) override {
    const Json* json = find(key);
    if (json != nullptr && !structured(*json, key, json->is_object(), "an object with a 'kind'")) return;
    const Place place = inside(place_, key);
    std::vector<std::string> kinds;
    for (const auto& [name, describe] : alternatives) kinds.push_back(name);
    const Json* stated = json == nullptr || !json->contains("kind") ? nullptr : &(*json)["kind"];
    if (stated != nullptr && !chosen(*stated, join_config_path(place.path, "kind"), kind, kinds)) return;
    const auto alternative = alternatives.find(kind);
    if (alternative == alternatives.end()) {
      violate(join_config_path(place.path, "kind"), "nothing", "must be one of " + quoted_list(kinds));
      return;
    }
    visit(json, place, alternative->second, kind);
  }

  void objects(const std::string& key, std::size_t size, const std::function<void(std::size_t)>& resize,
               const std::function<void(std::size_t, Fields&)>& describe, const std::string&) override {
    const Json* json = find(key);
    const bool changes = json != nullptr && changes_items(*json);
    if (json != nullptr && !changes) {
      if (!structured(*json, key, json->is_array(), "a list of objects")) return;
      resize(0);  // a stated list replaces the default one; its items start from their own defaults
      resize(json->size());
      size = json->size();
    }
    if (changes) check_indices(*json, key, size);
    for (std::size_t i = 0; i < size; ++i) {
      const Json* item = json == nullptr ? nullptr : changes ? member(*json, std::to_string(i)) : &(*json)[i];
      Place place = inside(inside(place_, key), std::to_string(i));
      place.schema = join_config_path(inside(place_, key).schema, "[]");
      if (item != nullptr && !item->is_object()) {
        violate(place.path, shortened_json(*item), "must be an object");
        continue;
      }
      visit(item, place, [&](Fields& fields) { describe(i, fields); });
    }
  }

  void require(const std::string& key, bool ok, const std::string& constraint) override {
    if (ok) return;
    Place place = place_;
    for (const std::string& part : split_config_path(key)) place = inside(place, part);
    rules_.push_back({place.path, Json::json_pointer(place.pointer), constraint});
  }

  // Reports keys that no field asked for, and broken rules unless a value they may speak of was already refused.
  void finish(const std::string& kind) {
    if (object_ != nullptr) {
      for (const auto& [key, value] : object_->items()) {
        if (seen_.count(key) > 0 || (!kind.empty() && key == "kind")) continue;
        if (place_.path.empty() && (key == "$schema" || key == "defaults")) continue;
        shared_.violations.push_back({join_config_path(place_.path, key), "unknown key",
                                      unknown_key_advice(shared_.known, place_.path, place_.schema, key, kind)});
      }
    }
    if (!refused_) shared_.broken.insert(shared_.broken.end(), rules_.begin(), rules_.end());
  }

 private:
  const Json* find(const std::string& key) {
    seen_.insert(key);
    if (object_ == nullptr) return nullptr;
    return member(*object_, key);
  }

  static const Json* member(const Json& object, const std::string& key) {
    const auto it = object.find(key);
    return it == object.end() ? nullptr : &*it;
  }

  // {"0": ...} in the place of a list: an override such as "layers.0.width=5" of a list that no file states.
  static bool changes_items(const Json& json) {
    return json.is_object() && !json.empty() &&
           std::all_of(json.items().begin(), json.items().end(), [](const auto& item) {
             return item.key().find_first_not_of("0123456789") == std::string::npos && !item.key().empty();
           });
  }

  // The items that such overrides change must be there by default.
  bool check_indices(const Json& json, const std::string& key, std::size_t size) {
    bool ok = true;
    for (const auto& [index, item] : json.items()) {
      const bool known = index.size() < 10 && std::to_string(std::stoul(index)) == index && std::stoul(index) < size;
      if (!known) {
        violate(join_config_path(inside(place_, key).path, index), shortened_json(item),
                "is no item of the default list, which has " + std::to_string(size));
      }
      ok = ok && known;
    }
    return ok;
  }

  void violate(const std::string& path, const std::string& found, const std::string& constraint) {
    refused_ = true;
    shared_.violations.push_back({path, found, constraint});
  }

  bool structured(const Json& json, const std::string& key, bool ok, const std::string& wanted) {
    if (!ok) violate(inside(place_, key).path, shortened_json(json), "must be " + wanted);
    return ok;
  }

  template <class Value>
  bool check(const Json& json, const std::string& path, Value& value, const Range& range) {
    const std::string wrong = read_value(json, value, range);
    if (!wrong.empty()) violate(path, shortened_json(json), wrong);
    return wrong.empty();
  }

  bool chosen(const Json& json, const std::string& path, std::string& value, const std::vector<std::string>& allowed) {
    const std::string wrong = read_choice(json, value, allowed);
    if (!wrong.empty()) violate(path, shortened_json(json), wrong);
    return wrong.empty();
  }

  template <class Value>
  void simple(const std::string& key, Value& value, const Range& range) {
    const Json* json = find(key);
    if (json != nullptr) check(*json, inside(place_, key).path, value, range);
  }

  template <class Value>
  void items(const std::string& key, std::vector<Value>& values, const Range& range) {
    const Json* json = find(key);
    if (json == nullptr) return;
    if (changes_items(*json)) {
      if (!check_indices(*json, key, values.size())) return;
      for (const auto& [index, item] : json->items()) {
        check(item, join_config_path(inside(place_, key).path, index), values[std::stoul(index)], range);
      }
      return;
    }
    if (!structured(*json, key, json->is_array(), list_wanted(values))) return;
    std::vector<Value> read(json->size());
    for (std::size_t i = 0; i < json->size(); ++i) {
      check((*json)[i], join_config_path(inside(place_, key).path, std::to_string(i)), read[i], range);
    }
    values = std::move(read);
  }

  void visit(const Json* json, const Place& place, const Describe& describe, const std::string& kind = "") {
    Scope scope(shared_, json, place);
    describe(scope);
    scope.finish(kind);
  }

  Shared& shared_;
  const Json* object_;
  Place place_;
  std::set<std::string> seen_;
  std::vector<Requirement> rules_;
  bool refused_ = false;
};

}  // namespace read_detail

std::vector<Violation> read_fields(const ConfigDocument& document, const Fields::Describe& describe) {
  read_detail::Shared shared{document, known_keys(describe), {}, {}};
  read_detail::Scope scope(shared, &document.root, {});
  describe(scope);
  scope.finish("");
  if (!shared.broken.empty()) {
    const nlohmann::ordered_json values = write_fields(describe);
    for (const auto& rule : shared.broken) {
      const std::string found = values.contains(rule.pointer) ? shortened_json(values.at(rule.pointer)) : "nothing";
      shared.violations.push_back({rule.path, found, rule.constraint});
    }
  }
  return shared.violations;
}

void throw_violations(const std::string& config_name, const std::vector<Violation>& violations) {
  std::string message =
      violations.size() == 1 ? "one setting is wrong" : std::to_string(violations.size()) + " settings are wrong";
  for (const Violation& violation : violations) {
    message += "\n  " + violation.path + ": " + violation.found + "; " + violation.constraint;
  }
  throw Error(ErrorKind::kUsage, message).at(config_name);
}

}  // namespace brenier
