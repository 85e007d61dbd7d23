// Simulated perturbation experiments with known effects: counts of cells of several types under single perturbations,
// pairs and doses.
//
//   cell type t has a latent z_t on a smooth curve in [-1, 1]^Q, z_tq = cos(pi (q + 1) (t + 1/2) / T); cell i of it
//   sits at z_i = z_t + cell_noise e_i, e_i ~ N(0, I) mean count   mu_ig = L_i exp(b_g + sum_q W_gq z_iq +
//   delta_g(context)),   sum_g exp(b_g) = 1 library      L_i log-normal with mean library_size count        x_ig ~
//   negative binomial, mean mu, variance mu + dispersion mu^2 (a gamma mixture of Poissons) effect       delta_p(t,
//   d)_g = h_p(d) (A_pg + modulation sum_q z_tq B_pgq / sqrt(Q))   on the genes p changes dose         h_p(d) = (1 +
//   E_p^s) d^s / (E_p^s + d^s), a Hill curve with h_p(1) = 1; without doses h = 1 pair         delta_ab = delta_a +
//   delta_b + interaction delta_a delta_b   (gene by gene), both at the same dose
//
// The effect depends on the cell type through its latent, which the control cells show: a held-out (perturbation, cell
// type) can be predicted from other types, but not by the mean shift alone (modulation > 0). The fold change against
// the control of the type is exactly exp(delta).
//
// Every cell draws from its own random stream: the result depends on settings and seed only.
// obs: perturbation ("control", "pert_1", "pert_1+pert_2"), dose_value, cell_type, nperts, as in preset scperturb.
#pragma once

#include <string>
#include <vector>

#include "core/context.h"
#include "data/h5ad/ann_data.h"
#include "data/simulate/settings.h"
#include "data/table/cell_table.h"

namespace brenier::data {

struct SimulatedPerturbation {
  CellTable table;                  // counts, CSR
  std::vector<Context> contexts;    // sorted; covariate cell_type
  std::vector<double> log_mean;     // [K, G] log expected count of a cell of the context
  std::vector<double> log_shift;    // [K, G] log_mean minus that of the type's control: the delta above
  std::vector<double> type_latent;  // [T, Q]
  std::vector<std::string> cell_types;
};

// Throws kUsage when more pairs are asked for than there are.
[[nodiscard]] SimulatedPerturbation simulate_perturbation(const SimulatePerturbationSettings& settings);

// The file: X, obs, var; varm "true_log_shift" and "true_log_mean" [G, K] with the context of column k in uns
// "true_contexts"; uns "true_cell_types" and "true_type_latent".
[[nodiscard]] AnnData to_ann_data(const SimulatedPerturbation& simulated);

}  // namespace brenier::data
