#include "tests/train/line_model.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "core/error.h"

namespace brenier::tests {
namespace line_model_detail {

// log N(x; mean, variance) summed over the last axis.
at::Tensor log_normal(const at::Tensor& x, const at::Tensor& mean, double variance) {
  const double constant = -0.5 * std::log(2.0 * std::numbers::pi * variance);
  return ((x - mean).square() * (-0.5 / variance) + constant).sum(-1);
}

}  // namespace line_model_detail

LineModel::LineModel(models::Task task, std::vector<std::string> known, at::Tensor masks, at::Tensor shifts,
                     LineOptions options)
    : task_(std::move(task)),
      known_(std::move(known)),
      masks_(masks.to(at::kDouble)),
      shifts_(shifts.to(at::kDouble)),
      options_(options) {}

models::Vocabulary LineModel::vocabulary() const {
  models::Vocabulary vocabulary;
  vocabulary.actions = known_;
  vocabulary.covariates = task_.covariates;
  vocabulary.unknown_actions = !options_.shifts;
  return vocabulary;
}

at::Tensor LineModel::shift_of(const Context& context) const {
  auto shift = at::zeros({shifts_.size(1)}, at::kDouble);
  if (!options_.shifts) return shift;
  for (const auto& action : context.actions) {
    const auto found = std::find(known_.begin(), known_.end(), action.name);
    if (found == known_.end()) {
      throw Error(ErrorKind::kData, "the model does not know an action").found("'" + action.name + "'");
    }
    const auto row = found - known_.begin();
    shift += action.dose * (options_.masks ? masks_[row] * shifts_[row] : shifts_[row]);
  }
  return shift;
}

at::Tensor LineModel::predict(const at::Tensor& control, const Context& context) const {
  auto moved = control.clone();
  moved.narrow(1, 0, shifts_.size(1)).add_(shift_of(context).to(control.scalar_type()));
  return moved;
}

models::Mechanisms LineModel::mechanisms() const {
  models::Mechanisms told{known_, {}, {}, at::eye(shifts_.size(1), std::ssize(task_.genes), at::kDouble), {}};
  if (options_.shifts) told.shifts = shifts_;
  if (options_.masks) told.masks = masks_;
  return told;
}

at::Tensor LineModel::latents(const at::Tensor& cells, const Context& /*context*/) const {
  return cells.narrow(1, 0, shifts_.size(1)).clone();
}

at::Tensor LineModel::log_likelihood(const at::Tensor& cells, const Context& context, std::int64_t samples,
                                     RandomStream& stream) const {
  using line_model_detail::log_normal;
  const auto x = cells.to(at::kDouble);
  const auto width = shifts_.size(1);
  const auto observed = x.narrow(1, 0, width);
  const double variance = options_.noise * options_.noise;
  auto normal = at::empty({samples, x.size(0), width}, at::kDouble);
  for (std::int64_t i = 0; i < normal.numel(); ++i) normal.mutable_data_ptr<double>()[i] = stream.normal();
  const auto z = observed + options_.noise * normal;
  const auto weights =
      log_normal(observed, z, variance) + log_normal(z, shift_of(context), 1.0) - log_normal(z, observed, variance);
  const auto rest = x.narrow(1, width, x.size(1) - width);
  return weights.logsumexp(0) - std::log(static_cast<double>(samples)) +
         log_normal(rest, at::zeros_like(rest), variance);
}

at::Tensor LineModel::exact(const at::Tensor& cells, const Context& context) const {
  using line_model_detail::log_normal;
  const auto x = cells.to(at::kDouble);
  const auto width = shifts_.size(1);
  const double variance = options_.noise * options_.noise;
  const auto rest = x.narrow(1, width, x.size(1) - width);
  return log_normal(x.narrow(1, 0, width), shift_of(context), 1.0 + variance) +
         log_normal(rest, at::zeros_like(rest), variance);
}

std::unique_ptr<models::Model> LineModel::learn_actions(const std::vector<models::ContextCells>& contexts,
                                                        std::uint64_t /*seed*/, Reporter& /*reporter*/) const {
  lessons_->insert(lessons_->end(), contexts.begin(), contexts.end());
  auto learned = std::make_unique<LineModel>(*this);
  if (!options_.shifts) return learned;
  for (const auto& one : contexts) {
    for (const auto& action : one.context.actions) {
      if (std::find(known_.begin(), known_.end(), action.name) != known_.end()) continue;
      const auto mean = latents(one.cells, one.context).to(at::kDouble).mean(0, /*keepdim=*/true);
      learned->known_.push_back(action.name);
      learned->shifts_ = at::cat({learned->shifts_, mean});
      learned->masks_ = at::cat({learned->masks_, at::ones_like(mean)});
    }
  }
  return learned;
}

}  // namespace brenier::tests
