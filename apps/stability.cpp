// brenier stability RUN RUN...: how far runs agree about which action moves which latent.
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "apps/command.h"
#include "apps/run_or_model.h"
#include "core/error.h"
#include "core/log.h"
#include "core/number_text.h"
#include "core/text_table.h"
#include "train/evaluation/mechanism_agreement.h"

namespace brenier::apps {
namespace stability_detail {

using brenier::train::MechanismAgreement;

struct Options {
  std::vector<std::string> runs;
  std::string data;
  bool json = false;
};

struct Pair {
  std::string first;
  std::string second;
  MechanismAgreement agreement;
};

const std::vector<std::pair<const char*, double MechanismAgreement::*>>& scores() {
  static const std::vector<std::pair<const char*, double MechanismAgreement::*>> all{
      {"latent_correlation", &MechanismAgreement::latent_correlation},
      {"mask_f1", &MechanismAgreement::mask_f1},
      {"mask_f1_chance", &MechanismAgreement::mask_f1_chance},
      {"mask_jaccard", &MechanismAgreement::mask_jaccard},
      {"shift_correlation", &MechanismAgreement::shift_correlation}};
  return all;
}

// Over the pairs where it is defined; NaN when there is none.
double mean(const std::vector<Pair>& pairs, double MechanismAgreement::* score) {
  double sum = 0.0;
  int count = 0;
  for (const auto& pair : pairs) {
    if (std::isnan(pair.agreement.*score)) continue;
    sum += pair.agreement.*score;
    ++count;
  }
  return sum / count;
}

std::string table(const std::vector<Pair>& pairs) {
  const auto number = [](double value) { return std::isnan(value) ? std::string("-") : fixed_text(value, 3); };
  std::vector<TextColumn> columns{{"runs", Align::kLeft}, {"cells", Align::kRight}, {"actions", Align::kRight}};
  for (const auto& [name, score] : scores()) columns.push_back({name, Align::kRight});
  TextTable table(columns);
  for (const auto& pair : pairs) {
    std::vector<std::string> cells{pair.first + " and " + pair.second, std::to_string(pair.agreement.cells),
                                   std::to_string(pair.agreement.actions)};
    for (const auto& [name, score] : scores()) cells.push_back(number(pair.agreement.*score));
    table.add_row(std::move(cells));
  }
  if (pairs.size() > 1) {
    table.add_rule();
    std::vector<std::string> cells{"mean", "", ""};
    for (const auto& [name, score] : scores()) cells.push_back(number(mean(pairs, score)));
    table.add_row(std::move(cells));
  }
  return table.to_string(is_terminal(stdout));
}

nlohmann::ordered_json to_json(const std::vector<Pair>& pairs) {
  nlohmann::ordered_json json{{"pairs", nlohmann::ordered_json::array()}};
  for (const auto& pair : pairs) {
    nlohmann::ordered_json one{{"first", pair.first},
                               {"second", pair.second},
                               {"cells", pair.agreement.cells},
                               {"actions", pair.agreement.actions}};
    for (const auto& [name, score] : scores()) one[name] = pair.agreement.*score;
    json["pairs"].push_back(std::move(one));
  }
  for (const auto& [name, score] : scores()) json["mean"][name] = mean(pairs, score);
  return json;
}

void stability(const Options& options) {
  if (options.runs.size() < 2) {
    throw Error(ErrorKind::kUsage, "agreement takes at least two runs").found(std::to_string(options.runs.size()));
  }
  TerminalReporter reporter;
  std::vector<brenier::train::MechanismRun> runs;
  for (const auto& run : options.runs) {
    const auto opened = open_run_or_model(run, options.data, reporter);
    runs.push_back(brenier::train::mechanism_run(run, *opened.model, opened.prepared));
  }
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    for (std::size_t j = i + 1; j < runs.size(); ++j) {
      pairs.push_back({runs[i].name, runs[j].name, brenier::train::mechanism_agreement(runs[i], runs[j])});
    }
  }
  if (options.json) return print_json(to_json(pairs));
  print(table(pairs));
}

}  // namespace stability_detail

void add_stability(CLI::App& root) {
  auto options = std::make_shared<stability_detail::Options>();
  auto* app = root.add_subcommand("stability", "Say how far runs agree about which action moves which latent");
  app->add_option("runs", options->runs, "Run folders of models with latent mechanisms, two or more")->required();
  app->add_option("--data", options->data,
                  "Other data of the same form (.h5ad); those of each training when not given");
  app->add_flag("--json", options->json, "JSON instead of a table");
  app->footer(
      "Latents are matched by their correlation on the cells that two runs have in common; docs/evaluation.md has the\n"
      "scores.\n\nExamples:\n  brenier stability runs/seed0 runs/seed1 runs/seed2\n"
      "  brenier stability runs/all_genes runs/half_of_them --json");
  app->callback([options] { stability_detail::stability(*options); });
}

}  // namespace brenier::apps
