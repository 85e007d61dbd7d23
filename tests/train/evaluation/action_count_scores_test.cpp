// mmd_single and mmd_double of the summary.
#include "train/evaluation/action_count_scores.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "models/nn/initialise.h"
#include "train/evaluation/evaluate.h"

namespace brenier::train {
namespace action_count_scores_test {

ContextEvaluation context_of(std::vector<Action> actions, bool held_out, double model, double identity) {
  return {make_context(std::move(actions), {}),
          held_out,
          5,
          5,
          {{"model", {{"mmd_10kernels", model}}}, {"identity", {{"mmd_10kernels", identity}}}},
          {}};
}

TEST(ActionCountScores, AverageSinglesAndPairsWhetherHeldOutOrNot) {
  Evaluation evaluation;
  evaluation.contexts = {context_of({{"a", 1}}, false, 0.1, 1.0), context_of({{"b", 1}}, true, 0.3, 3.0),
                         context_of({{"a", 1}, {"b", 1}}, true, 0.5, 4.0),
                         context_of({{"a", 1}, {"b", 1}, {"c", 1}}, true, 9.0, 9.0)};
  summarise(evaluation, 100, 1);
  summarise_by_action_count(evaluation, "mmd_10kernels", "mmd", 100, 1);
  EXPECT_NEAR(evaluation.summary_of("model", "mmd_single").mean, 0.2, 1e-12);
  EXPECT_NEAR(evaluation.summary_of("model", "mmd_double").mean, 0.5, 1e-12);
  EXPECT_NEAR(evaluation.summary_of("identity", "mmd_single").mean, 2.0, 1e-12);
  EXPECT_LT(evaluation.summary_of("model", "mmd_single").low, 0.2);
  evaluation.contexts.resize(1);
  summarise(evaluation, 100, 1);
  summarise_by_action_count(evaluation, "mmd_10kernels", "mmd", 100, 1);
  EXPECT_TRUE(std::isnan(evaluation.summary_of("model", "mmd_double").mean));
}

TEST(ActionCountScores, StandInTheSummaryOfAnEvaluationWithTheMetric) {
  RandomStream stream(1, "cells");
  const auto cells = [&](double shift) { return models::normal_tensor(stream, {40, 3}, 1.0) + shift; };
  const std::vector<ScoredContext> contexts = {{make_context({{"a", 1}}, {}), false, cells(0), cells(1)},
                                               {make_context({{"a", 1}, {"b", 1}}, {}), true, cells(0), cells(2)}};
  const std::vector<Method> methods = {{"model", [](const ScoredContext& scored) { return scored.control; }, {}}};
  EvaluateSettings settings;
  settings.metrics = {"mmd_10kernels"};
  SilentReporter reporter;
  const auto evaluation = evaluate(methods, contexts, {"x", "y", "z"}, settings, 1, reporter);
  const auto single = score_of(evaluation.contexts[0], "model", "mmd_10kernels");
  EXPECT_EQ(evaluation.summary_of("model", "mmd_single").mean, single);
  EXPECT_GT(evaluation.summary_of("model", "mmd_double").mean, single);
  EXPECT_LT(evaluation.summary_of("ceiling", "mmd_double").mean, single);
  settings.metrics = {"l2_mean"};
  EXPECT_TRUE(std::isnan(
      evaluate(methods, contexts, {"x", "y", "z"}, settings, 1, reporter).summary_of("model", "mmd_single").mean));
}

}  // namespace action_count_scores_test
}  // namespace brenier::train
