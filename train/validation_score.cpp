#include "train/validation_score.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/isfinite.h>

#include <cmath>
#include <memory>
#include <set>

#include "core/error.h"
#include "core/random.h"
#include "models/mechanism_model.h"
#include "train/evaluation/log_normalize.h"
#include "train/metric/metric.h"

namespace brenier::train {

namespace validation_score_detail {

// What a metric judges: the cells that the model starts from, and both populations as they are compared.
struct JudgedContext {
  at::Tensor start;
  ScoredContext compared;
};

std::vector<JudgedContext> judged_contexts(const std::vector<ScoredContext>& contexts, bool log_normalize) {
  std::vector<JudgedContext> judged;
  for (const auto& one : contexts) judged.push_back({one.control, log_normalize ? log_normalized(one) : one});
  return judged;
}

// NaN where the metric is not defined.
double score_context(const models::Model& model, const Metric& metric, const JudgedContext& judged,
                     bool log_normalize) {
  const auto& context = judged.compared;
  auto predicted = model.predict(judged.start, context.context);
  if (!at::isfinite(predicted).all().item<bool>()) {
    throw Error(ErrorKind::kNumerical, "the model predicts values that are not finite")
        .at("validation, context " + to_string(context.context))
        .hint("the last good checkpoint is kept; a smaller learning rate may help");
  }
  if (log_normalize) predicted = log_normalized_prediction(predicted);
  return metric(context.control, predicted, context.truth);
}

double mean_score(const models::Model& model, const Metric& metric, const std::vector<JudgedContext>& contexts,
                  bool log_normalize) {
  const at::NoGradGuard no_grad;
  double sum = 0.0;
  int defined = 0;
  for (const auto& context : contexts) {
    const double score = score_context(model, metric, context, log_normalize);
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

Validation make_validation(const std::string& metric, const std::vector<ScoredContext>& contexts, std::uint64_t seed,
                           bool log_normalize) {
  namespace detail = validation_score_detail;
  if (metric == kElboScore) {
    Validation validation{metric, /*higher_better=*/true, {}};
    if (contexts.empty()) return validation;
    const auto populations =
        std::make_shared<const std::vector<detail::LikelihoodCells>>(detail::likelihood_cells(contexts));
    validation.score = [populations, seed](const models::Model& model) {
      return detail::mean_elbo(model, *populations, seed);
    };
    return validation;
  }
  const auto chosen = make_metric(metric);
  Validation validation;
  validation.name = metric;
  validation.higher_better = chosen.direction == Direction::kHigherIsBetter;
  if (contexts.empty()) return validation;
  const auto judged =
      std::make_shared<const std::vector<detail::JudgedContext>>(detail::judged_contexts(contexts, log_normalize));
  validation.score = [chosen, judged, log_normalize](const models::Model& model) {
    return detail::mean_score(model, chosen, *judged, log_normalize);
  };
  return validation;
}

}  // namespace brenier::train
