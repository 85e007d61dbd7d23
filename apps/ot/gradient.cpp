// brenier ot gradient: exact derivatives of a Sinkhorn solve in points, costs, weights and epsilon.
#include <ATen/ATen.h>

#include <memory>

#include "apps/command.h"
#include "apps/ot/arrays.h"
#include "apps/ot/options.h"
#include "apps/ot/ot.h"
#include "core/error.h"
#include "core/shape.h"

namespace brenier::apps {
namespace ot_gradient_detail {

struct Options {
  OtInput input;
  OtSolver solver;
  std::string loss = "value";
  std::string weights;
  std::string out;
};

at::Tensor loss_of(const Options& options, const ot::SinkhornOutput& output) {
  if (options.loss == "value") return output.value;
  const auto weights = read_tensor(options.weights, output.f.scalar_type());
  with_context(options.weights, [&] { check_shape(weights, "weights", "[N]", {{"N", output.f.size(0)}}); });
  check_finite(weights, options.weights);
  // A row of weight zero has the potential -inf and no say in the loss.
  return at::where(output.f.isfinite(), weights * output.f, at::zeros_like(weights)).sum();
}

void gradient(const Options& options) {
  if ((options.loss == "dot_f") == options.weights.empty()) {
    throw Error(ErrorKind::kUsage, "the loss dot_f, and only it, needs weights")
        .found("--loss " + options.loss + (options.weights.empty() ? " without" : " with") + " --weights");
  }
  auto problem = options.input.problem(true);
  options.solver.apply_to(problem, true);
  const auto output = solve_watched(problem, options.solver);
  const auto loss = loss_of(options, output);
  loss.backward();
  nlohmann::ordered_json files = nlohmann::ordered_json::object();
  const auto write = [&](const std::string& name, const at::Tensor& leaf) {
    const auto path = options.out + "." + name + ".npy";
    const auto& gradient = leaf.grad();
    write_tensor(path, gradient.defined() ? gradient : at::zeros_like(leaf));
    files[name] = path;
  };
  if (problem.geometry->column_leaf().defined()) {
    write("x", problem.geometry->row_leaf());
    write("y", problem.geometry->column_leaf());
  } else {
    write("cost", problem.geometry->row_leaf());
  }
  write("a", problem.a);
  write("b", problem.b);
  write("epsilon", problem.epsilon);
  auto json = solve_json(output);
  json["loss"] = loss.item<double>();
  json["files"] = std::move(files);
  print_json(json);
}

}  // namespace ot_gradient_detail

void add_ot_gradient(CLI::App& ot) {
  auto options = std::make_shared<ot_gradient_detail::Options>();
  auto* app = ot.add_subcommand("gradient", "Exact gradients in x, y (or the costs), a, b and epsilon");
  options->input.add_to(*app, true);
  options->solver.add_to(*app, true);
  app->add_option("--loss", options->loss, "value: the transport value; dot_f: sum of weights times f")
      ->check(CLI::IsMember({"value", "dot_f"}))
      ->capture_default_str();
  app->add_option("--weights", options->weights, "Weights of dot_f, .npy [N]")->type_name("FILE");
  app->add_option("-o,--out", options->out, "Write PREFIX.x.npy, .y, .a, .b, .epsilon (.cost for a cost matrix)")
      ->required()
      ->type_name("PREFIX");
  app->footer(
      "A gradient is as exact as the solve: lower --threshold for more digits.\n"
      "Example:\n"
      "  brenier ot gradient --x x.npy --y y.npy --epsilon 0.1 --threshold 1e-9 --loss dot_f --weights w.npy --out g");
  app->callback([options] { ot_gradient_detail::gradient(*options); });
}

}  // namespace brenier::apps
