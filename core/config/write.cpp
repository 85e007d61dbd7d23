#include "core/config/write.h"

#include <cmath>
#include <cstddef>

#include "core/error.h"

namespace brenier {
namespace write_detail {

using Json = nlohmann::ordered_json;

class Write final : public Fields {
 public:
  explicit Write(Json& object) : object_(object) {}

  void boolean(const std::string& key, bool& value, const std::string&) override { object_[key] = value; }
  void integer(const std::string& key, std::int64_t& value, Range, const std::string&) override {
    object_[key] = value;
  }
  void real(const std::string& key, double& value, Range, const std::string&) override {
    object_[key] = finite(key, value);
  }
  void text(const std::string& key, std::string& value, const std::string&) override { object_[key] = value; }
  void path(const std::string& key, std::string& value, const std::string&) override { object_[key] = value; }
  void choice(const std::string& key, std::string& value, const std::vector<std::string>&,
              const std::string&) override {
    object_[key] = value;
  }
  void texts(const std::string& key, std::vector<std::string>& values, const std::string&) override {
    object_[key] = values;
  }
  void integers(const std::string& key, std::vector<std::int64_t>& values, Range, const std::string&) override {
    object_[key] = values;
  }
  void reals(const std::string& key, std::vector<double>& values, Range, const std::string&) override {
    Json& list = object_[key] = Json::array();
    for (const double value : values) list.push_back(finite(key, value));
  }
  void text_map(const std::string& key, std::map<std::string, std::string>& values, const std::string&) override {
    Json& map = object_[key] = Json::object();
    for (const auto& [name, value] : values) map[name] = value;
  }
  void section(const std::string& key, const Describe& describe, const std::string&) override {
    Json inner = Json::object();
    Write write(inner);
    describe(write);
    object_[key] = std::move(inner);
  }
  void variant(const std::string& key, std::string& kind, const std::map<std::string, Describe>& alternatives,
               const std::string&) override {
    Json inner = Json::object();
    inner["kind"] = kind;
    Write write(inner);
    if (const auto alternative = alternatives.find(kind); alternative != alternatives.end()) alternative->second(write);
    object_[key] = std::move(inner);
  }
  void objects(const std::string& key, std::size_t size, const std::function<void(std::size_t)>&,
               const std::function<void(std::size_t, Fields&)>& describe, const std::string&) override {
    Json list = Json::array();
    for (std::size_t i = 0; i < size; ++i) {
      Json item = Json::object();
      Write write(item);
      describe(i, write);
      list.push_back(std::move(item));
    }
    object_[key] = std::move(list);
  }
  void require(const std::string&, bool, const std::string&) override {}

 private:
  static double finite(const std::string& key, double value) {
    if (std::isfinite(value)) return value;
    throw Error(ErrorKind::kDefect, "the setting '" + key + "' is not a finite number, so JSON cannot hold it")
        .found(std::to_string(value));
  }

  Json& object_;
};

}  // namespace write_detail

nlohmann::ordered_json write_fields(const Fields::Describe& describe) {
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  write_detail::Write write(object);
  describe(write);
  return object;
}

}  // namespace brenier
