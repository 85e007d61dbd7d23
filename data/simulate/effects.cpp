#include "data/simulate/effects.h"

#include <cmath>
#include <numbers>

#include "core/error.h"
#include "core/random.h"

namespace brenier::data {
namespace simulate_effects_detail {

// "type_01" when there are more than nine, so that names sort as numbers do.
std::string numbered_name(const std::string& prefix, std::int64_t index, std::int64_t count) {
  const std::string number = std::to_string(index + 1);
  return prefix + std::string(std::to_string(count).size() - number.size(), '0') + number;
}

}  // namespace simulate_effects_detail

PerturbationEffects::PerturbationEffects(const SimulatePerturbationSettings& settings) : settings_(settings) {
  const std::int64_t all_pairs = settings.perturbations * (settings.perturbations - 1) / 2;
  if (settings.pairs > all_pairs) {
    throw Error(ErrorKind::kUsage, "there are fewer pairs of perturbations than asked for")
        .at("pairs")
        .found(std::to_string(settings.pairs))
        .expected("at most " + std::to_string(all_pairs) + " for " + std::to_string(settings.perturbations) +
                  " perturbations");
  }
  const auto seed = static_cast<std::uint64_t>(settings.seed);
  const auto genes = static_cast<std::size_t>(settings.genes);
  const auto programs = static_cast<std::size_t>(settings.programs);
  RandomStream base(seed, "simulate/baseline");
  double total = 0.0;
  baseline_.resize(genes);
  for (double& b : baseline_) {
    b = base.normal();
    total += std::exp(b);
  }
  for (double& b : baseline_) b -= std::log(total);
  RandomStream program(seed, "simulate/programs");
  weights_.resize(genes * programs);
  for (double& w : weights_) w = settings.program_strength * program.normal();
  for (std::int64_t p = 0; p < settings.perturbations; ++p) {
    RandomStream effect(seed, "simulate/effect/" + std::to_string(p));
    half_dose_.push_back(settings.ec50 * std::exp(0.5 * effect.normal()));
    for (std::size_t g = 0; g < genes; ++g) {
      const bool changed = effect.uniform() < settings.effect_genes;
      common_.push_back(changed ? settings.effect_size * effect.normal() : 0.0);
      for (std::size_t q = 0; q < programs; ++q) {
        modulated_.push_back(changed ? settings.effect_size * effect.normal() : 0.0);
      }
    }
  }
  make_groups();
}

void PerturbationEffects::make_groups() {
  const std::vector<double> doses = settings_.doses.empty() ? std::vector<double>{1.0} : settings_.doses;
  std::vector<std::vector<std::int64_t>> sets;
  for (std::int64_t p = 0; p < settings_.perturbations; ++p) sets.push_back({p});
  // Pair number k of the list (0,1), (0,2), (1,2), (0,3), ...: b is the largest with b (b - 1) / 2 <= k.
  RandomStream stream(static_cast<std::uint64_t>(settings_.seed), "simulate/pairs");
  const std::int64_t all_pairs = settings_.perturbations * (settings_.perturbations - 1) / 2;
  for (const std::int64_t k : stream.sample(all_pairs, settings_.pairs)) {
    std::int64_t b = 1;
    while ((b + 1) * b / 2 <= k) ++b;
    sets.push_back({k - b * (b - 1) / 2, b});
  }
  for (std::int64_t t = 0; t < settings_.cell_types; ++t) groups_.push_back({t, {}, 1.0});
  for (const auto& set : sets) {
    for (std::int64_t t = 0; t < settings_.cell_types; ++t) {
      for (const double dose : doses) groups_.push_back({t, set, dose});
    }
  }
}

std::string PerturbationEffects::cell_type_name(std::int64_t cell_type) const {
  return simulate_effects_detail::numbered_name("type_", cell_type, settings_.cell_types);
}

std::string PerturbationEffects::perturbation_name(std::int64_t perturbation) const {
  return simulate_effects_detail::numbered_name("pert_", perturbation, settings_.perturbations);
}

Context PerturbationEffects::context(const Group& group) const {
  std::vector<Action> actions;
  for (const std::int64_t p : group.perturbations) actions.push_back({perturbation_name(p), group.dose});
  return make_context(std::move(actions), {{"cell_type", cell_type_name(group.cell_type)}});
}

std::vector<double> PerturbationEffects::type_latent(std::int64_t cell_type) const {
  const double s = (static_cast<double>(cell_type) + 0.5) / static_cast<double>(settings_.cell_types);
  std::vector<double> z(static_cast<std::size_t>(settings_.programs));
  for (std::size_t q = 0; q < z.size(); ++q) z[q] = std::cos(std::numbers::pi * (static_cast<double>(q) + 1.0) * s);
  return z;
}

double PerturbationEffects::hill(std::int64_t perturbation, double dose) const {
  const double half = std::pow(half_dose_[static_cast<std::size_t>(perturbation)], settings_.hill_slope);
  const double power = std::pow(dose, settings_.hill_slope);
  return (1.0 + half) * power / (half + power);
}

std::vector<double> PerturbationEffects::log_shift(const Group& group) const {
  const auto genes = static_cast<std::size_t>(settings_.genes);
  const std::vector<double> z = type_latent(group.cell_type);
  const double scale = settings_.modulation / std::sqrt(static_cast<double>(z.size()));
  std::vector<double> shift(genes, 0.0);
  std::vector<double> product(genes, 1.0);
  for (const std::int64_t p : group.perturbations) {
    const double response = hill(p, group.dose);
    const std::size_t offset = static_cast<std::size_t>(p) * genes;
    for (std::size_t g = 0; g < genes; ++g) {
      double modulated = 0.0;
      for (std::size_t q = 0; q < z.size(); ++q) modulated += z[q] * modulated_[(offset + g) * z.size() + q];
      const double delta = response * (common_[offset + g] + scale * modulated);
      shift[g] += delta;
      product[g] *= delta;
    }
  }
  if (group.perturbations.size() > 1) {
    for (std::size_t g = 0; g < genes; ++g) shift[g] += settings_.interaction * product[g];
  }
  return shift;
}

std::vector<double> PerturbationEffects::log_base(const std::vector<double>& z) const {
  std::vector<double> out = baseline_;
  for (std::size_t g = 0; g < out.size(); ++g) {
    for (std::size_t q = 0; q < z.size(); ++q) out[g] += weights_[g * z.size() + q] * z[q];
  }
  return out;
}

std::vector<double> PerturbationEffects::program_power() const {
  const auto programs = static_cast<std::size_t>(settings_.programs);
  std::vector<double> power(baseline_.size(), 0.0);
  for (std::size_t k = 0; k < weights_.size(); ++k) power[k / programs] += weights_[k] * weights_[k];
  return power;
}

}  // namespace brenier::data
