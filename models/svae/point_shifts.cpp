#include "models/svae/point_shifts.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <iterator>

#include "models/nn/initialise.h"
#include "models/svae/mask_sampling.h"

namespace brenier::models {

PointShifts::PointShifts(const PointShiftSettings& settings, const ActionDesign& design, Parameters& parameters,
                         RandomStream& stream, at::ScalarType type)
    : settings_(settings), design_(&design) {
  const std::vector<std::int64_t> shape{design.actions(), settings.width};
  values_ = parameters.add("shifts", normal_tensor(stream, shape, 1.0, type));
  if (settings.masked) logits_ = parameters.add("mask_logits", at::full(shape, settings.logit, type));
}

at::Tensor PointShifts::draw(const std::vector<std::int64_t>& labels, std::int64_t particles, double temperature,
                             RandomStream& stream) {
  return values_.scalar_type() == at::kDouble ? draw_as<double>(labels, particles, 1 / temperature, stream)
                                              : draw_as<float>(labels, particles, 1 / temperature, stream);
}

template <class T>
at::Tensor PointShifts::draw_as(const std::vector<std::int64_t>& labels, std::int64_t particles, double sharpness,
                                RandomStream& stream) {
  const auto width = settings_.width;
  const auto cells = std::ssize(labels);
  auto shifts = at::zeros({particles * cells, width}, values_.scalar_type());
  T* out = shifts.mutable_data_ptr<T>();
  const T* value = values_.const_data_ptr<T>();
  std::vector<double> odds;
  if (logits_.defined()) {
    const T* logit = logits_.const_data_ptr<T>();
    for (std::int64_t i = 0; i < logits_.numel(); ++i) odds.push_back(std::exp(static_cast<double>(logit[i])));
  }
  entries_.clear();
  drawn_.clear();
  slope_.clear();
  for (std::int64_t row = 0; row < particles * cells; ++row) {
    for (const auto& [action, dose] : design_->parts(labels[static_cast<std::size_t>(row % cells)])) {
      entries_.push_back({row, action, dose});
      for (std::int64_t j = 0; j < width; ++j) {
        double mask = 1.0;
        if (logits_.defined()) {
          const auto drawn = draw_mask(odds[static_cast<std::size_t>(action * width + j)], stream.uniform(), sharpness);
          mask = drawn.value;
          drawn_.push_back(drawn.value);
          slope_.push_back(drawn.slope);
        }
        out[row * width + j] += static_cast<T>(dose * mask * static_cast<double>(value[action * width + j]));
      }
    }
  }
  return shifts;
}

double PointShifts::backward(const at::Tensor& gradient, double weight, std::vector<at::Tensor>& gradients) {
  return values_.scalar_type() == at::kDouble ? backward_as<double>(gradient, weight, gradients)
                                              : backward_as<float>(gradient, weight, gradients);
}

template <class T>
double PointShifts::backward_as(const at::Tensor& gradient, double weight, std::vector<at::Tensor>& gradients) const {
  const auto width = settings_.width;
  const auto given = gradient.contiguous();
  const T* g = given.const_data_ptr<T>();
  const T* value = values_.const_data_ptr<T>();
  const bool masked = logits_.defined();
  std::vector<double> by_value(static_cast<std::size_t>(values_.numel()), 0.0);
  std::vector<double> by_logit(masked ? by_value.size() : 0, 0.0);
  for (std::size_t e = 0; e < entries_.size(); ++e) {
    const auto& entry = entries_[e];
    for (std::int64_t j = 0; j < width; ++j) {
      const auto at = static_cast<std::size_t>(entry.action * width + j);
      const auto tape = e * static_cast<std::size_t>(width) + static_cast<std::size_t>(j);
      const double slope = entry.dose * static_cast<double>(g[entry.row * width + j]);
      by_value[at] += masked ? slope * drawn_[tape] : slope;
      if (masked) by_logit[at] += slope * static_cast<double>(value[at]) * slope_[tape];
    }
  }
  double penalty = 0.0;
  if (masked) {
    const T* logit = logits_.const_data_ptr<T>();
    const double share = settings_.mean_penalty / static_cast<double>(by_logit.size());
    for (std::size_t i = 0; i < by_logit.size(); ++i) {
      if (settings_.gamma > 0) {
        const auto part = beta_penalty(static_cast<double>(logit[i]), settings_.gamma);
        penalty += part.value;
        by_logit[i] += weight * part.slope;
      }
      if (settings_.mean_penalty > 0) {
        const double p = sigmoid(static_cast<double>(logit[i]));
        penalty += share * p;
        by_logit[i] += weight * share * p * (1 - p);
      }
    }
  }
  const auto append = [&](const std::vector<double>& sums, const at::Tensor& like) {
    auto tensor = at::empty_like(like.detach());
    std::transform(sums.begin(), sums.end(), tensor.mutable_data_ptr<T>(), [](double x) { return static_cast<T>(x); });
    gradients.push_back(std::move(tensor));
  };
  append(by_value, values_);
  if (masked) append(by_logit, logits_);
  return penalty;
}

at::Tensor PointShifts::masks() const { return logits_.defined() ? at::sigmoid(logits_.detach()) : at::Tensor(); }

void PointShifts::fix(const at::Tensor& values, const at::Tensor& masks) {
  const c10::NoGradGuard no_grad;
  values_.copy_(values);
  if (logits_.defined()) logits_.copy_(fixed_logits(masks));
}

void PointShifts::rotate(const at::Tensor& rotation) {
  const c10::NoGradGuard no_grad;
  values_.copy_(values_.detach().matmul(rotation.to(values_.scalar_type())));
  if (logits_.defined()) logits_.fill_(settings_.logit);
}

}  // namespace brenier::models
