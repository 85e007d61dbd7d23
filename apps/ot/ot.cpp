// brenier ot VERB: the optimal-transport layer on .npy arrays, one JSON object on stdout.
#include "apps/ot/ot.h"

#include "apps/command.h"

namespace brenier::apps {

void add_ot(CLI::App& root) {
  auto* app = root.add_subcommand("ot", "Optimal transport between arrays (.npy): one JSON object on stdout");
  app->require_subcommand(1);
  app->footer("'brenier ot COMMAND --help' has the options and examples of a command.");
  add_ot_solve(*app);
  add_ot_divergence(*app);
  add_ot_exact(*app);
  add_ot_map(*app);
  add_ot_gradient(*app);
}

}  // namespace brenier::apps
