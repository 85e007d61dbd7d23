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
#include "models/svae/discrepancy_settings.h"
#include "models/svae/settings.h"

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

// One of the kinds that share SvaeSettings.
Entry svae_entry(const std::string& kind, const std::string& summary) {
  return {kind, summary, [kind] { return std::make_unique<SvaeSettings>(kind); }};
}

// A new model is one line here.
const std::vector<Entry>& entries() {
  static const std::vector<Entry> list = {
      entry<CondotSettings>("condot", "Conditional Monge maps: a PICNN pair in a latent space (Bunne et al. 2022)"),
      entry<CmongeSettings>("cmonge",
                            "Conditional map by the Monge gap: a network in a latent space (Harsanyi et al. 2024)"),
      svae_entry("svae_plus", "Sparse mechanism shifts with a spike-and-slab prior (Lopez et al. 2023)"),
      svae_entry("svae", "Sparse mechanism shifts with a penalty on the masks (Lachapelle et al. 2022)"),
      svae_entry("ivae", "A prior of the latent for each perturbation (Khemakhem et al. 2020)"),
      svae_entry("vae", "A variational autoencoder that knows no perturbation (Kingma and Welling 2014)"),
      svae_entry("sams_vae", "Additive sparse shifts with their own posterior (Bereket and Karaletsos 2023)"),
      entry<DiscrepancySettings>("discrepancy_vae",
                                 "Latents shifted by interventions along a causal graph (Zhang et al. 2023)"),
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
