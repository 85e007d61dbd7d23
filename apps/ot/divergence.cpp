// brenier ot divergence: the Sinkhorn divergence between two point clouds.
#include <ATen/ATen.h>

#include <algorithm>
#include <memory>

#include "apps/command.h"
#include "apps/ot/options.h"
#include "apps/ot/ot.h"
#include "apps/ot/watch.h"
#include "ot/divergence/sinkhorn_divergence.h"

namespace brenier::apps {
namespace ot_divergence_detail {

struct Options {
  OtInput input;
  OtSolver solver;
};

void divergence(const Options& options) {
  auto problem = options.input.problem();
  options.solver.apply_to(problem);
  SolveWatch watch("Sinkhorn divergence");
  ot::DivergenceSettings settings;
  settings.sinkhorn = options.solver.settings();
  settings.sinkhorn.progress = watch.callback(settings.sinkhorn);
  const auto output = ot::sinkhorn_divergence(problem, settings);
  watch.finish();
  const double error =
      std::max({output.xy.marginal_error, output.xx.marginal_error, output.yy ? output.yy->marginal_error : 0.0});
  warn_unless_converged("a term of the divergence", output.status(), error, options.solver);
  print_json({{"value", output.value.item<double>()},
              {"marginal_error", error},
              {"converged", output.status() == ot::SinkhornStatus::kConverged},
              {"status", ot::to_string(output.status())},
              {"epsilon", output.xy.epsilon},
              {"xy", solve_json(output.xy)},
              {"xx", solve_json(output.xx)},
              {"yy", solve_json(*output.yy)}});
}

}  // namespace ot_divergence_detail

void add_ot_divergence(CLI::App& ot) {
  auto options = std::make_shared<ot_divergence_detail::Options>();
  auto* app = ot.add_subcommand("divergence", "The Sinkhorn divergence: entropic transport without its bias");
  options->input.add_to(*app, false);
  options->solver.add_to(*app, false);
  app->footer("Example:\n  brenier ot divergence --x x.npy --y y.npy --epsilon 0.05 --epsilon-scale mean");
  app->callback([options] { ot_divergence_detail::divergence(*options); });
}

}  // namespace brenier::apps
