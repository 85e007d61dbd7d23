#include "data/simulate/mechanisms.h"

#include <algorithm>
#include <utility>

#include "data/h5ad/writer.h"

namespace brenier::data {
namespace simulate_mechanisms_detail {

StringColumn& text_column(DataFrame& obs, const std::string& name) {
  for (auto& [key, column] : obs.columns) {
    if (key == name) return std::get<StringColumn>(column);
  }
  obs.set(name, StringColumn{});
  return std::get<StringColumn>(obs.columns.back().second);
}

}  // namespace simulate_mechanisms_detail

std::span<const double> SimulatedMechanisms::mask(std::size_t action) const {
  const auto width = static_cast<std::size_t>(latent_dimension);
  return std::span(masks).subspan(action * width, width);
}

std::span<const double> SimulatedMechanisms::shift(std::size_t action) const {
  const auto width = static_cast<std::size_t>(latent_dimension);
  return std::span(shifts).subspan(action * width, width);
}

AnnData to_ann_data(const SimulatedMechanisms& simulated) {
  AnnData file = to_ann_data(simulated.table);
  const auto latents = simulated.latent_dimension;
  const auto actions = static_cast<std::int64_t>(simulated.actions.size());
  file.obsm.set("latent", NumericArray{{simulated.table.cells(), latents}, simulated.latents});
  file.uns.set("true_actions", StringArray{{actions}, simulated.actions});
  file.uns.set("true_masks", NumericArray{{actions, latents}, simulated.masks});
  file.uns.set("true_shifts", NumericArray{{actions, latents}, simulated.shifts});
  if (!simulated.graph.empty()) file.uns.set("true_graph", NumericArray{{latents, latents}, simulated.graph});
  return file;
}

std::vector<std::string> numbered_actions(std::int64_t count) {
  const std::size_t width = std::max<std::size_t>(3, std::to_string(count - 1).size());
  std::vector<std::string> names;
  for (std::int64_t a = 0; a < count; ++a) {
    const std::string number = std::to_string(a);
    names.push_back("action_" + std::string(width - number.size(), '0') + number);
  }
  return names;
}

double signed_shift(double mean, double deviation, RandomStream& stream) {
  const double size = mean + deviation * stream.normal();
  return stream.below(2) == 0 ? size : -size;
}

void append_cell(SimulatedMechanisms& simulated, const std::string& perturbation, const std::string& split,
                 std::span<const double> latent) {
  namespace detail = simulate_mechanisms_detail;
  detail::text_column(simulated.table.obs, "perturbation").push_back(perturbation);
  detail::text_column(simulated.table.obs, "split").push_back(split);
  for (const double value : latent) simulated.latents.push_back(static_cast<float>(value));
}

void set_expression(SimulatedMechanisms& simulated, CellMatrix x, const std::string& gene_prefix) {
  CellTable& table = simulated.table;
  table.x = std::move(x);
  for (std::int64_t i = 0; i < table.cells(); ++i) table.obs.index.push_back("cell_" + std::to_string(i));
  for (std::int64_t g = 0; g < table.genes(); ++g) table.var.index.push_back(gene_prefix + std::to_string(g));
}

}  // namespace brenier::data
