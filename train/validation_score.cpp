#include "train/validation_score.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/isfinite.h>

#include <cmath>
#include <memory>
#include <set>
#include <utility>

#include "core/error.h"
#include "core/random.h"
#include "models/mechanism_model.h"
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

// One population of the likelihood score.
struct LikelihoodCells {
  Context context;
  at::Tensor cells;
};

std::vector<LikelihoodCells> likelihood_cells(const std::vector<ScoredContext>& contexts) {
  std::vector<LikelihoodCells> populations;
  std::set<Context> controls;
  for (const auto& scored : contexts) {
    populations.push_back({scored.context, scored.truth});
    const auto control = scored.context.control();
    if (controls.insert(control).second) populations.push_back({control, scored.control});
  }
  return populations;
}

double mean_elbo(const models::Model& model, const std::vector<LikelihoodCells>& populations, std::uint64_t seed) {
  const at::NoGradGuard no_grad;
  check_validation_score(kElboScore, model);
  const auto& likely = dynamic_cast<const models::MechanismModel&>(model);
  double sum = 0.0;
  for (const auto& population : populations) {
    const auto name = to_string(population.context);
    RandomStream stream(seed, "validation/elbo/" + name);
    const double mean = likely.log_likelihood(population.cells, population.context, 1, stream).mean().item<double>();
    if (!std::isfinite(mean)) {
      throw Error(ErrorKind::kNumerical, "the model's likelihood is not finite")
          .at("validation, context " + name)
          .found(std::to_string(mean))
          .hint("the last good checkpoint is kept; a smaller learning rate may help");
    }
    sum += mean;
  }
  return sum / static_cast<double>(populations.size());
}

}  // namespace validation_score_detail

bool is_validation_score(const std::string& name) { return name == kElboScore || is_context_metric(name); }

void check_validation_score(const std::string& name, const models::Model& model) {
  if (name != kElboScore || dynamic_cast<const models::MechanismModel*>(&model) != nullptr) return;
  throw Error(ErrorKind::kUsage, "a model of this kind tells no likelihood to choose its best state by")
      .at("train.validation.score")
      .found("'" + name + "' for model '" + model.kind() + "'")
      .expected("a model with latent mechanisms, or a metric of predictions such as 'r2_mean'");
}

Validation make_validation(const std::string& metric, std::vector<ScoredContext> contexts, std::uint64_t seed) {
  if (metric == kElboScore) {
    Validation validation{metric, /*higher_better=*/true, {}};
    if (contexts.empty()) return validation;
    const auto populations = std::make_shared<const std::vector<validation_score_detail::LikelihoodCells>>(
        validation_score_detail::likelihood_cells(contexts));
    validation.score = [populations, seed](const models::Model& model) {
      return validation_score_detail::mean_elbo(model, *populations, seed);
    };
    return validation;
  }
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
