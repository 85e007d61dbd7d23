#include "core/config/known_keys.h"

#include <cstddef>
#include <set>

#include "core/config/path.h"
#include "core/error.h"

namespace brenier {
namespace known_keys_detail {

class Collect final : public Fields {
 public:
  Collect(std::vector<KnownKey>& keys, std::string parent, std::string kind = "")
      : keys_(keys), parent_(std::move(parent)), kind_(std::move(kind)) {}

  void boolean(const std::string& key, bool&, const std::string&) override { add(key); }
  void integer(const std::string& key, std::int64_t&, Range, const std::string&) override { add(key); }
  void real(const std::string& key, double&, Range, const std::string&) override { add(key); }
  void text(const std::string& key, std::string&, const std::string&) override { add(key); }
  void path(const std::string& key, std::string&, const std::string&) override { add(key); }
  void choice(const std::string& key, std::string&, const std::vector<std::string>&, const std::string&) override {
    add(key);
  }
  void texts(const std::string& key, std::vector<std::string>&, const std::string&) override { add(key); }
  void integers(const std::string& key, std::vector<std::int64_t>&, Range, const std::string&) override { add(key); }
  void reals(const std::string& key, std::vector<double>&, Range, const std::string&) override { add(key); }
  void text_map(const std::string& key, std::map<std::string, std::string>&, const std::string&) override { add(key); }
  void require(const std::string&, bool, const std::string&) override {}

  void section(const std::string& key, const Describe& describe, const std::string&) override {
    add(key);
    Collect inner(keys_, join_config_path(parent_, key));
    describe(inner);
  }
  void variant(const std::string& key, std::string&, const std::map<std::string, Describe>& alternatives,
               const std::string&) override {
    add(key);
    const std::string path = join_config_path(parent_, key);
    keys_.push_back({path, "kind", "", ""});
    for (const auto& [kind, describe] : alternatives) {
      Collect inner(keys_, path, kind);
      describe(inner);
    }
  }
  void objects(const std::string& key, std::size_t size, const std::function<void(std::size_t)>&,
               const std::function<void(std::size_t, Fields&)>& describe, const std::string&) override {
    add(key);
    Collect inner(keys_, join_config_path(join_config_path(parent_, key), "[]"));
    describe(size, inner);
  }

 private:
  void add(const std::string& key) {
    if (!own_.insert(key).second || (!kind_.empty() && key == "kind")) {
      throw Error(ErrorKind::kDefect,
                  "a settings struct describes the key '" + join_config_path(parent_, key) + "' twice");
    }
    // Two alternatives of a variant may have sections of one name, whose keys are then listed once.
    for (const KnownKey& known : keys_) {
      if (known.parent == parent_ && known.key == key && known.kind == kind_) return;
    }
    keys_.push_back({parent_, key, kind_, kind_.empty() ? "" : parent_});
  }

  std::vector<KnownKey>& keys_;
  std::string parent_;
  std::string kind_;
  std::set<std::string> own_;  // of this object
};

}  // namespace known_keys_detail

std::vector<KnownKey> known_keys(const Fields::Describe& describe) {
  std::vector<KnownKey> keys;
  known_keys_detail::Collect collect(keys, "");
  describe(collect);
  return keys;
}

}  // namespace brenier
