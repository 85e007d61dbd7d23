#include "ot/gromov/gromov_wasserstein.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string>
#include <utility>

#include "core/error.h"
#include "core/number_text.h"
#include "ot/geometry/dense_cost.h"
#include "ot/geometry/node_input.h"
#include "ot/gromov/gromov_check.h"
#include "ot/gromov/gromov_loss.h"
#include "ot/sinkhorn/sinkhorn.h"

namespace brenier::ot {
namespace gromov_detail {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

constexpr double kLeastStep = 1.0 / 256;

// A solved linearised problem: its plan and what V is made of.
struct State {
  RowMatrix plan;
  GromovObjective::Parts parts;
  double gromov = 0;
  double linear = 0;
  double entropy = 0;  // KL(P | a b^T)
  SinkhornOutput inner;
};

class Run final {
 public:
  Run(const CheckedGromov& checked, const GromovProblem& problem, const GromovSettings& settings)
      : checked_(checked),
        settings_(settings),
        objective_(problem.loss, checked.x.cost, checked.y.cost),
        mass_(checked.a.sum().item<double>()),
        step_(settings.step > 0 ? settings.step : 1) {
    state_.plan = checked.start;
    state_.parts = objective_.parts(state_.plan);
    if (problem.epsilon) {
      epsilon_ = *problem.epsilon;
      return;
    }
    const RowMatrix product = to_row_matrix(checked.a) * to_row_matrix(checked.b).transpose() / mass_;
    const auto at_product = settings.start.defined() ? objective_.parts(product) : state_.parts;
    const RowMatrix slope = linearised_at(at_product);
    epsilon_ = 0.05 * (slope.array() * product.array()).sum() / mass_;
    if (!(epsilon_ > 0)) {
      throw Error(ErrorKind::kData, "the costs give no scale for epsilon")
          .at("epsilon")
          .found("a mean linearised cost of " + number_text(epsilon_ / 0.05))
          .hint("give epsilon");
    }
  }

  void iterate(GromovOutput& out) {
    cost_ = linearised();
    while (out.iterations < settings_.max_iterations) {
      State next = solve(cost_);
      // The start is no solution, so that its distance and value say nothing about the step.
      const bool first = out.iterations == 0;
      const double weight = first ? 1.0 : step_;
      out.change = (next.plan - state_.plan).cwiseAbs().sum() / mass_ / weight;
      const bool rises = !first && value(next) > value(state_) + slack(next);
      state_ = std::move(next);
      ++out.iterations;
      out.inner_iterations += state_.inner.iterations;
      out.values.push_back(value(state_));
      if (settings_.progress && !settings_.progress({out.iterations, out.values.back(), out.change})) {
        out.status = SinkhornStatus::kCancelled;
        break;
      }
      if (state_.inner.status == SinkhornStatus::kCancelled) {
        out.status = SinkhornStatus::kCancelled;
        break;
      }
      if (out.change <= settings_.threshold) {
        if (state_.inner.converged()) out.status = SinkhornStatus::kConverged;
        if (state_.inner.status == SinkhornStatus::kStalled) out.status = SinkhornStatus::kStalled;
        if (out.status != SinkhornStatus::kMaxIterations) break;
      }
      if (rises && settings_.step == 0) step_ = std::max(kLeastStep, step_ / 2);
      cost_ = step_ * linearised() + (1 - step_) * cost_;
    }
  }

  void report(GromovOutput& out) const {
    out.gromov_cost = state_.gromov;
    out.linear_cost = state_.linear;
    out.entropy = state_.entropy;
    out.epsilon = epsilon_;
    out.alpha = checked_.alpha;
    out.transport_cost = transport(state_);
    out.marginal_error = state_.inner.marginal_error;
    out.step = step_;
  }

  [[nodiscard]] const State& state() const { return state_; }
  [[nodiscard]] const GromovObjective& objective() const { return objective_; }
  [[nodiscard]] double value(const State& state) const { return transport(state) + epsilon_ * state.entropy; }

 private:
  [[nodiscard]] double transport(const State& state) const {
    return checked_.alpha * state.gromov + (1 - checked_.alpha) * state.linear;
  }
  [[nodiscard]] RowMatrix linearised_at(const GromovObjective::Parts& parts) const {
    RowMatrix out = checked_.alpha * objective_.gradient(parts);
    if (checked_.fused) out += (1 - checked_.alpha) * checked_.cross.cost.left();
    return out;
  }
  [[nodiscard]] RowMatrix linearised() const { return linearised_at(state_.parts); }

  // What marginals that are not quite met may do to V, in the plan of now and the next one.
  [[nodiscard]] double slack(const State& next) const {
    const double error = state_.inner.marginal_error + next.inner.marginal_error;
    return 1e-12 * std::abs(value(next)) + error * mass_ * (cost_.cwiseAbs().maxCoeff() + epsilon_);
  }

  State solve(const RowMatrix& cost) {
    auto linear = linear_problem(std::make_shared<DenseCost>(to_tensor(cost, at::kDouble)), epsilon_);
    linear.a = checked_.a;
    linear.b = checked_.b;
    State out;
    auto settings = settings_.inner;
    settings.transport_cost = true;  // its entropy is needed
    out.inner = sinkhorn(linear, settings, start_);
    const auto& solution = out.inner.record->solution;
    fill(solution, out);
    start_ = SinkhornStart{solution.F, solution.G};
    for (auto* part : {&start_.f, &start_.g})
      for (double& potential : *part) potential *= epsilon_;
    out.parts = objective_.parts(out.plan);
    out.gromov = objective_.value(out.plan, out.parts);
    if (checked_.fused) out.linear = (out.plan.array() * checked_.cross.cost.left().array()).sum();
    return out;
  }

  // The plan and its entropy, sum P log(P / (a b)) - P + a b.
  void fill(const SinkhornSolution& solution, State& out) const {
    const auto& passes = out.inner.record->passes();
    const auto& sides = out.inner.record->checked;
    out.plan.resize(passes.rows(), passes.columns());
    passes.plan_rows(solution.plan(epsilon_), 0, passes.rows(), out.plan.data());
    const auto& moments = solution.row_moments;
    for (std::size_t i = 0; i < moments.mass.size(); ++i) {
      if (sides.a.weights[i] == 0) continue;
      out.entropy += moments.entropy[i] - moments.mass[i] * (sides.a.log_weights[i] + 1);
    }
    for (std::size_t j = 0; j < solution.column_mass.size(); ++j)
      if (sides.b.weights[j] > 0) out.entropy -= solution.column_mass[j] * sides.b.log_weights[j];
    out.entropy += sides.a.mass * sides.b.mass;
  }

  const CheckedGromov& checked_;
  const GromovSettings& settings_;
  GromovObjective objective_;
  double mass_;
  double step_;
  double epsilon_ = 0;
  State state_;
  RowMatrix cost_;
  SinkhornStart start_;
};

// Gradients of V in the tensors of one side, added up where row and column are one tensor.
LeafGradients side_gradients(const ReadCost& read, const CostOperator& slope) {
  auto out = leaf_gradients(read, slope);
  if (out.row.defined() && read.row.is_same(read.column)) {
    out.row = out.row + out.column;
    out.column = at::Tensor();
  }
  return out;
}

struct Node : public Function<Node> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& y, const at::Tensor& cross,
                            const at::Tensor& a, const at::Tensor& b, const at::Tensor& value,
                            const variable_list& gradients) {
    (void)x, (void)y, (void)cross, (void)a, (void)b;
    ctx->save_for_backward(gradients);
    return value.clone();
  }
  static variable_list backward(AutogradContext* ctx, const variable_list& cotangents) {
    if (at::GradMode::is_enabled()) {
      throw Error(ErrorKind::kUsage, "second derivatives of a Gromov-Wasserstein value are not computed")
          .hint("take finite differences of its gradient");
    }
    const auto saved = ctx->get_saved_variables();
    variable_list out(7);
    for (std::size_t k = 0; k < saved.size(); ++k)
      if (saved[k].defined()) out[k] = cotangents[0] * saved[k];
    return out;
  }
};

at::Tensor differentiable_value(const Run& run, const CheckedGromov& checked, const GromovProblem& problem) {
  const auto& state = run.state();
  variable_list gradients(5);
  const auto scaled = [&](CostOperator slope) {
    RowMatrix left = checked.alpha * slope.left();
    return slope.factored() ? CostOperator(std::move(left), slope.right()) : CostOperator(std::move(left));
  };
  if (wants(checked.x.row))
    gradients[0] = side_gradients(checked.x, scaled(run.objective().gradient_c1(state.plan))).row;
  if (wants(checked.y.row))
    gradients[1] = side_gradients(checked.y, scaled(run.objective().gradient_c2(state.plan))).row;
  if (checked.fused && wants(checked.cross.row))
    gradients[2] = to_tensor(RowMatrix((1 - checked.alpha) * state.plan), checked.dtype);
  if (wants(problem.a) || wants(problem.b)) {
    // The multipliers of the marginals are those of the last linearised problem.
    const auto slope = envelope_gradient(state.inner.record->solved(), {false, false});
    if (wants(problem.a)) gradients[3] = to_tensor(to_eigen(slope.a), checked.dtype);
    if (wants(problem.b)) gradients[4] = to_tensor(to_eigen(slope.b), checked.dtype);
  }
  const auto value = at::scalar_tensor(run.value(state), at::TensorOptions().dtype(checked.dtype));
  return Node::apply(present(checked.x.row), present(checked.y.row), present(checked.cross.row), present(problem.a),
                     present(problem.b), value, gradients);
}

}  // namespace gromov_detail

SinkhornSettings GromovSettings::inner_defaults() {
  SinkhornSettings out;
  out.threshold = 1e-7;
  out.certify = false;
  return out;
}

GromovOutput gromov_wasserstein(const GromovProblem& problem, const GromovSettings& settings) {
  const auto begun = std::chrono::steady_clock::now();
  const auto checked = check_gromov(problem, settings);
  gromov_detail::Run run(checked, problem, settings);
  GromovOutput out;
  run.iterate(out);
  run.report(out);
  out.plan = to_tensor(run.state().plan, checked.dtype);
  out.value = gromov_detail::differentiable_value(run, checked, problem);
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  return out;
}

}  // namespace brenier::ot
