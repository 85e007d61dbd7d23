#include "train/metric/context_profile.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "train/metric/differential_metrics.h"
#include "train/metric/mean_distance.h"

namespace brenier::train {
namespace context_profile_detail {

Moments moments(const Population& population) { return {population.size(), population.mean(), population.variance()}; }

double energy_to(const Population& control, const Population& treated) {
  return large_energy_distance(treated.cells(), control.cells());
}

}  // namespace context_profile_detail

ContextProfile make_profile(const Context& context, const std::vector<std::int64_t>& target_genes,
                            const Comparison& all, const Comparison& near, const ProfileNeeds& needs) {
  using context_profile_detail::energy_to;
  using context_profile_detail::moments;
  ContextProfile profile{context,
                         target_genes,
                         moments(all.predicted()),
                         moments(all.truth()),
                         moments(all.control()),
                         moments(all.predicted_control())};
  if (needs.energy) {
    profile.predicted_energy = energy_to(near.predicted_control(), near.predicted());
    profile.true_energy = energy_to(near.control(), near.truth());
  }
  if (needs.significant) {
    profile.predicted_significant = static_cast<double>(significant_genes(all.predicted_differential()).size());
    profile.true_significant = static_cast<double>(significant_genes(all.true_differential()).size());
  }
  return profile;
}

std::vector<std::int64_t> target_genes(const Context& context, const std::vector<std::string>& genes) {
  std::vector<std::int64_t> columns;
  for (std::size_t g = 0; g < genes.size(); ++g) {
    if (std::any_of(context.actions.begin(), context.actions.end(),
                    [&](const Action& action) { return action.name == genes[g]; })) {
      columns.push_back(static_cast<std::int64_t>(g));
    }
  }
  return columns;
}

}  // namespace brenier::train
