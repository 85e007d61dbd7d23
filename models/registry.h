// The list of models: kind -> settings and maker. A new model is one line in registry.cpp.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/config/fields.h"
#include "models/model.h"

namespace brenier::models {

// The settings of one kind of model, type-erased: describable (read, write, schema) and able to build the model.
class ModelSettings {
 public:
  virtual ~ModelSettings() = default;
  virtual void describe(Fields& fields) = 0;
  [[nodiscard]] virtual std::unique_ptr<Model> build(const Task& task, std::uint64_t seed) const = 0;
};

[[nodiscard]] std::vector<std::string> model_kinds();
// Throws kUsage with the nearest known kind.
[[nodiscard]] std::unique_ptr<ModelSettings> make_settings(const std::string& kind);
// One line for `brenier schema` and the docs.
[[nodiscard]] std::string model_summary(const std::string& kind);

}  // namespace brenier::models
