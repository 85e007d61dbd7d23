#include "core/config/schema.h"

#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

#include "core/config/path.h"
#include "core/config/write.h"

namespace brenier {
namespace schema_detail {

using Json = nlohmann::ordered_json;

void set_bound(Json& schema, const char* key, double bound) {
  if (!std::isfinite(bound)) return;
  if (std::trunc(bound) == bound && std::abs(bound) < 1e15) {
    schema[key] = static_cast<std::int64_t>(bound);
  } else {
    schema[key] = bound;
  }
}

Json typed(const char* type) { return Json{{"type", type}}; }

Json number(const char* type, const Range& range) {
  Json schema = typed(type);
  set_bound(schema, range.low_open ? "exclusiveMinimum" : "minimum", range.low);
  set_bound(schema, range.high_open ? "exclusiveMaximum" : "maximum", range.high);
  return schema;
}

Json list_of(Json items) {
  Json schema = typed("array");
  schema["items"] = std::move(items);
  return schema;
}

Json choice_of(const std::vector<std::string>& allowed) {
  Json schema = typed("string");
  schema["enum"] = allowed;
  return schema;
}

// Collects the properties of one object; `definitions` are shared by the whole schema.
class Properties final : public Fields {
 public:
  Properties(Json& properties, Json& definitions, std::string path)
      : properties_(properties), definitions_(definitions), path_(std::move(path)) {}

  void boolean(const std::string& key, bool& value, const std::string& doc) override {
    add(key, typed("boolean"), value, doc);
  }
  void integer(const std::string& key, std::int64_t& value, Range range, const std::string& doc) override {
    add(key, number("integer", range), value, doc);
  }
  void real(const std::string& key, double& value, Range range, const std::string& doc) override {
    add(key, number("number", range), value, doc);
  }
  void text(const std::string& key, std::string& value, const std::string& doc) override {
    add(key, typed("string"), value, doc);
  }
  void path(const std::string& key, std::string& value, const std::string& doc) override {
    add(key, typed("string"), value, doc);
  }
  void choice(const std::string& key, std::string& value, const std::vector<std::string>& allowed,
              const std::string& doc) override {
    add(key, choice_of(allowed), value, doc);
  }
  void texts(const std::string& key, std::vector<std::string>& values, const std::string& doc) override {
    add(key, list_of(typed("string")), values, doc);
  }
  void integers(const std::string& key, std::vector<std::int64_t>& values, Range range,
                const std::string& doc) override {
    add(key, list_of(number("integer", range)), values, doc);
  }
  void reals(const std::string& key, std::vector<double>& values, Range range, const std::string& doc) override {
    add(key, list_of(number("number", range)), values, doc);
  }
  void text_map(const std::string& key, std::map<std::string, std::string>& values, const std::string& doc) override {
    Json schema = typed("object");
    schema["additionalProperties"] = typed("string");
    add(key, std::move(schema), Json(values), doc);
  }
  void section(const std::string& key, const Describe& describe, const std::string& doc) override {
    Json schema = Json{{"description", doc}};
    schema.update(object(describe, join_config_path(path_, key)));
    properties_[key] = std::move(schema);
  }
  void variant(const std::string& key, std::string& kind, const std::map<std::string, Describe>& alternatives,
               const std::string& doc) override;
  void objects(const std::string& key, std::size_t size, const std::function<void(std::size_t)>&,
               const std::function<void(std::size_t, Fields&)>& describe, const std::string& doc) override {
    const Json items = object([&](Fields& fields) { describe(std::numeric_limits<std::size_t>::max(), fields); },
                              join_config_path(join_config_path(path_, key), "[]"));
    Json defaults = Json::array();
    for (std::size_t i = 0; i < size; ++i)
      defaults.push_back(write_fields([&](Fields& fields) { describe(i, fields); }));
    add(key, list_of(items), std::move(defaults), doc);
  }
  void require(const std::string&, bool, const std::string&) override {}

 private:
  template <class Value>
  void add(const std::string& key, Json schema, const Value& value, const std::string& doc) {
    Json described = Json{{"description", doc}};
    described.update(schema);
    described["default"] = value;
    properties_[key] = std::move(described);
  }

  Json object(const Describe& describe, const std::string& path) {
    Json properties = Json::object();
    Properties inner(properties, definitions_, path);
    describe(inner);
    Json schema = typed("object");
    schema["properties"] = std::move(properties);
    schema["additionalProperties"] = false;
    return schema;
  }

  Json& properties_;
  Json& definitions_;
  std::string path_;
};

void Properties::variant(const std::string& key, std::string& kind, const std::map<std::string, Describe>& alternatives,
                         const std::string& doc) {
  const std::string path = join_config_path(path_, key);
  std::vector<std::string> kinds;
  Json rules = Json::array();
  Json any = Json::array();
  for (const auto& [name, describe] : alternatives) {
    kinds.push_back(name);
    const Json is_name = Json{{"const", name}};
    Json alternative = object(describe, path);
    Json properties = Json{{"kind", is_name}};
    properties.update(alternative["properties"]);
    alternative["properties"] = std::move(properties);
    const std::string definition = path + ":" + name;
    definitions_[definition] = std::move(alternative);
    const Json reference = Json{{"$ref", "#/definitions" + join_json_pointer("", definition)}};
    Json condition = Json{{"properties", Json{{"kind", is_name}}}, {"required", Json::array({"kind"})}};
    rules.push_back(Json{{"if", std::move(condition)}, {"then", reference}});
    any.push_back(reference);
  }
  Json kind_schema = choice_of(kinds);
  kind_schema["default"] = kind;
  Json no_kind = Json{{"not", Json{{"required", Json::array({"kind"})}}}};
  rules.push_back(Json{{"if", std::move(no_kind)}, {"then", Json{{"anyOf", std::move(any)}}}});
  Json schema = Json{{"description", doc}, {"type", "object"}};
  schema["properties"] = Json{{"kind", std::move(kind_schema)}};
  schema["allOf"] = std::move(rules);
  properties_[key] = std::move(schema);
}

}  // namespace schema_detail

nlohmann::ordered_json schema_of(const Fields::Describe& describe, const std::string& title) {
  using Json = nlohmann::ordered_json;
  Json properties = Json::object();
  properties["$schema"] = Json{{"description", "The JSON Schema of this file, for editors"}, {"type", "string"}};
  properties["defaults"] =
      Json{{"description", "Config files merged in this order before the keys of this one; relative to this file"},
           {"type", "array"},
           {"items", Json{{"type", "string"}}}};
  Json definitions = Json::object();
  schema_detail::Properties visitor(properties, definitions, "");
  describe(visitor);
  Json schema = Json{{"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", title}, {"type", "object"}};
  schema["properties"] = std::move(properties);
  schema["additionalProperties"] = false;
  if (!definitions.empty()) schema["definitions"] = std::move(definitions);
  return schema;
}

}  // namespace brenier
