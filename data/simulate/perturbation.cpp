#include "data/simulate/perturbation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "core/error.h"
#include "core/number_text.h"
#include "core/random.h"
#include "data/h5ad/writer.h"
#include "data/simulate/effects.h"

namespace brenier::data {
namespace simulate_perturbation_detail {

// One cell's counts appended to the matrix.
void draw_cell(const PerturbationEffects& effects, const SimulatePerturbationSettings& settings,
               const PerturbationEffects::Group& group, const std::vector<double>& shift, std::int64_t cell,
               CsrMatrix& x) {
  RandomStream stream(static_cast<std::uint64_t>(settings.seed), "simulate/cell/" + std::to_string(cell));
  const double sigma = settings.library_sigma;
  const double library = settings.library_size * std::exp(sigma * stream.normal() - 0.5 * sigma * sigma);
  std::vector<double> z = effects.type_latent(group.cell_type);
  for (double& value : z) value += settings.cell_noise * stream.normal();
  const std::vector<double> log_mean = effects.log_base(z);
  for (std::size_t g = 0; g < log_mean.size(); ++g) {
    const double mean = library * std::exp(log_mean[g] + shift[g]);
    const double rate =
        settings.dispersion > 0.0 ? stream.gamma(1.0 / settings.dispersion, mean * settings.dispersion) : mean;
    const std::int64_t count = stream.poisson(rate);
    if (count == 0) continue;
    x.indices.push_back(static_cast<std::int32_t>(g));
    x.values.push_back(static_cast<float>(count));
  }
  x.indptr.push_back(static_cast<std::int64_t>(x.values.size()));
}

// Labels as a categorical column, categories sorted.
CategoricalColumn categorical(const std::vector<std::string>& labels) {
  std::vector<std::string> categories = labels;
  std::sort(categories.begin(), categories.end());
  categories.erase(std::unique(categories.begin(), categories.end()), categories.end());
  CategoricalColumn column;
  for (const std::string& label : labels) {
    column.codes.push_back(std::lower_bound(categories.begin(), categories.end(), label) - categories.begin());
  }
  column.categories = std::move(categories);
  return column;
}

std::string label(const PerturbationEffects& effects, const PerturbationEffects::Group& group) {
  if (group.perturbations.empty()) return "control";
  std::string text;
  for (const std::int64_t p : group.perturbations) text += (text.empty() ? "" : "+") + effects.perturbation_name(p);
  return text;
}

// "0" for controls, "0.5", "0.5+0.5" for pairs.
std::string dose_label(const PerturbationEffects::Group& group) {
  if (group.perturbations.empty()) return "0";
  std::string text;
  for (std::size_t k = 0; k < group.perturbations.size(); ++k) text += (k > 0 ? "+" : "") + number_text(group.dose);
  return text;
}

// [K, G] row-major to a varm entry [G, K].
NumericArray by_gene(const std::vector<double>& values, std::size_t contexts) {
  const std::size_t genes = values.size() / contexts;
  std::vector<double> out(values.size());
  for (std::size_t k = 0; k < contexts; ++k) {
    for (std::size_t g = 0; g < genes; ++g) out[g * contexts + k] = values[k * genes + g];
  }
  return NumericArray{{static_cast<std::int64_t>(genes), static_cast<std::int64_t>(contexts)}, std::move(out)};
}

StringArray strings(const std::vector<std::string>& values) {
  return StringArray{{static_cast<std::int64_t>(values.size())}, values};
}

}  // namespace simulate_perturbation_detail

SimulatedPerturbation simulate_perturbation(const SimulatePerturbationSettings& settings) {
  namespace detail = simulate_perturbation_detail;
  const PerturbationEffects effects(settings);
  const auto genes = static_cast<std::size_t>(settings.genes);
  const std::vector<double> power = effects.program_power();
  SimulatedPerturbation out;
  CsrMatrix x{0, settings.genes, {0}, {}, {}};
  std::vector<std::string> perturbation;
  std::vector<std::string> dose;
  std::vector<std::string> cell_type;
  std::vector<std::int64_t> nperts;

  std::vector<std::pair<Context, std::size_t>> order;  // context -> its group
  std::vector<std::vector<double>> shifts;
  std::int64_t cell = 0;
  for (const auto& group : effects.groups()) {
    order.emplace_back(effects.context(group), shifts.size());
    shifts.push_back(effects.log_shift(group));
    const std::int64_t cells = group.perturbations.empty() ? settings.control_cells : settings.cells;
    for (std::int64_t i = 0; i < cells; ++i, ++cell) {
      detail::draw_cell(effects, settings, group, shifts.back(), cell, x);
      out.table.obs.index.push_back("cell_" + std::to_string(cell));
      perturbation.push_back(detail::label(effects, group));
      dose.push_back(detail::dose_label(group));
      cell_type.push_back(effects.cell_type_name(group.cell_type));
      nperts.push_back(static_cast<std::int64_t>(group.perturbations.size()));
    }
  }
  x.rows = cell;
  out.table.x = CellMatrix(std::move(x));
  out.table.source = "simulated perturbation";
  for (std::size_t g = 0; g < genes; ++g) out.table.var.index.push_back("gene_" + std::to_string(g));
  out.table.obs.set("perturbation", detail::categorical(perturbation));
  if (settings.pairs > 0) {
    out.table.obs.set("dose_value", detail::categorical(dose));
  } else {
    std::vector<double> doses;
    for (const std::string& text : dose) doses.push_back(std::stod(text));
    out.table.obs.set("dose_value", NumericArray{{cell}, std::move(doses)});
  }
  out.table.obs.set("cell_type", detail::categorical(cell_type));
  out.table.obs.set("nperts", NumericArray{{cell}, std::move(nperts)});

  std::sort(order.begin(), order.end());
  for (const auto& [context, index] : order) {
    const auto& group = effects.groups()[index];
    const std::vector<double> base = effects.log_base(effects.type_latent(group.cell_type));
    out.contexts.push_back(context);
    for (std::size_t g = 0; g < genes; ++g) {
      const double shift = shifts[index][g];
      const double noise = 0.5 * settings.cell_noise * settings.cell_noise * power[g];
      out.log_shift.push_back(shift);
      out.log_mean.push_back(std::log(settings.library_size) + base[g] + noise + shift);
    }
  }
  for (std::int64_t t = 0; t < settings.cell_types; ++t) {
    out.cell_types.push_back(effects.cell_type_name(t));
    const std::vector<double> z = effects.type_latent(t);
    out.type_latent.insert(out.type_latent.end(), z.begin(), z.end());
  }
  return out;
}

AnnData to_ann_data(const SimulatedPerturbation& simulated) {
  namespace detail = simulate_perturbation_detail;
  AnnData file = to_ann_data(simulated.table);
  file.varm.set("true_log_shift", detail::by_gene(simulated.log_shift, simulated.contexts.size()));
  file.varm.set("true_log_mean", detail::by_gene(simulated.log_mean, simulated.contexts.size()));
  std::vector<std::string> names;
  for (const Context& context : simulated.contexts) names.push_back(to_string(context));
  file.uns.set("true_contexts", detail::strings(names));
  file.uns.set("true_cell_types", detail::strings(simulated.cell_types));
  const auto types = static_cast<std::int64_t>(simulated.cell_types.size());
  const auto width = static_cast<std::int64_t>(simulated.type_latent.size()) / types;
  file.uns.set("true_type_latent", NumericArray{{types, width}, simulated.type_latent});
  return file;
}

}  // namespace brenier::data
