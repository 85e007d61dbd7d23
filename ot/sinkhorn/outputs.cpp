#include "ot/sinkhorn/outputs.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <functional>
#include <utility>

#include "core/error.h"
#include "ot/geometry/held.h"
#include "ot/geometry/node_input.h"
#include "ot/sinkhorn/tangent_tensors.h"

namespace brenier::ot {
namespace outputs_detail {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

constexpr std::size_t kInputs = 5;   // row leaf, column leaf, a, b, epsilon of a problem
constexpr std::size_t kOutputs = 3;  // f, g, value

variable_list as_list(const SinkhornMove& move) {
  return {move.row_leaf, move.column_leaf, move.a, move.b, move.epsilon};
}

WantedGradients wanted_of(const SinkhornRecord& record) {
  return {wants(record.problem.geometry->row_leaf()), wants(record.problem.geometry->column_leaf()),
          wants(record.problem.epsilon)};
}

// The inputs of problem k.
at::ArrayRef<at::Tensor> inputs_of(const variable_list& inputs, std::size_t k) {
  return at::ArrayRef<at::Tensor>(inputs).slice(kInputs * k, kInputs);
}

// One result a record, computed side by side.
std::vector<ProblemTangent> each(const SinkhornRecords& records,
                                 const std::function<ProblemTangent(std::size_t)>& compute) {
  std::vector<ProblemTangent> out(records.size());
  std::vector<Index> sizes;
  for (const auto& record : records) sizes.push_back(task_size(record->passes()));
  parallel_tasks(sizes, [&](Index k) { out[static_cast<std::size_t>(k)] = compute(static_cast<std::size_t>(k)); });
  return out;
}

// The gradient of values as a function of the same inputs; its own derivative is the Hessian, which is symmetric.
struct Envelope : public Function<Envelope> {
  static variable_list forward(AutogradContext* ctx, at::TensorList inputs,
                               const std::shared_ptr<const SinkhornRecords>& records) {
    ctx->saved_data["records"] = hold(records);
    ctx->save_for_backward(inputs.vec());
    const auto tangents = each(
        *records, [&](std::size_t k) { return envelope_gradient((*records)[k]->solved(), wanted_of(*(*records)[k])); });
    variable_list out;
    for (std::size_t k = 0; k < records->size(); ++k)
      for (const auto& gradient : as_list(to_move(*(*records)[k], tangents[k])))
        out.push_back(gradient.defined() ? gradient : at::zeros({0}));
    return out;
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& cotangents) {
    const auto records = held<SinkhornRecords>(ctx->saved_data["records"]);
    const auto inputs = ctx->get_saved_variables();
    std::vector<ProblemTangent> moves;
    for (std::size_t k = 0; k < records->size(); ++k) {
      const auto part = [&](std::size_t input) {
        const auto& cotangent = cotangents[kInputs * k + input];
        return cotangent.defined() && cotangent.numel() > 0 ? cotangent : at::Tensor();
      };
      const auto epsilon = part(4);
      if (wants(inputs_of(inputs, k)[4]) || (epsilon.defined() && at::any(epsilon != 0).item<bool>())) {
        throw Error(ErrorKind::kUsage, "second derivatives in epsilon are not computed")
            .at("a second derivative of a Sinkhorn value")
            .hint("detach epsilon");
      }
      moves.push_back(to_tangent(*(*records)[k], {part(0), part(1), part(2), part(3), {}}));
    }
    const auto tangents = each(*records, [&](std::size_t k) {
      const auto& record = *(*records)[k];
      return envelope_move(record.solved(), moves[k], wanted_of(record), record.settings.implicit);
    });
    variable_list out;
    for (std::size_t k = 0; k < records->size(); ++k) {
      const auto gradients = as_list(to_move(*(*records)[k], tangents[k]));
      for (std::size_t input = 0; input < kInputs; ++input) {
        const bool asked = input != 4 && wants(inputs_of(inputs, k)[input]);
        out.push_back(asked ? gradients[input] : at::Tensor());
      }
    }
    out.emplace_back();
    return out;
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

// Some problems of a batch with their inputs and the cotangents of their outputs.
struct Used {
  std::vector<std::size_t> places;  // in the batch
  std::shared_ptr<SinkhornRecords> records = std::make_shared<SinkhornRecords>();
  variable_list inputs;
};

struct Node : public Function<Node> {
  static variable_list forward(AutogradContext* ctx, at::TensorList inputs,
                               const std::shared_ptr<const SinkhornRecords>& records) {
    ctx->saved_data["records"] = hold(records);
    ctx->save_for_backward(inputs.vec());
    ctx->set_materialize_grads(false);
    variable_list out;
    for (const auto& record : *records) {
      const auto dtype = record->problem.geometry->dtype();
      const auto unscaled = [&](std::vector<double> scaled) {
        for (double& value : scaled) value *= record->checked.epsilon;
        const auto count = static_cast<Index>(scaled.size());
        return to_tensor(scaled, {count}, dtype);
      };
      out.push_back(unscaled(record->solution.F));
      out.push_back(unscaled(record->solution.G));
      out.push_back(at::scalar_tensor(record->solution.value, at::TensorOptions().dtype(dtype)));
    }
    return out;
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& cotangents) {
    const auto records = held<SinkhornRecords>(ctx->saved_data["records"]);
    const auto inputs = ctx->get_saved_variables();
    variable_list total(kInputs * records->size());
    const auto add = [&](std::size_t place, std::size_t input, const at::Tensor& gradient) {
      auto& sum = total[kInputs * place + input];
      sum = sum.defined() ? sum + gradient : gradient;
    };
    const auto used = [&](const std::function<bool(std::size_t)>& is_used) {
      Used out;
      for (std::size_t k = 0; k < records->size(); ++k) {
        if (!is_used(kOutputs * k)) continue;
        out.places.push_back(k);
        out.records->push_back((*records)[k]);
        const auto own = inputs_of(inputs, k);
        out.inputs.insert(out.inputs.end(), own.begin(), own.end());
      }
      return out;
    };

    const auto values = used([&](std::size_t first) { return cotangents[first + 2].defined(); });
    if (!values.places.empty()) {
      const auto gradients =
          Envelope::apply(at::TensorList(values.inputs), std::shared_ptr<const SinkhornRecords>(values.records));
      for (std::size_t k = 0; k < values.places.size(); ++k) {
        const auto& cotangent = cotangents[kOutputs * values.places[k] + 2];
        for (std::size_t input = 0; input < kInputs; ++input) {
          const auto& gradient = gradients[kInputs * k + input];
          if (wants(values.inputs[kInputs * k + input]))
            add(values.places[k], input, gradient * cotangent.to(gradient.scalar_type()));
        }
      }
    }

    const auto potentials =
        used([&](std::size_t first) { return cotangents[first].defined() || cotangents[first + 1].defined(); });
    std::vector<PotentialTangent> given;
    for (const auto place : potentials.places)
      given.push_back({to_vector(cotangents[kOutputs * place]), to_vector(cotangents[kOutputs * place + 1])});
    const auto tangents = each(*potentials.records, [&](std::size_t k) {
      const auto& record = *(*potentials.records)[k];
      return potential_gradient(record.solved(), given[k], wanted_of(record), record.settings.implicit);
    });
    for (std::size_t k = 0; k < potentials.places.size(); ++k) {
      const auto place = potentials.places[k];
      const auto gradients = as_list(to_move(*(*potentials.records)[k], tangents[k]));
      const auto& cotangent =
          cotangents[kOutputs * place].defined() ? cotangents[kOutputs * place] : cotangents[kOutputs * place + 1];
      for (std::size_t input = 0; input < kInputs; ++input) {
        if (!wants(potentials.inputs[kInputs * k + input])) continue;
        add(place, input,
            at::GradMode::is_enabled() ? OnceOnly::apply(gradients[input].detach().requires_grad_(true), cotangent)
                                       : gradients[input]);
      }
    }
    total.emplace_back();
    return total;
  }
};

}  // namespace outputs_detail

bool wants_gradient(const LinearProblem& problem) {
  return wants(problem.geometry->row_leaf()) || wants(problem.geometry->column_leaf()) || wants(problem.a) ||
         wants(problem.b) || wants(problem.epsilon);
}

std::vector<SinkhornOutput> sinkhorn_outputs(SinkhornRecords records) {
  std::vector<at::Tensor> inputs;
  for (const auto& record : records) {
    const auto& problem = record->problem;
    for (const auto& input :
         {problem.geometry->row_leaf(), problem.geometry->column_leaf(), problem.a, problem.b, problem.epsilon})
      inputs.push_back(present(input));
  }
  const auto shared = std::make_shared<const SinkhornRecords>(std::move(records));
  const auto tensors = outputs_detail::Node::apply(at::TensorList(inputs), shared);
  std::vector<SinkhornOutput> out;
  for (std::size_t k = 0; k < shared->size(); ++k) {
    const auto& record = (*shared)[k];
    const auto& solution = record->solution;
    SinkhornOutput one;
    one.record = record;
    one.f = tensors[outputs_detail::kOutputs * k];
    one.g = tensors[outputs_detail::kOutputs * k + 1];
    one.value = tensors[outputs_detail::kOutputs * k + 2];
    one.transport_cost = solution.transport_cost;
    one.dual = solution.value;
    one.gap = solution.gap;
    one.marginal_error = solution.marginal_error;
    one.iterations = solution.iterations;
    one.status = solution.status;
    one.epsilon = record->checked.epsilon;
    one.seconds = record->seconds;
    one.method = solution.method;
    one.errors = solution.errors;
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace brenier::ot
