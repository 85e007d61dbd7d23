#include "models/registry.h"

#include <functional>

#include "core/error.h"
#include "core/nearest_name.h"
#include "models/baseline/additive.h"
#include "models/baseline/identity.h"
#include "models/baseline/linear.h"
#include "models/baseline/mean_shift.h"
#include "models/baseline/nearest_context.h"
#include "models/cmonge/settings.h"
#include "models/condot/settings.h"

namespace brenier::models {
namespace registry_detail {

struct Entry {
  std::string kind;
  std::string summary;
  std::function<std::unique_ptr<ModelSettings>()> make;
};

template <class Settings>
Entry entry(const std::string& kind, const std::string& summary) {
  return {kind, summary, [] { return std::make_unique<Settings>(); }};
}

// A new model is one line here.
const std::vector<Entry>& entries() {
  static const std::vector<Entry> list = {
      entry<CondotSettings>("condot", "Conditional Monge maps: a PICNN pair in a latent space (Bunne et al. 2022)"),
      entry<CmongeSettings>("cmonge",
                            "Conditional map by the Monge gap: a network in a latent space (Harsanyi et al. 2024)"),
      entry<IdentitySettings>("identity", "Baseline: the control cells as they are"),
      entry<MeanShiftSettings>("mean_shift", "Baseline: control cells plus the average training effect"),
      entry<AdditiveSettings>("additive", "Baseline: control cells plus the sum of single effects"),
      entry<NearestContextSettings>("nearest_context",
                                    "Baseline: control cells plus the effect in the nearest training context"),
      entry<LinearSettings>("linear", "Baseline: control cells plus a ridge regression of the effect on the context"),
  };
  return list;
}

const Entry& find(const std::string& kind) {
  for (const auto& item : entries()) {
    if (item.kind == kind) return item;
  }
  Error error(ErrorKind::kUsage, "unknown kind of model '" + kind + "'");
  error.expected("one of " + quoted_list(model_kinds()));
  const auto nearest = nearest_name(kind, model_kinds());
  if (!nearest.empty()) error.hint("did you mean '" + nearest + "'?");
  throw error;
}

}  // namespace registry_detail

std::vector<std::string> model_kinds() {
  std::vector<std::string> kinds;
  for (const auto& item : registry_detail::entries()) kinds.push_back(item.kind);
  return kinds;
}

std::unique_ptr<ModelSettings> make_settings(const std::string& kind) { return registry_detail::find(kind).make(); }

std::string model_summary(const std::string& kind) { return registry_detail::find(kind).summary; }

}  // namespace brenier::models
