#include "data/simulate/settings.h"

#include <algorithm>

namespace brenier::data {

void SimulatePerturbationSettings::describe(Fields& fields) {
  fields.integer("genes", genes, Range::between(1, 100000), "Number of genes");
  fields.integer("cell_types", cell_types, Range::between(1, 1000), "Number of cell types");
  fields.integer("perturbations", perturbations, Range::between(1, 10000), "Number of single perturbations");
  fields.integer("pairs", pairs, Range::at_least(0), "Number of combinations of two perturbations");
  fields.reals("doses", doses, Range::above(0.0), "Doses of every perturbation; empty: no doses");
  fields.integer("cells", cells, Range::at_least(1), "Cells of a treated context");
  fields.integer("control_cells", control_cells, Range::at_least(1), "Control cells of a cell type");
  fields.integer("programs", programs, Range::between(1, 100), "Dimension of the cell-type latent");
  fields.real("program_strength", program_strength, Range::at_least(0.0),
              "Standard deviation of a program's log weights");
  fields.real("cell_noise", cell_noise, Range::at_least(0.0),
              "Standard deviation of a cell around its type in the latent");
  fields.real("library_size", library_size, Range::above(0.0), "Mean total count of a cell");
  fields.real("library_sigma", library_sigma, Range::at_least(0.0), "Standard deviation of the log library size");
  fields.real("dispersion", dispersion, Range::at_least(0.0), "Variance = mean + dispersion mean^2; 0: Poisson");
  fields.real("effect_genes", effect_genes, Range{0.0, 1.0, true, false}, "Share of genes that a perturbation changes");
  fields.real("effect_size", effect_size, Range::at_least(0.0),
              "Standard deviation of a changed gene's log fold change");
  fields.real("modulation", modulation, Range::at_least(0.0), "Dependence of the effect on the cell type; 0: none");
  fields.real("interaction", interaction, Range::any(), "Interaction of pairs; 0: log fold changes add up");
  fields.real("ec50", ec50, Range::above(0.0), "Median dose of half effect");
  fields.real("hill_slope", hill_slope, Range::above(0.0), "Slope of the dose response");
  fields.integer("seed", seed, Range::at_least(0), "Seed of everything that is drawn");
  const std::int64_t most = perturbations * (perturbations - 1) / 2;
  fields.require("pairs", pairs <= most, "must be at most perturbations (perturbations - 1) / 2");
  std::vector<double> sorted = doses;
  std::sort(sorted.begin(), sorted.end());
  fields.require("doses", std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end(),
                 "must differ from each other");
}

}  // namespace brenier::data
