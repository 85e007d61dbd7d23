// brenier simulate perturbation --output F.h5ad: cells whose true response is known.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/command.h"
#include "core/config/document.h"
#include "core/config/read.h"
#include "core/config/write.h"
#include "data/h5ad/writer.h"
#include "data/simulate/perturbation.h"

namespace brenier::apps {
namespace simulate_detail {

struct Options {
  std::string output;
  std::vector<std::string> overrides;
  std::optional<std::int64_t> seed;
  bool json = false;
};

void simulate(const Options& options) {
  auto document =
      document_from(write_settings(data::SimulatePerturbationSettings{}), ".", "brenier simulate perturbation");
  for (const auto& text : options.overrides) apply_override(document, text, ".");
  if (options.seed) document.root["seed"] = *options.seed;
  const auto settings = read_settings<data::SimulatePerturbationSettings>(document);
  const auto simulated = data::simulate_perturbation(settings);
  data::write_h5ad(data::to_ann_data(simulated), options.output, {.compression = data::Compression::kGzip});
  if (options.json) {
    print_json({{"output", options.output},
                {"cells", simulated.table.cells()},
                {"genes", simulated.table.genes()},
                {"contexts", simulated.contexts.size()},
                {"settings", write_settings(settings)}});
  } else {
    print(options.output + ": " + std::to_string(simulated.table.cells()) + " cells, " +
          std::to_string(simulated.table.genes()) + " genes, " + std::to_string(simulated.contexts.size()) +
          " contexts\n");
  }
}

}  // namespace simulate_detail

void add_simulate(CLI::App& root) {
  auto options = std::make_shared<simulate_detail::Options>();
  auto* app = root.add_subcommand("simulate", "Make data with a known truth");
  app->require_subcommand(1);
  auto* kind =
      app->add_subcommand("perturbation", "Counts of cells of several types under perturbations, pairs and doses");
  kind->add_option("-o,--output", options->output, "The file to write (.h5ad)")->required();
  kind->add_option("-s,--set", options->overrides,
                   "A setting of the simulator: cells=200, 'doses=[0.1,1]' (repeatable)")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  kind->add_option("--seed", options->seed, "Seed; the same seed gives the same bytes")->check(CLI::NonNegativeNumber);
  kind->add_flag("--json", options->json, "Print what was made as JSON, with every setting");
  kind->footer(
      "Examples:\n"
      "  brenier simulate perturbation --output sim.h5ad\n"
      "  brenier simulate perturbation --output sim.h5ad --seed 3 -s cell_types=8 -s pairs=4 -s 'doses=[0.1,1,10]'");
  kind->callback([options] { simulate_detail::simulate(*options); });
}

}  // namespace brenier::apps
