// brenier schema [PART]: the JSON Schema of experiments, for editors.
#include <memory>

#include "apps/command.h"
#include "train/experiment.h"

namespace brenier::apps {

void add_schema(CLI::App& root) {
  auto part = std::make_shared<std::string>();
  auto* app = root.add_subcommand("schema", "Print the JSON Schema of an experiment, or of one part of it");
  app->add_option("part", *part, "A dotted path, for example split or model.condot; the whole when not given");
  app->footer("Examples:\n  brenier schema > configs/schema/experiment.json\n  brenier schema model.condot");
  app->callback([part] { print_json(brenier::train::experiment_schema(*part)); });
}

}  // namespace brenier::apps
