#include "apps/ot/options.h"

#include <ATen/ATen.h>

#include "apps/ot/arrays.h"
#include "apps/ot/watch.h"
#include "core/compute.h"
#include "core/error.h"
#include "core/log.h"
#include "core/number_text.h"
#include "ot/cost/cost.h"
#include "ot/geometry/dense_cost.h"
#include "ot/geometry/point_cloud.h"
#include "ot/initialise/from_potentials.h"
#include "ot/initialise/initialiser.h"

namespace brenier::apps {
namespace options_detail {

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

ot::MarginalPenalty penalty(const std::optional<double>& tau, const std::optional<double>& rho) {
  if (tau) return ot::MarginalPenalty::tau(*tau);
  if (rho) return ot::MarginalPenalty::rho(*rho);
  return {};
}

at::Tensor uniform(ot::Index count, at::ScalarType dtype) {
  return at::full({count}, 1.0 / static_cast<double>(count), at::TensorOptions().dtype(dtype));
}

}  // namespace options_detail

void OtInput::add_to(CLI::App& app, bool with_cost_matrix) {
  app.add_option("--x", x, "Source points, .npy [N, D] or [N]")->type_name("FILE");
  app.add_option("--y", y, "Target points, .npy [M, D] or [M]")->type_name("FILE");
  app.add_option("--a", a, "Weights of x, .npy [N] (uniform when not given)")->type_name("FILE");
  app.add_option("--b", b, "Weights of y, .npy [M] (uniform when not given)")->type_name("FILE");
  if (with_cost_matrix)
    app.add_option("--cost-matrix", cost_matrix, "Costs instead of points, .npy [N, M]")->type_name("FILE");
  app.add_option("--cost", cost, "Ground cost: " + options_detail::joined(ot::cost_names()))
      ->capture_default_str()
      ->type_name("NAME");
  app.add_option("--dtype", dtype, "Type of the computation (that of the input when not given)")
      ->check(CLI::IsMember({"float32", "float64"}));
  app.add_option("--threads", threads, "Threads; 0: all cores")->check(CLI::NonNegativeNumber)->capture_default_str();
}

at::ScalarType OtInput::scalar_type() const {
  if (dtype == "float32") return at::kFloat;
  if (dtype == "float64") return at::kDouble;
  const auto type_of = [](const std::string& path) { return read_tensor(path).scalar_type(); };
  if (!cost_matrix.empty()) return type_of(cost_matrix) == at::kFloat ? at::kFloat : at::kDouble;
  if (x.empty() || y.empty()) return at::kDouble;  // problem() says what is missing
  return type_of(x) == at::kFloat && type_of(y) == at::kFloat ? at::kFloat : at::kDouble;
}

at::Tensor OtInput::points(const std::string& path, at::ScalarType type) const {
  auto out = read_tensor(path, type);
  return out.dim() == 1 ? out.unsqueeze(1) : out;
}

ot::LinearProblem OtInput::problem(bool gradients) const {
  apply_compute({"cpu", threads});
  const bool has_points = !x.empty() && !y.empty();
  if (has_points == !cost_matrix.empty() || x.empty() != y.empty()) {
    throw Error(ErrorKind::kUsage, "transport needs points on both sides, or a cost matrix")
        .found(std::string(x.empty() ? "no --x" : "--x") + ", " + (y.empty() ? "no --y" : "--y") + ", " +
               (cost_matrix.empty() ? "no --cost-matrix" : "--cost-matrix"))
        .expected("--x and --y, or --cost-matrix where the command has it");
  }
  const auto type = scalar_type();
  const auto leaf = [gradients](const at::Tensor& tensor) {
    return gradients ? tensor.clone().requires_grad_(true) : tensor;
  };
  ot::LinearProblem out;
  if (has_points) {
    const auto ground = ot::cost_by_name(cost);
    out.geometry = with_context(x + " and " + y, [&] {
      return std::make_shared<ot::PointCloud>(leaf(points(x, type)), leaf(points(y, type)), ground);
    });
  } else {
    out.geometry = with_context(cost_matrix,
                                [&] { return std::make_shared<ot::DenseCost>(leaf(read_tensor(cost_matrix, type))); });
  }
  const auto weights = [&](const std::string& path, ot::Index count) {
    return leaf(path.empty() ? options_detail::uniform(count, type) : read_tensor(path, type));
  };
  out.a = weights(a, out.geometry->rows());
  out.b = weights(b, out.geometry->columns());
  return out;
}

void OtSolver::add_to(CLI::App& app, bool with_init) {
  app.add_option("-e,--epsilon", epsilon, "Strength of the entropy, in units of the cost (0.05 times the mean cost)");
  app.add_option("--epsilon-scale", epsilon_scale, "Multiply epsilon by this of the cost: none, mean, std, max")
      ->capture_default_str()
      ->type_name("NAME");
  const auto side = [&](const std::string& name, std::optional<double>& tau, std::optional<double>& rho) {
    auto* relative =
        app.add_option("--tau-" + name, tau, "Hold marginal " + name + " softly: rho/(rho+epsilon) in (0, 1]");
    app.add_option("--rho-" + name, rho, "The same as the weight rho of its divergence")->excludes(relative);
  };
  side("a", tau_a, rho_a);
  side("b", tau_b, rho_b);
  app.add_option("--reference", reference, "Reference of the entropy: kl (a b^T) or counting")
      ->capture_default_str()
      ->type_name("NAME");
  if (with_init) {
    app.add_option("--init", init,
                   "Start: " + options_detail::joined(ot::initialiser_names()) + ", or a .npy file of potentials f [N]")
        ->capture_default_str()
        ->type_name("NAME|FILE");
  }
  app.add_option("--threshold", threshold, "Largest marginal error, relative to the mass")->capture_default_str();
  app.add_option("--max-iterations", max_iterations, "Give up after so many")->capture_default_str();
  app.add_option("--fixed-iterations", fixed_iterations, "Exactly so many plain iterations")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--plan-mib", plan_mib, "Keep a plan of up to so many MiB in memory where that is faster; 0: never")
      ->check(CLI::Range(0, 1 << 20));
}

void OtSolver::apply_to(ot::LinearProblem& problem, bool gradients) const {
  problem.epsilon_scale = ot::epsilon_scale_by_name(epsilon_scale);
  problem.reference = ot::reference_by_name(reference);
  problem.penalty_a = options_detail::penalty(tau_a, rho_a);
  problem.penalty_b = options_detail::penalty(tau_b, rho_b);
  if (!epsilon && problem.epsilon_scale != ot::EpsilonScale::kNone) {
    throw Error(ErrorKind::kUsage, "a scale of epsilon needs an epsilon to multiply").at("--epsilon-scale");
  }
  if (epsilon) {
    problem.epsilon = at::scalar_tensor(*epsilon, at::TensorOptions().dtype(at::kDouble));
  } else if (gradients) {
    // A leaf for the gradient, at the default.
    problem.epsilon = at::scalar_tensor(ot::check_problem(problem).epsilon, at::TensorOptions().dtype(at::kDouble));
  }
  if (gradients) problem.epsilon.requires_grad_(true);
}

ot::SinkhornSettings OtSolver::settings() const {
  ot::SinkhornSettings out;
  out.threshold = threshold;
  out.max_iterations = max_iterations;
  out.fixed_iterations = fixed_iterations;
  if (plan_mib) out.plan_bytes = *plan_mib << 20;
  ot::check_settings(out);
  return out;
}

ot::SinkhornStart OtSolver::start(const ot::LinearProblem& problem) const {
  if (init.ends_with(".npy")) {
    return with_context(
        init, [&] { return ot::FromPotentials(read_tensor(init, problem.geometry->dtype())).start(problem); });
  }
  return ot::initialiser_by_name(init)->start(problem);
}

ot::SinkhornOutput solve_watched(const ot::LinearProblem& problem, const OtSolver& solver) {
  SolveWatch watch("Sinkhorn");
  auto settings = solver.settings();
  settings.progress = watch.callback(settings);
  auto output = ot::sinkhorn(problem, settings, solver.start(problem));
  watch.finish();
  warn_unless_converged("Sinkhorn", output.status, output.marginal_error, solver);
  return output;
}

nlohmann::ordered_json solve_json(const ot::SinkhornOutput& output) {
  nlohmann::ordered_json json{{"value", output.value.item<double>()},
                              {"transport_cost", output.transport_cost},
                              {"dual", output.dual},
                              {"gap", nullptr},
                              {"iterations", output.iterations},
                              {"marginal_error", output.marginal_error},
                              {"converged", output.converged()},
                              {"status", ot::to_string(output.status)},
                              {"epsilon", output.epsilon},
                              {"seconds", output.seconds},
                              {"method", output.method}};
  if (output.gap) json["gap"] = *output.gap;
  return json;
}

void warn_unless_converged(const std::string& what, ot::SinkhornStatus status, double marginal_error,
                           const OtSolver& solver) {
  if (status == ot::SinkhornStatus::kConverged || solver.fixed_iterations > 0) return;
  TerminalReporter().warn(what + " did not converge (" + ot::to_string(status) + "): marginal error " +
                          number_text(marginal_error) + ", asked " + number_text(solver.threshold) +
                          "; raise --max-iterations or --epsilon, or --threshold when the type's rounding is reached");
}

}  // namespace brenier::apps
