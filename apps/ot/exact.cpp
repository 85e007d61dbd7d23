// brenier ot exact: transport without entropy.
#include <ATen/ATen.h>

#include <chrono>
#include <memory>
#include <optional>

#include "apps/command.h"
#include "apps/ot/arrays.h"
#include "apps/ot/options.h"
#include "apps/ot/ot.h"
#include "ot/exact/exact_transport.h"
#include "ot/exact/wasserstein_1d.h"

namespace brenier::apps {
namespace ot_exact_detail {

struct Options {
  OtInput input;
  std::string potentials;
  std::string plan;
};

// The power p for which the cost is |x - y|^p of points on a line: then sorting is enough.
std::optional<double> power_on_a_line(const OtInput& input, const ot::LinearProblem& problem) {
  if (!problem.geometry->column_leaf().defined() || problem.geometry->row_leaf().size(1) != 1) return std::nullopt;
  if (input.cost == "sqeuclidean") return 2.0;
  if (input.cost == "euclidean") return 1.0;
  return std::nullopt;
}

void print_result(double value, std::optional<double> gap, double seconds, const std::string& method) {
  nlohmann::ordered_json json{{"value", value},  {"transport_cost", value}, {"dual", value - gap.value_or(0)},
                              {"gap", nullptr},  {"converged", true},       {"seconds", seconds},
                              {"method", method}};
  if (gap) json["gap"] = *gap;
  print_json(json);
}

void exact(const Options& options) {
  const auto problem = options.input.problem();
  const auto begun = std::chrono::steady_clock::now();
  const auto seconds = [begun] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  };
  const auto power = power_on_a_line(options.input, problem);
  if (power && options.plan.empty() && options.potentials.empty()) {
    const auto& geometry = *problem.geometry;
    const auto value = ot::wasserstein_1d(geometry.row_leaf().squeeze(1), geometry.column_leaf().squeeze(1), problem.a,
                                          problem.b, *power);
    return print_result(value.item<double>(), std::nullopt, seconds(), "sorting");
  }
  ot::ExactSettings settings;
  settings.dense_plan = !options.plan.empty();
  const auto output = ot::exact_transport(problem.geometry->cost_matrix(), problem.a, problem.b, settings);
  const double taken = seconds();
  if (!options.potentials.empty()) {
    write_tensor(options.potentials + ".f.npy", output.f);
    write_tensor(options.potentials + ".g.npy", output.g);
  }
  if (!options.plan.empty()) write_tensor(options.plan, output.plan);
  print_result(output.value.item<double>(), output.gap, taken, output.method);
}

}  // namespace ot_exact_detail

void add_ot_exact(CLI::App& ot) {
  auto options = std::make_shared<ot_exact_detail::Options>();
  auto* app = ot.add_subcommand("exact", "Exact transport: network simplex, or assignment for equal weights");
  options->input.add_to(*app, true);
  app->add_option("--potentials", options->potentials, "Write PREFIX.f.npy and PREFIX.g.npy")->type_name("PREFIX");
  app->add_option("--plan", options->plan, "Write the plan [N, M] (.npy)")->type_name("FILE");
  app->footer(
      "Examples:\n"
      "  brenier ot exact --x x.npy --y y.npy\n"
      "  brenier ot exact --cost-matrix c.npy --a a.npy --b b.npy --plan plan.npy");
  app->callback([options] { ot_exact_detail::exact(*options); });
}

}  // namespace brenier::apps
