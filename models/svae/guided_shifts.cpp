#include "models/svae/guided_shifts.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <iterator>

#include "core/error.h"
#include "models/nn/initialise.h"
#include "models/svae/mask_sampling.h"

namespace brenier::models {
namespace guided_shifts_detail {

// Adds d_ba x row p A + a of a table to row p B + b of the cells, or the other way round.
template <bool kToCells, class T>
void sum_parts_as(const at::Tensor& from, const std::vector<std::int64_t>& labels, const ActionDesign& design,
                  std::int64_t particles, at::Tensor& into) {
  const auto cells = std::ssize(labels);
  const auto width = from.size(1);
  const T* source = from.const_data_ptr<T>();
  T* target = into.mutable_data_ptr<T>();
  for (std::int64_t row = 0; row < particles * cells; ++row) {
    for (const auto& [action, dose] : design.parts(labels[static_cast<std::size_t>(row % cells)])) {
      const auto at = row / cells * design.actions() + action;
      const T* one = source + (kToCells ? at : row) * width;
      T* other = target + (kToCells ? row : at) * width;
      for (std::int64_t j = 0; j < width; ++j) other[j] += static_cast<T>(dose) * one[j];
    }
  }
}

template <bool kToCells>
at::Tensor sum_parts(const at::Tensor& given, const std::vector<std::int64_t>& labels, const ActionDesign& design,
                     std::int64_t particles) {
  const auto from = given.contiguous();
  auto into = at::zeros({particles * (kToCells ? std::ssize(labels) : design.actions()), from.size(1)}, from.options());
  if (from.scalar_type() == at::kDouble) {
    sum_parts_as<kToCells, double>(from, labels, design, particles, into);
  } else {
    sum_parts_as<kToCells, float>(from, labels, design, particles, into);
  }
  return into;
}

}  // namespace guided_shifts_detail

GuidedShifts::GuidedShifts(const GuidedShiftSettings& settings, const ActionDesign& design, Parameters& parameters,
                           RandomStream& stream, at::ScalarType type)
    : settings_(settings), design_(&design), type_(type) {
  const std::vector<std::int64_t> shape{design.actions(), settings.width};
  if (settings.correlated) {
    DenseStackSettings stack;
    stack.hidden = settings.hidden;
    stack.batch_norm = false;
    stack.leak = 0.01;
    network_.emplace(settings.width + design.actions(), 2 * settings.width, stack, "shift_guide", parameters, stream,
                     type);
  } else {
    loc_ = parameters.add("shift_means", at::zeros(shape, type));
    spread_ = parameters.add("shift_log_scales", at::zeros(shape, type));
  }
  logits_ = parameters.add("mask_logits", at::full(shape, settings.logit, type));
}

at::Tensor GuidedShifts::network_input(const at::Tensor& masks) const {
  const auto actions = design_->actions();
  return at::cat({masks, at::eye(actions, type_).repeat({masks.size(0) / actions, 1})}, 1);
}

at::Tensor GuidedShifts::draw(const std::vector<std::int64_t>& labels, std::int64_t particles, double temperature,
                              RandomStream& stream) {
  const c10::NoGradGuard no_grad;
  labels_ = labels;
  particles_ = particles;
  const auto entries = logits_.numel();
  const auto odds = logits_.detach().to(at::kDouble).exp().contiguous();
  auto masks = at::empty({particles * design_->actions(), settings_.width}, at::kDouble);
  auto slopes = at::empty_like(masks);
  for (std::int64_t i = 0; i < masks.numel(); ++i) {
    const auto drawn = draw_mask(odds.const_data_ptr<double>()[i % entries], stream.uniform(), 1 / temperature);
    masks.mutable_data_ptr<double>()[i] = drawn.value;
    slopes.mutable_data_ptr<double>()[i] = drawn.slope;
  }
  drawn_ = masks.to(type_);
  slope_ = slopes.to(type_);
  noise_ = normal_tensor(stream, {masks.size(0), settings_.width}, 1.0, type_);
  if (network_) {
    RandomStream unused = stream;
    const auto out = network_->train(network_input(drawn_), tape_, unused);
    center_ = out.narrow(1, 0, settings_.width).clone();
    scale_ = out.narrow(1, settings_.width, settings_.width).exp();
  } else {
    center_ = loc_.detach().repeat({particles, 1});
    scale_ = spread_.detach().exp().repeat({particles, 1});
  }
  const auto table = drawn_ * (center_ + scale_ * noise_);
  return guided_shifts_detail::sum_parts<true>(table, labels, *design_, particles);
}

double GuidedShifts::backward(const at::Tensor& gradient, double weight, std::vector<at::Tensor>& gradients) {
  const c10::NoGradGuard no_grad;
  const auto by_table = guided_shifts_detail::sum_parts<false>(gradient, labels_, *design_, particles_);
  const double share = weight / static_cast<double>(particles_);
  const auto by_shift = by_table * drawn_;
  auto by_mask = by_table * (center_ + scale_ * noise_);
  const auto by_center = by_shift + share * center_;
  const auto by_spread = by_shift * noise_ * scale_ + share * (scale_.square() - 1);
  const auto folded = [&](const at::Tensor& rows) {
    return rows.view({particles_, design_->actions(), settings_.width}).sum(0);
  };
  if (network_) {
    const auto by_input = network_->backward(tape_, at::cat({by_center, by_spread}, 1), &gradients, true);
    by_mask += by_input.narrow(1, 0, settings_.width);
  } else {
    gradients.push_back(folded(by_center));
    gradients.push_back(folded(by_spread));
  }
  const auto wide = 0.5 * (scale_.square() + center_.square() - 1 - 2 * scale_.log());
  double penalty = wide.sum(at::kDouble).item<double>() / static_cast<double>(particles_);
  auto by_logit = folded(by_mask * slope_);
  const auto logits = logits_.detach().to(at::kDouble).contiguous();
  auto slopes = at::empty_like(logits);
  for (std::int64_t i = 0; i < logits.numel(); ++i) {
    const auto part = bernoulli_divergence(logits.const_data_ptr<double>()[i], settings_.prior);
    penalty += part.value;
    slopes.mutable_data_ptr<double>()[i] = part.slope;
  }
  gradients.push_back(by_logit + weight * slopes.to(type_));
  return penalty;
}

at::Tensor GuidedShifts::values() const {
  if (!network_) return loc_.detach();
  const c10::NoGradGuard no_grad;
  return (*network_)(network_input((masks() > 0.5).to(type_))).narrow(1, 0, settings_.width);
}

at::Tensor GuidedShifts::masks() const { return at::sigmoid(logits_.detach()); }

void GuidedShifts::fix(const at::Tensor& values, const at::Tensor& masks) {
  if (network_) throw Error(ErrorKind::kDefect, "the shifts of a correlated guide cannot be fixed");
  const c10::NoGradGuard no_grad;
  loc_.copy_(values);
  spread_.fill_(-20.0);
  logits_.copy_(fixed_logits(masks));
}

void GuidedShifts::rotate(const at::Tensor& rotation) {
  if (network_) throw Error(ErrorKind::kDefect, "the shifts of a correlated guide cannot be rotated");
  const c10::NoGradGuard no_grad;
  loc_.copy_(loc_.detach().matmul(rotation.to(type_)));
  logits_.fill_(settings_.logit);
}

}  // namespace brenier::models
