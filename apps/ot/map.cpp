// brenier ot map: the entropic map of a solved problem at its own points or at new ones.
#include <ATen/ATen.h>

#include <memory>

#include "apps/command.h"
#include "apps/ot/arrays.h"
#include "apps/ot/options.h"
#include "apps/ot/ot.h"
#include "ot/plan/entropic_map.h"

namespace brenier::apps {
namespace ot_map_detail {

struct Options {
  OtInput input;
  OtSolver solver;
  std::string points;
  std::string output;
  bool reverse = false;
};

void map(const Options& options) {
  auto problem = options.input.problem();
  options.solver.apply_to(problem);
  const auto type = problem.geometry->dtype();
  const auto own = options.reverse ? problem.geometry->column_leaf() : problem.geometry->row_leaf();
  const auto points = options.points.empty() ? own : options.input.points(options.points, type);
  const auto output = solve_watched(problem, options.solver);
  const auto direction = options.reverse ? ot::Direction::kColumns : ot::Direction::kRows;
  const auto images = ot::EntropicMap(output, direction).transport(points);
  write_tensor(options.output, images);
  auto json = solve_json(output);
  json["output"] = options.output;
  json["points"] = images.size(0);
  print_json(json);
}

}  // namespace ot_map_detail

void add_ot_map(CLI::App& ot) {
  auto options = std::make_shared<ot_map_detail::Options>();
  auto* app = ot.add_subcommand("map", "Map points by the entropic map: weighted means of y for each x");
  options->input.add_to(*app, false);
  options->solver.add_to(*app, true);
  app->add_option("--points", options->points, "Points to map, .npy [K, D] (x itself when not given)")
      ->type_name("FILE");
  app->add_flag("--reverse", options->reverse, "Map from the side of y to that of x");
  app->add_option("-o,--output", options->output, "The images, .npy [K, D]")->required()->type_name("FILE");
  app->footer(
      "Examples:\n"
      "  brenier ot map --x x.npy --y y.npy --epsilon 0.05 --epsilon-scale mean --output images.npy\n"
      "  brenier ot map --x x.npy --y y.npy --epsilon 0.1 --points new.npy --output new_images.npy");
  app->callback([options] { ot_map_detail::map(*options); });
}

}  // namespace brenier::apps
