#include "tests/train/line_experiment.h"

#include <ATen/ATen.h>

#include "core/io/atomic_file.h"
#include "core/random.h"
#include "data/h5ad/writer.h"
#include "train/table_view.h"

namespace brenier::tests {
namespace line_experiment_detail {

constexpr std::int64_t kCells = 40;
constexpr std::int64_t kLatents = 3;
constexpr std::int64_t kGenes = 5;

const std::vector<std::string>& actions() {
  static const std::vector<std::string> names = {"a", "b", "c", "d"};
  return names;
}

const std::vector<double>& masks() {
  static const std::vector<double> values = {1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0, 1};
  return values;
}

const std::vector<double>& shifts() {
  static const std::vector<double> values = {4, 0, 0, 0, -5, 0, 5, 0, 4, 0, 0, -4};
  return values;
}

data::AnnData file() {
  RandomStream stream(11, "line");
  data::CellTable table;
  std::vector<float> x;
  std::vector<double> z;
  data::StringColumn labels;
  for (std::int64_t a = -1; a < std::ssize(actions()); ++a) {
    for (std::int64_t i = 0; i < kCells; ++i) {
      labels.push_back(a < 0 ? "control" : actions()[static_cast<std::size_t>(a)]);
      table.obs.index.push_back("cell_" + std::to_string(labels.size()));
      for (std::int64_t g = 0; g < kGenes; ++g) {
        const double shift = a < 0 || g >= kLatents ? 0.0 : shifts()[static_cast<std::size_t>(a * kLatents + g)];
        const double latent = g < kLatents ? shift + stream.normal() : 0.0;
        if (g < kLatents) z.push_back(latent);
        x.push_back(static_cast<float>(latent + 0.5 * stream.normal()));
      }
    }
  }
  for (std::int64_t g = 0; g < kGenes; ++g) table.var.index.push_back("gene_" + std::to_string(g));
  const auto cells = std::ssize(labels);
  table.obs.set("perturbation", labels);
  data::AnnData all;
  all.x = data::NumericArray{{cells, kGenes}, x};
  all.obs = table.obs;
  all.var = table.var;
  all.obsm.set("latent", data::NumericArray{{cells, kLatents}, z});
  const auto rows = std::ssize(actions());
  all.uns.set("true_actions", data::StringArray{{rows}, actions()});
  all.uns.set("true_masks", data::NumericArray{{rows, kLatents}, masks()});
  all.uns.set("true_shifts", data::NumericArray{{rows, kLatents}, shifts()});
  return all;
}

}  // namespace line_experiment_detail

train::ExperimentSettings line_experiment(const std::filesystem::path& folder,
                                          const std::vector<std::string>& overrides,
                                          const std::function<void(data::AnnData&)>& change) {
  auto file = line_experiment_detail::file();
  if (change) change(file);
  data::write_h5ad(file, folder / "cells.h5ad");
  write_atomically(folder / "line.json", R"({
    "name": "line", "threads": 1,
    "data": {"path": "cells.h5ad",
             "perturbation": {"perturbation_column": "perturbation", "controls": ["control"]}},
    "preprocess": {"normalize_total": {"enabled": false}, "log1p": false, "genes": {"flavor": "none"}},
    "split": {"kind": "held_out_perturbation", "perturbations": ["d"], "validation_fraction": 0.2},
    "model": {"kind": "mean_shift"},
    "evaluate": {"metrics": ["r2_mean", "energy_distance"], "bootstrap": 10,
                 "mechanisms": {"enabled": true, "truth": true, "samples": 64, "cells": 30}}
  })");
  return train::load_experiment(folder / "line.json", overrides);
}

train::PreparedData line_data(const train::ExperimentSettings& settings) {
  SilentReporter reporter;
  return train::prepare_data(settings, reporter);
}

LineModel line_model(const train::PreparedData& prepared, LineOptions options) {
  namespace detail = line_experiment_detail;
  const auto table = [](const std::vector<double>& values) { return at::tensor(values, at::kDouble).view({-1, 3}); };
  const auto known = std::ssize(detail::actions()) - 1;
  return {train::TableView(prepared).task(),
          {"a", "b", "c"},
          table(detail::masks()).narrow(0, 0, known),
          table(detail::shifts()).narrow(0, 0, known),
          options};
}

}  // namespace brenier::tests
