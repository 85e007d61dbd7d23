// brenier ot solve: entropic transport by Sinkhorn.
#include <memory>

#include "apps/command.h"
#include "apps/ot/arrays.h"
#include "apps/ot/options.h"
#include "apps/ot/ot.h"
#include "ot/plan/plan.h"

namespace brenier::apps {
namespace ot_solve_detail {

struct Options {
  OtInput input;
  OtSolver solver;
  std::string potentials;
  std::string plan;
};

void solve(const Options& options) {
  auto problem = options.input.problem();
  options.solver.apply_to(problem);
  const auto output = solve_watched(problem, options.solver);
  if (!options.potentials.empty()) {
    write_tensor(options.potentials + ".f.npy", output.f);
    write_tensor(options.potentials + ".g.npy", output.g);
  }
  if (!options.plan.empty()) write_tensor(options.plan, ot::dense_plan(output));
  print_json(solve_json(output));
}

}  // namespace ot_solve_detail

void add_ot_solve(CLI::App& ot) {
  auto options = std::make_shared<ot_solve_detail::Options>();
  auto* app = ot.add_subcommand("solve", "Entropic transport: value, cost, convergence, potentials, plan");
  options->input.add_to(*app, true);
  options->solver.add_to(*app, true);
  app->add_option("--potentials", options->potentials, "Write PREFIX.f.npy and PREFIX.g.npy: absolute potentials")
      ->type_name("PREFIX");
  app->add_option("--plan", options->plan, "Write the plan [N, M] (.npy)")->type_name("FILE");
  app->footer(
      "Examples:\n"
      "  brenier ot solve --x x.npy --y y.npy --epsilon 0.05 --epsilon-scale mean\n"
      "  brenier ot solve --cost-matrix c.npy --a a.npy --b b.npy --epsilon 0.1 --tau-a 0.9 --potentials out/dual");
  app->callback([options] { ot_solve_detail::solve(*options); });
}

}  // namespace brenier::apps
