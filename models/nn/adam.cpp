#include "models/nn/adam.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "core/error.h"

namespace brenier::models {
void AdamSettings::describe(Fields& fields) {
  fields.real("learning_rate", learning_rate, Range::above(0.0), "Step size before the schedule's factor");
  fields.real("beta1", beta1, Range::below(0.0, 1.0), "Decay of the first moment");
  fields.real("beta2", beta2, Range::below(0.0, 1.0), "Decay of the second moment");
  fields.real("weight_decay", weight_decay, Range::at_least(0.0), "L2 penalty (Adam) or decoupled decay (AdamW)");
  fields.boolean("decoupled", decoupled, "Decoupled weight decay: AdamW instead of Adam");
  fields.real("clip_norm", clip_norm, Range::at_least(0.0),
              "Largest norm of the whole gradient; 0 switches clipping off");
  fields.real("epsilon", epsilon, Range::above(0.0), "Added to the root of the second moment");
}

Adam::Adam(std::vector<at::Tensor> parameters, const AdamSettings& settings)
    : settings_(settings), parameters_(std::move(parameters)) {
  at::Tensor count;
  for (const auto& parameter : parameters_) {
    if (!count.defined()) count = at::zeros({}, at::TensorOptions().dtype(at::kFloat).device(parameter.device()));
    values_.push_back(parameter.detach());
    steps_.push_back(count);
    first_.push_back(at::zeros_like(parameter.detach()));
    second_.push_back(at::zeros_like(parameter.detach()));
  }
}

void Adam::step(std::vector<at::Tensor> gradients, double factor) {
  if (gradients.size() != parameters_.size()) {
    throw Error(ErrorKind::kDefect, "Adam got " + std::to_string(gradients.size()) + " gradients for " +
                                        std::to_string(parameters_.size()) + " parameters");
  }
  const c10::NoGradGuard no_grad;
  if (gradients.empty()) return;
  for (auto& gradient : gradients) gradient = gradient.contiguous();
  if (settings_.clip_norm > 0.0) {
    auto total = at::zeros({}, gradients.front().options());
    for (const auto& gradient : gradients) total = total + gradient.square().sum();
    const auto scale = (settings_.clip_norm / (total.sqrt() + 1e-6)).clamp_max(1.0);
    for (auto& gradient : gradients) gradient = gradient * scale;
  }
  steps_.front().add_(1);
  const double rate = settings_.learning_rate * factor;
  if (settings_.decoupled) {
    at::_fused_adamw_(values_, gradients, first_, second_, {}, steps_, rate, settings_.beta1, settings_.beta2,
                      settings_.weight_decay, settings_.epsilon, /*amsgrad=*/false, /*maximize=*/false);
  } else {
    at::_fused_adam_(values_, gradients, first_, second_, {}, steps_, rate, settings_.beta1, settings_.beta2,
                     settings_.weight_decay, settings_.epsilon, /*amsgrad=*/false, /*maximize=*/false);
  }
}

void Adam::append_to(State& state, const std::string& prefix) const {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const auto number = std::to_string(i);
    state.emplace_back(prefix + "first." + number, first_[i]);
    state.emplace_back(prefix + "second." + number, second_[i]);
    state.emplace_back(prefix + "step." + number, steps_[i]);
  }
}

}  // namespace brenier::models
