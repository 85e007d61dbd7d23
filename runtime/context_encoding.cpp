#include "runtime/context_encoding.h"

#include <algorithm>

#include "core/error.h"
#include "core/nearest_name.h"

namespace brenier::runtime {

std::vector<float> encode_actions(const ModelInfo& info, const Context& context) {
  std::vector<float> encoded(info.actions.size(), 0.0F);
  std::vector<std::string> unknown;
  std::vector<std::string> parts;
  std::string nearest;
  for (const auto& action : context.actions) {
    const auto known = std::find(info.actions.begin(), info.actions.end(), action.name);
    if (known != info.actions.end()) {
      encoded[static_cast<std::size_t>(known - info.actions.begin())] = static_cast<float>(action.dose);
      parts.push_back(action.name);
      continue;
    }
    unknown.push_back(action.name);
    if (nearest.empty()) nearest = nearest_name(action.name, info.actions);
  }
  if (info.unknown_actions) encoded.push_back(static_cast<float>(unknown.size()));
  if (info.unknown_actions || unknown.empty()) return encoded;
  Error error(ErrorKind::kData, "the model does not know this perturbation");
  error.found(quoted_list(unknown) + (parts.empty() ? "" : "; known parts: " + quoted_list(parts)))
      .expected("one of " + quoted_list(info.actions));
  if (!nearest.empty()) error.hint("did you mean '" + nearest + "'?");
  throw error;
}

std::vector<float> encode_covariates(const ModelInfo& info, const Context& context) {
  std::vector<float> encoded;
  for (const auto& [column, values] : info.covariates) {
    if (const auto numeric = info.numeric.find(column); numeric != info.numeric.end()) {
      encoded.push_back(static_cast<float>(encode_numeric(column, numeric->second, context)));
      continue;
    }
    const auto given = context.covariates.find(column);
    for (const auto& value : values)
      encoded.push_back(given != context.covariates.end() && given->second == value ? 1.0F : 0.0F);
  }
  return encoded;
}

}  // namespace brenier::runtime
