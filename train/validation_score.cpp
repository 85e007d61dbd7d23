#include "train/validation_score.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/isfinite.h>

#include <cmath>
#include <memory>
#include <utility>

#include "core/error.h"
#include "train/metric/metric.h"

namespace brenier::train {

namespace validation_score_detail {

// NaN where the metric is not defined.
double score_context(const models::Model& model, const Metric& metric, const ScoredContext& context) {
  const auto predicted = model.predict(context.control, context.context);
  if (!at::isfinite(predicted).all().item<bool>()) {
    throw Error(ErrorKind::kNumerical, "the model predicts values that are not finite")
        .at("validation, context " + to_string(context.context))
        .hint("the last good checkpoint is kept; a smaller learning rate may help");
  }
  return metric(context.control, predicted, context.truth);
}

double mean_score(const models::Model& model, const Metric& metric, const std::vector<ScoredContext>& contexts) {
  const at::NoGradGuard no_grad;
  double sum = 0.0;
  int defined = 0;
  for (const auto& context : contexts) {
    const double score = score_context(model, metric, context);
    if (std::isnan(score)) continue;
    sum += score;
    ++defined;
  }
  if (defined == 0) {
    throw Error(ErrorKind::kNumerical, "the validation score is defined in no context")
        .at("train.validation.score")
        .found("'" + metric.name + "' over " + std::to_string(contexts.size()) + " contexts")
        .expected("another score, or more validation cells (split.validation_fraction)");
  }
  return sum / defined;
}

}  // namespace validation_score_detail

Validation make_validation(const std::string& metric, std::vector<ScoredContext> contexts) {
  const auto chosen = make_metric(metric);
  Validation validation;
  validation.name = metric;
  validation.higher_better = chosen.direction == Direction::kHigherIsBetter;
  if (contexts.empty()) return validation;
  const auto kept = std::make_shared<const std::vector<ScoredContext>>(std::move(contexts));
  validation.score = [chosen, kept](const models::Model& model) {
    return validation_score_detail::mean_score(model, chosen, *kept);
  };
  return validation;
}

}  // namespace brenier::train
