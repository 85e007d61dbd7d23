// brenier validate CONFIG: every violation of a config at once.
#include <memory>
#include <vector>

#include "apps/command.h"
#include "train/experiment.h"

namespace brenier::apps {
namespace validate_detail {

struct Options {
  std::string config;
  std::vector<std::string> overrides;
  bool json = false;
};

void validate(const Options& options) {
  const auto violations = brenier::train::validate_experiment(options.config, options.overrides);
  if (options.json) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const auto& v : violations)
      list.push_back({{"path", v.path}, {"found", v.found}, {"constraint", v.constraint}});
    print_json({{"valid", violations.empty()}, {"violations", std::move(list)}});
    if (!violations.empty()) throw CLI::RuntimeError(2);
    return;
  }
  if (!violations.empty()) throw_violations(options.config, violations);
  print(options.config + " is valid\n");
}

}  // namespace validate_detail

void add_validate(CLI::App& root) {
  auto options = std::make_shared<validate_detail::Options>();
  auto* app = root.add_subcommand("validate", "Check a config: all violations at once, without reading data");
  app->add_option("config", options->config, "The experiment (JSON)")->required();
  app->add_option("-s,--set", options->overrides, "Overrides as in train (repeatable)")
      ->type_name("PATH=VALUE")
      ->allow_extra_args(false);
  app->add_flag("--json", options->json, "Print the result as JSON");
  app->footer("Example:\n  brenier validate my.json -s model.steps=500");
  app->callback([options] { validate_detail::validate(*options); });
}

}  // namespace brenier::apps
