#include "data/perturbation/context_table.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/error.h"
#include "core/nearest_name.h"

namespace brenier::data {

std::int64_t ContextTable::find(const Context& context) const {
  const auto hit = std::lower_bound(contexts.begin(), contexts.end(), context);
  return hit != contexts.end() && *hit == context ? hit - contexts.begin() : -1;
}

std::int64_t ContextTable::at(const Context& context) const {
  const std::int64_t id = find(context);
  if (id >= 0) return id;
  std::vector<std::string> known;
  for (const Context& one : contexts) known.push_back(to_string(one));
  const std::string nearest = nearest_name(to_string(context), known);
  throw Error(ErrorKind::kData, "no cell has this context")
      .found("'" + to_string(context) + "'")
      .expected("one of " + quoted_list(known))
      .hint(nearest.empty() ? "" : "did you mean '" + nearest + "'?");
}

std::vector<std::int64_t> ContextTable::control_rows(const Context& context) const {
  const auto agrees = [&](const Context& control) {
    for (const auto& [column, value] : context.covariates) {
      const auto& match = settings.control_match;
      if (!match.empty() && std::find(match.begin(), match.end(), column) == match.end()) continue;
      const auto found = control.covariates.find(column);
      if (found == control.covariates.end() || found->second != value) return false;
    }
    return true;
  };
  std::vector<std::int64_t> matching;
  std::vector<std::int64_t> all;
  std::vector<std::string> controls;
  for (std::size_t k = 0; k < contexts.size(); ++k) {
    if (!contexts[k].is_control()) continue;
    controls.push_back(to_string(contexts[k]) + " (" + std::to_string(rows[k].size()) + " cells)");
    all.insert(all.end(), rows[k].begin(), rows[k].end());
    if (agrees(contexts[k])) matching.insert(matching.end(), rows[k].begin(), rows[k].end());
  }
  std::vector<std::int64_t>& chosen = matching.empty() && settings.control_fallback == "all" ? all : matching;
  if (chosen.empty()) {
    throw Error(ErrorKind::kData, "a context has no control cells to compare with")
        .at("context '" + to_string(context) + "'")
        .found("control cells of " + quoted_list(controls))
        .expected("control cells with the same covariates")
        .hint(
            "data.perturbation.control_match names the covariates that must agree; "
            "data.perturbation.control_fallback=all uses every control cell");
  }
  std::sort(chosen.begin(), chosen.end());
  return std::move(chosen);
}

std::vector<std::int64_t> ContextTable::treated() const {
  std::vector<std::int64_t> ids;
  for (std::size_t k = 0; k < contexts.size(); ++k) {
    if (!contexts[k].is_control()) ids.push_back(static_cast<std::int64_t>(k));
  }
  return ids;
}

}  // namespace brenier::data
