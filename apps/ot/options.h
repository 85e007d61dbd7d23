// What the verbs of `brenier ot` share: the points or the cost matrix, the weights, and how Sinkhorn is run.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "ot/sinkhorn/sinkhorn.h"

namespace brenier::apps {

struct OtInput {
  std::string x;
  std::string y;
  std::string a;
  std::string b;
  std::string cost_matrix;
  std::string cost = "sqeuclidean";
  std::string dtype;
  std::int64_t threads = 0;

  // Without a cost matrix the verb needs points.
  void add_to(CLI::App& app, bool with_cost_matrix);

  // The type of the computation: --dtype, else float32 when the points (or the cost matrix) are, else float64.
  [[nodiscard]] at::ScalarType scalar_type() const;
  // Points [N, D]; an array [N] is N points on a line.
  [[nodiscard]] at::Tensor points(const std::string& path, at::ScalarType dtype) const;
  // kUsage unless there are either x and y, or a cost matrix. Weights that are not given are uniform. Leaves, weights
  // and epsilon ask for gradients when `gradients` is set.
  [[nodiscard]] ot::LinearProblem problem(bool gradients = false) const;
};

struct OtSolver {
  std::optional<double> epsilon;
  std::string epsilon_scale = "none";
  std::optional<double> tau_a;
  std::optional<double> tau_b;
  std::optional<double> rho_a;
  std::optional<double> rho_b;
  std::string reference = "kl";
  std::string init = "zeros";
  double threshold = 1e-3;
  std::int64_t max_iterations = 10000;
  std::int64_t fixed_iterations = 0;
  std::optional<std::int64_t> plan_mib;

  void add_to(CLI::App& app, bool with_init);

  // Writes epsilon, penalties and reference into a problem.
  void apply_to(ot::LinearProblem& problem, bool gradients = false) const;
  [[nodiscard]] ot::SinkhornSettings settings() const;
  [[nodiscard]] ot::SinkhornStart start(const ot::LinearProblem& problem) const;
};

// Solves with progress on stderr when it takes long. kInterrupted when stopped by a signal.
[[nodiscard]] ot::SinkhornOutput solve_watched(const ot::LinearProblem& problem, const OtSolver& solver);

// The fields of a solve, in the order of the page on the command.
[[nodiscard]] nlohmann::ordered_json solve_json(const ot::SinkhornOutput& output);
// A line on stderr when the asked threshold was not reached.
void warn_unless_converged(const std::string& what, ot::SinkhornStatus status, double marginal_error,
                           const OtSolver& solver);

}  // namespace brenier::apps
