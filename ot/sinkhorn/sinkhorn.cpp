#include "ot/sinkhorn/sinkhorn.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <chrono>
#include <utility>

#include "core/error.h"
#include "ot/geometry/held.h"
#include "ot/sinkhorn/tangent_tensors.h"

namespace brenier::ot {
namespace sinkhorn_detail {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

variable_list as_list(const SinkhornMove& move) {
  return {move.row_leaf, move.column_leaf, move.a, move.b, move.epsilon};
}

// Autograd takes no undefined tensors.
at::Tensor present(const at::Tensor& tensor) { return tensor.defined() ? tensor : at::empty({0}); }

bool wants(const at::Tensor& tensor) { return tensor.defined() && tensor.requires_grad(); }

WantedGradients wanted_of(const SinkhornRecord& record) {
  return {wants(record.problem.geometry->row_leaf()), wants(record.problem.geometry->column_leaf())};
}

// Gradients of tensors that do not ask for one, or are not there, are dropped.
variable_list only_wanted(const variable_list& inputs, variable_list gradients) {
  for (std::size_t k = 0; k < gradients.size(); ++k)
    if (!wants(inputs[k])) gradients[k] = at::Tensor();
  return gradients;
}

// The gradient of value as a function of the same inputs; its own derivative is the Hessian, which is symmetric.
struct Envelope : public Function<Envelope> {
  static variable_list forward(AutogradContext* ctx, const at::Tensor& row, const at::Tensor& column,
                               const at::Tensor& a, const at::Tensor& b, const at::Tensor& epsilon,
                               const std::shared_ptr<const SinkhornRecord>& record) {
    ctx->saved_data["record"] = hold(record);
    ctx->save_for_backward({row, column, a, b, epsilon});
    auto gradients = as_list(to_move(*record, envelope_gradient(record->solved(), wanted_of(*record))));
    for (auto& gradient : gradients)
      if (!gradient.defined()) gradient = at::zeros({0});
    return gradients;
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& cotangents) {
    const auto holder = held<SinkhornRecord>(ctx->saved_data["record"]);
    const auto& record = *holder;
    const auto inputs = ctx->get_saved_variables();
    if (wants(inputs[4]) || (cotangents[4].defined() && at::any(cotangents[4] != 0).item<bool>())) {
      throw Error(ErrorKind::kUsage, "second derivatives in epsilon are not computed")
          .at("a second derivative of a Sinkhorn value")
          .hint("detach epsilon");
    }
    const auto part = [&](std::size_t k) {
      return cotangents[k].defined() && cotangents[k].numel() > 0 ? cotangents[k] : at::Tensor();
    };
    const auto move = to_tangent(record, {part(0), part(1), part(2), part(3), {}});
    auto gradients =
        as_list(to_move(record, envelope_move(record.solved(), move, wanted_of(record), record.settings.implicit)));
    gradients[4] = at::Tensor();
    gradients = only_wanted(inputs, std::move(gradients));
    gradients.emplace_back();
    return gradients;
  }
};

// Gradients of potentials come without a graph of their own: this says so instead of a silent zero.
struct OnceOnly : public Function<OnceOnly> {
  static at::Tensor forward(AutogradContext*, const at::Tensor& gradient, const at::Tensor& /*cotangent*/) {
    return gradient.clone();
  }
  static variable_list backward(AutogradContext*, const variable_list&) {
    throw Error(ErrorKind::kUsage, "second derivatives of potentials are not computed")
        .at("f and g of a Sinkhorn solve")
        .hint("second derivatives of value are; or take finite differences of sinkhorn_jvp");
  }
};

struct Node : public Function<Node> {
  static variable_list forward(AutogradContext* ctx, const at::Tensor& row, const at::Tensor& column,
                               const at::Tensor& a, const at::Tensor& b, const at::Tensor& epsilon,
                               const std::shared_ptr<const SinkhornRecord>& record) {
    ctx->saved_data["record"] = hold(record);
    ctx->save_for_backward({row, column, a, b, epsilon});
    ctx->set_materialize_grads(false);
    const auto dtype = record->problem.geometry->dtype();
    const auto unscaled = [&](std::vector<double> scaled) {
      for (double& value : scaled) value *= record->checked.epsilon;
      const auto count = static_cast<Index>(scaled.size());
      return to_tensor(scaled, {count}, dtype);
    };
    return {unscaled(record->solution.F), unscaled(record->solution.G),
            at::scalar_tensor(record->solution.value, at::TensorOptions().dtype(dtype))};
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& cotangents) {
    const auto holder = held<SinkhornRecord>(ctx->saved_data["record"]);
    const auto& record = *holder;
    const auto inputs = ctx->get_saved_variables();
    variable_list total(5);
    const auto add = [&](std::size_t k, const at::Tensor& gradient) {
      total[k] = total[k].defined() ? total[k] + gradient : gradient;
    };
    if (cotangents[2].defined()) {
      const auto gradients = Envelope::apply(inputs[0], inputs[1], inputs[2], inputs[3], inputs[4], holder);
      for (std::size_t k = 0; k < 5; ++k)
        if (wants(inputs[k])) add(k, gradients[k] * cotangents[2].to(gradients[k].scalar_type()));
    }
    if (cotangents[0].defined() || cotangents[1].defined()) {
      const PotentialTangent cotangent{to_vector(cotangents[0]), to_vector(cotangents[1])};
      const auto gradients = as_list(
          to_move(record, potential_gradient(record.solved(), cotangent, wanted_of(record), record.settings.implicit)));
      const auto& used = cotangents[0].defined() ? cotangents[0] : cotangents[1];
      for (std::size_t k = 0; k < 5; ++k) {
        if (!wants(inputs[k])) continue;
        add(k, at::GradMode::is_enabled() ? OnceOnly::apply(gradients[k].detach().requires_grad_(true), used)
                                          : gradients[k]);
      }
    }
    total.emplace_back();
    return total;
  }
};

}  // namespace sinkhorn_detail

SinkhornOutput sinkhorn_output(std::shared_ptr<const SinkhornRecord> record) {
  const auto& solution = record->solution;

  SinkhornOutput out;
  out.record = record;
  using sinkhorn_detail::present;
  const auto tensors = sinkhorn_detail::Node::apply(
      present(out.record->problem.geometry->row_leaf()), present(out.record->problem.geometry->column_leaf()),
      present(out.record->problem.a), present(out.record->problem.b), present(out.record->problem.epsilon), out.record);
  out.f = tensors[0];
  out.g = tensors[1];
  out.value = tensors[2];
  out.transport_cost = solution.transport_cost;
  out.dual = solution.value;
  out.gap = solution.gap;
  out.marginal_error = solution.marginal_error;
  out.iterations = solution.iterations;
  out.status = solution.status;
  out.epsilon = out.record->checked.epsilon;
  out.method = solution.method;
  out.errors = solution.errors;
  return out;
}

SinkhornOutput sinkhorn(const LinearProblem& problem, const SinkhornSettings& settings, const SinkhornStart& start) {
  const auto begun = std::chrono::steady_clock::now();
  auto record = std::make_shared<SinkhornRecord>();
  record->problem = problem;
  record->settings = settings;
  record->checked = check_problem(problem);
  record->solution = solve_sinkhorn(record->passes(), record->checked, start, settings);
  auto out = sinkhorn_output(record);
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  return out;
}

SinkhornMoved sinkhorn_jvp(const SinkhornOutput& output, const SinkhornMove& move) {
  const auto& record = *output.record;
  const auto tangent = to_tangent(record, move);
  const auto moved = potential_move(record.solved(), tangent, record.settings.implicit);
  const auto gradient =
      envelope_gradient(record.solved(), {!tangent.leaves.row.empty(), !tangent.leaves.column.empty()});
  double value = gradient.epsilon * tangent.epsilon;
  const auto add = [&value](const std::vector<double>& slope, const std::vector<double>& step) {
    for (std::size_t k = 0; k < step.size(); ++k) value += slope[k] * step[k];
  };
  add(gradient.leaves.row, tangent.leaves.row);
  add(gradient.leaves.column, tangent.leaves.column);
  add(gradient.a, tangent.a);
  add(gradient.b, tangent.b);
  const auto dtype = record.problem.geometry->dtype();
  return {to_tensor(moved.f, {record.passes().rows()}, dtype), to_tensor(moved.g, {record.passes().columns()}, dtype),
          at::scalar_tensor(value, at::TensorOptions().dtype(dtype))};
}

SinkhornMove sinkhorn_hvp(const SinkhornOutput& output, const SinkhornMove& move) {
  const auto& record = *output.record;
  const auto& geometry = *record.problem.geometry;
  auto out = to_move(record, envelope_move(record.solved(), to_tangent(record, move),
                                           {geometry.row_leaf().defined(), geometry.column_leaf().defined()},
                                           record.settings.implicit));
  out.epsilon = at::Tensor();
  return out;
}

}  // namespace brenier::ot
