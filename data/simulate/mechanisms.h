// What simulators with known latent mechanisms share: cells, the latents they were made from, and which action shifts
// which latent by how much.
//
//   z_i = latent of cell i [L];  an action a shifts it by m_a o s_a, masks m in {0, 1}, shifts s (0 where m is 0)
//
// Cells: obs "perturbation" ("control", an action, or "a+b" for two) and "split" ("train", "validation", "test": what
// the published experiment does with the cell). The file holds besides X, obs, var
//   obsm "latent" [N, L] float32
//   uns "true_actions" [A] strings, "true_masks" and "true_shifts" [A, L] float64
//   uns "true_graph" [L, L] float64 where latents cause each other: entry [j, i] is the weight of j -> i
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/random.h"
#include "data/h5ad/ann_data.h"
#include "data/table/cell_table.h"

namespace brenier::data {

struct SimulatedMechanisms {
  CellTable table;
  std::int64_t latent_dimension = 0;  // L
  std::vector<float> latents;         // [N, L]
  std::vector<std::string> actions;   // A
  std::vector<double> masks;          // [A, L], 0 or 1
  std::vector<double> shifts;         // [A, L]
  std::vector<double> graph;          // [L, L], or empty

  [[nodiscard]] std::span<const double> mask(std::size_t action) const;   // [L]
  [[nodiscard]] std::span<const double> shift(std::size_t action) const;  // [L]
};

[[nodiscard]] AnnData to_ann_data(const SimulatedMechanisms& simulated);

// "action_000", "action_001", ...
[[nodiscard]] std::vector<std::string> numbered_actions(std::int64_t count);

// mean + deviation e with a random sign, e ~ N(0, 1).
[[nodiscard]] double signed_shift(double mean, double deviation, RandomStream& stream);

// Appends a cell: its labels, and its latent as it is.
void append_cell(SimulatedMechanisms& simulated, const std::string& perturbation, const std::string& split,
                 std::span<const double> latent);

// Appends `cells` cells with latents N(shift, I) drawn from the stream; split_of(k) labels cell k of them.
template <class SplitOf>
void append_shifted(SimulatedMechanisms& simulated, std::int64_t cells, const std::string& perturbation,
                    std::span<const double> shift, RandomStream& stream, SplitOf&& split_of) {
  std::vector<double> latent(shift.size());
  for (std::int64_t k = 0; k < cells; ++k) {
    for (std::size_t j = 0; j < shift.size(); ++j) latent[j] = shift[j] + stream.normal();
    append_cell(simulated, perturbation, split_of(k), latent);
  }
}

// Puts the expression [N, G] in and names cells ("cell_0") and genes (`gene_prefix` and a number).
void set_expression(SimulatedMechanisms& simulated, CellMatrix x, const std::string& gene_prefix);

}  // namespace brenier::data
