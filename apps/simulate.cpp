// brenier simulate perturbation|gaussians|svae|sams|causal-chain --output F.h5ad: cells whose true response is known.
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "apps/command.h"
#include "core/config/document.h"
#include "core/config/read.h"
#include "core/config/write.h"
#include "data/h5ad/writer.h"
#include "data/simulate/causal_chain.h"
#include "data/simulate/gaussians.h"
#include "data/simulate/perturbation.h"
#include "data/simulate/sams.h"
#include "data/simulate/svae.h"

namespace brenier::apps {
namespace simulate_detail {

struct Options {
  std::string output;
  std::vector<std::string> overrides;
  std::optional<std::int64_t> seed;
  bool json = false;
};

template <class Settings>
Settings settings_of(const Options& options, const std::string& kind) {
  auto document = document_from(write_settings(Settings{}), ".", "brenier simulate " + kind);
  for (const auto& text : options.overrides) apply_override(document, text, ".");
  if (options.seed) document.root["seed"] = *options.seed;
  return read_settings<Settings>(document);
}

template <class Simulated, class Settings>
void write(const Options& options, const Simulated& simulated, std::size_t contexts, Settings settings) {
  data::write_h5ad(data::to_ann_data(simulated), options.output, {.compression = data::Compression::kGzip});
  if (options.json) {
    print_json({{"output", options.output},
                {"cells", simulated.table.cells()},
                {"genes", simulated.table.genes()},
                {"contexts", contexts},
                {"settings", write_settings(settings)}});
  } else {
    print(options.output + ": " + std::to_string(simulated.table.cells()) + " cells, " +
          std::to_string(simulated.table.genes()) + " genes, " + std::to_string(contexts) + " contexts\n");
  }
}

void simulate_perturbation(const Options& options) {
  const auto settings = settings_of<data::SimulatePerturbationSettings>(options, "perturbation");
  const auto simulated = data::simulate_perturbation(settings);
  write(options, simulated, simulated.contexts.size(), settings);
}

void simulate_gaussians(const Options& options) {
  const auto settings = settings_of<data::SimulateGaussiansSettings>(options, "gaussians");
  const auto simulated = data::simulate_gaussians(settings);
  write(options, simulated, simulated.doses.size(), settings);
}

// Of the simulators with latent mechanisms: every label but control is a context.
template <class Settings>
void simulate_mechanisms(const Options& options, const std::string& kind,
                         data::SimulatedMechanisms (*simulate)(const Settings&)) {
  const auto settings = settings_of<Settings>(options, kind);
  const auto simulated = simulate(settings);
  const auto& labels = std::get<data::StringColumn>(simulated.table.obs.column("perturbation"));
  std::set<std::string> contexts(labels.begin(), labels.end());
  contexts.erase("control");
  write(options, simulated, contexts.size(), settings);
}

void add_options(CLI::App& kind, const std::shared_ptr<Options>& options, const std::string& example) {
  kind.add_option("-o,--output", options->output, "The file to write (.h5ad)")->required();
  kind.add_option("-s,--set", options->overrides, "A setting of the simulator: " + example + " (repeatable)")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  kind.add_option("--seed", options->seed, "Seed; the same seed gives the same bytes")->check(CLI::NonNegativeNumber);
  kind.add_flag("--json", options->json, "Print what was made as JSON, with every setting");
}

}  // namespace simulate_detail

void add_simulate(CLI::App& root) {
  auto options = std::make_shared<simulate_detail::Options>();
  auto* app = root.add_subcommand("simulate", "Make data with a known truth");
  app->require_subcommand(1);
  auto* kind =
      app->add_subcommand("perturbation", "Counts of cells of several types under perturbations, pairs and doses");
  simulate_detail::add_options(*kind, options, "cells=200, 'doses=[0.1,1]'");
  kind->footer(
      "Examples:\n"
      "  brenier simulate perturbation --output sim.h5ad\n"
      "  brenier simulate perturbation --output sim.h5ad --seed 3 -s cell_types=8 -s pairs=4 -s 'doses=[0.1,1,10]'");
  kind->callback([options] { simulate_detail::simulate_perturbation(*options); });
  kind = app->add_subcommand("gaussians", "Gaussian populations on a curve of doses, with their optimal maps");
  simulate_detail::add_options(*kind, options, "dimensions=10");
  kind->footer("Example:\n  brenier simulate gaussians --output gaussians.h5ad -s dimensions=10");
  kind->callback([options] { simulate_detail::simulate_gaussians(*options); });
  kind = app->add_subcommand("svae", "Counts of cells whose perturbations shift a few latents each (sVAE+)");
  simulate_detail::add_options(*kind, options, "softmax=genes");
  kind->footer(
      "Control cells are added to the published simulation, which has none: -s control_cells=0 leaves them out.\n"
      "Examples:\n"
      "  brenier simulate svae --output svae.h5ad\n"
      "  brenier simulate svae --output svae.h5ad -s softmax=genes -s library_size=4000");
  kind->callback([options] { simulate_detail::simulate_mechanisms(*options, "svae", data::simulate_svae); });
  kind = app->add_subcommand("sams", "Phenotypes of cells whose perturbations shift random latents (SAMS-VAE)");
  simulate_detail::add_options(*kind, options, "noise=0");
  kind->footer("Example:\n  brenier simulate sams --output sams.h5ad -s actions=50");
  kind->callback([options] { simulate_detail::simulate_mechanisms(*options, "sams", data::simulate_sams); });
  kind = app->add_subcommand("causal-chain", "Latents that cause each other along a chain (discrepancy-VAE)");
  simulate_detail::add_options(*kind, options, "latents=6");
  kind->footer("Example:\n  brenier simulate causal-chain --output chain.h5ad");
  kind->callback(
      [options] { simulate_detail::simulate_mechanisms(*options, "causal-chain", data::simulate_causal_chain); });
}

}  // namespace brenier::apps
