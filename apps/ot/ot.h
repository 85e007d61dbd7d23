// The verbs of `brenier ot`, one file each.
#pragma once

#include <CLI/CLI.hpp>

namespace brenier::apps {

void add_ot_solve(CLI::App& ot);
void add_ot_divergence(CLI::App& ot);
void add_ot_exact(CLI::App& ot);
void add_ot_map(CLI::App& ot);
void add_ot_gradient(CLI::App& ot);

}  // namespace brenier::apps
