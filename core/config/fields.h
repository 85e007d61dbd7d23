// How a settings struct describes itself, once, for reading, writing and schema generation.
//
// A settings struct is plain, with its defaults on the fields, and one member function that names them:
//
//   struct SplitSettings {
//     std::string kind = "held_out_context";
//     double validation_fraction = 0.2;
//     void describe(Fields& f) {
//       f.choice("kind", kind, {"held_out_context", "random"}, "Which contexts are held out");
//       f.real("validation_fraction", validation_fraction, Range::between(0.0, 0.9), "Share of training cells ...");
//     }
//   };
//
// Visitors: ReadFields (read.h) fills the struct from JSON and collects every violation; WriteFields (write.h) makes
// the resolved JSON; SchemaFields (schema.h) makes the JSON Schema. A new kind of field is added here and in these
// three.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace brenier {

// Allowed interval of a number; an open end excludes its bound.
struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool low_open = false;
  bool high_open = false;

  static Range any() { return {}; }
  static Range at_least(double low) { return {low, std::numeric_limits<double>::infinity(), false, false}; }
  static Range above(double low) { return {low, std::numeric_limits<double>::infinity(), true, false}; }
  static Range between(double low, double high) { return {low, high, false, false}; }
  static Range between_open(double low, double high) { return {low, high, true, true}; }
  // low inclusive, high exclusive.
  static Range below(double low, double high) { return {low, high, false, true}; }
  [[nodiscard]] bool contains(double value) const;
  [[nodiscard]] std::string to_string() const;  // ">= 1", "in (0, 1]"
};

class Fields {
 public:
  using Describe = std::function<void(Fields&)>;

  virtual ~Fields() = default;

  virtual void boolean(const std::string& key, bool& value, const std::string& doc) = 0;
  virtual void integer(const std::string& key, std::int64_t& value, Range range, const std::string& doc) = 0;
  virtual void real(const std::string& key, double& value, Range range, const std::string& doc) = 0;
  virtual void text(const std::string& key, std::string& value, const std::string& doc) = 0;
  // A file path; relative paths are taken from the folder of the config that states them. Empty: not given.
  virtual void path(const std::string& key, std::string& value, const std::string& doc) = 0;
  virtual void choice(const std::string& key, std::string& value, const std::vector<std::string>& allowed,
                      const std::string& doc) = 0;
  virtual void texts(const std::string& key, std::vector<std::string>& values, const std::string& doc) = 0;
  virtual void integers(const std::string& key, std::vector<std::int64_t>& values, Range range,
                        const std::string& doc) = 0;
  virtual void reals(const std::string& key, std::vector<double>& values, Range range, const std::string& doc) = 0;
  // {"name": "value", ...}
  virtual void text_map(const std::string& key, std::map<std::string, std::string>& values, const std::string& doc) = 0;
  // A nested object.
  virtual void section(const std::string& key, const Describe& describe, const std::string& doc) = 0;
  // A nested object whose member "kind" chooses which other members it has.
  virtual void variant(const std::string& key, std::string& kind, const std::map<std::string, Describe>& alternatives,
                       const std::string& doc) = 0;
  // An array of objects: resize(n) makes room, describe(i, fields) visits item i.
  virtual void objects(const std::string& key, std::size_t size, const std::function<void(std::size_t)>& resize,
                       const std::function<void(std::size_t, Fields&)>& describe, const std::string& doc) = 0;
  // A rule across fields, checked after reading: `ok` false reports "key: constraint".
  virtual void require(const std::string& key, bool ok, const std::string& constraint) = 0;

  // A nested settings struct with its own describe().
  template <class Settings>
  void nested(const std::string& key, Settings& settings, const std::string& doc) {
    section(key, [&settings](Fields& fields) { settings.describe(fields); }, doc);
  }
  template <class Settings>
  void list(const std::string& key, std::vector<Settings>& items, const std::string& doc) {
    objects(
        key, items.size(), [&items](std::size_t n) { items.resize(n); },
        [&items](std::size_t i, Fields& fields) {
          if (i >= items.size()) {  // the schema asks for a sample item
            Settings sample;
            sample.describe(fields);
          } else {
            items[i].describe(fields);
          }
        },
        doc);
  }
};

}  // namespace brenier
