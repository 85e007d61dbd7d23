#include "tests/train/small_experiment.h"

#include "core/io/atomic_file.h"
#include "data/h5ad/writer.h"
#include "data/simulate/perturbation.h"

namespace brenier::tests {

data::CellTable small_cells() {
  data::SimulatePerturbationSettings settings;
  settings.genes = 30;
  settings.cell_types = 3;
  settings.perturbations = 2;
  settings.cells = 40;
  settings.control_cells = 40;
  settings.seed = 5;
  return data::simulate_perturbation(settings).table;
}

train::ExperimentSettings small_experiment(const std::filesystem::path& folder,
                                           const std::vector<std::string>& overrides, const data::CellTable& cells) {
  data::write_h5ad(cells, folder / "cells.h5ad");
  write_atomically(folder / "small.json", R"({
    "name": "small", "threads": 1,
    "data": {"path": "cells.h5ad", "perturbation": {"preset": "scperturb", "covariates": ["cell_type"]}},
    "preprocess": {"normalize_total": {"enabled": true, "target_sum": 0}, "log1p": true,
                   "genes": {"flavor": "seurat", "n_top": 20}},
    "split": {"kind": "held_out_context",
              "held_out": [{"perturbation": "pert_1", "covariates": {"cell_type": "type_2"}}]},
    "model": {"kind": "mean_shift"},
    "train": {"validation": {"score": "r2_mean", "every": 4}, "checkpoint": {"every": 5}, "log_every": 2},
    "evaluate": {"metrics": ["r2_mean", "energy_distance"], "bootstrap": 10}
  })");
  return train::load_experiment(folder / "small.json", overrides);
}

std::vector<std::string> small_condot() {
  return {R"(model={"kind": "condot", "latent": {"width": 4, "hidden": [16], "steps": 12, "batch": 32},)"
          R"( "potential": {"hidden": [8, 8], "context_width": 4}, "steps": 12, "inner": 2, "batch": 16})"};
}

}  // namespace brenier::tests
