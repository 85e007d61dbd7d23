// The discrepancy-VAE as a model with latent mechanisms: likelihood, effects, latents, actions learned afterwards.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "core/error.h"
#include "models/svae/discrepancy_vae.h"
#include "tests/models/svae/chain.h"
#include "tests/models/svae/small_discrepancy.h"

namespace brenier::models {
namespace discrepancy_mechanisms_test {

using tests::chain_cells;
using tests::chain_context;
using tests::chain_view;
using tests::small_discrepancy;
using tests::train_discrepancy;

// All linear: x = (s + eps) C W' + b + eps', so that log p(x | context) is that of one normal distribution.
at::Tensor exact_log_likelihood(const DiscrepancyVae& model, const at::Tensor& cells, std::int64_t action) {
  const auto state = model.state();
  const auto kernel = find_tensor(state, "networks.decoder.0.kernel");
  const auto bias = find_tensor(state, "networks.decoder.0.bias");
  const auto mechanisms = model.mechanisms();
  const auto latents = kernel.size(1);
  const auto graph = at::linalg_inv(at::eye(latents, at::kDouble) - model.edges());
  const auto shift = (mechanisms.masks * mechanisms.shifts)[action].unsqueeze(0);
  const auto mean = at::mm(at::mm(shift, graph), kernel.t()) + bias;
  const auto spread = at::mm(graph, kernel.t());
  const auto covariance = at::mm(spread.t(), spread) + at::eye(kernel.size(0), at::kDouble);
  const auto rest = cells.to(at::kDouble) - mean;
  const auto scaled = (at::mm(rest, at::linalg_inv(covariance)) * rest).sum(1);
  return -0.5 *
         (scaled + at::logdet(covariance) + static_cast<double>(kernel.size(0)) * std::log(2.0 * std::numbers::pi));
}

TEST(DiscrepancyLikelihood, BoundRisesWithTheSamplesTowardsTheTruth) {
  const auto view = chain_view({0, 1, 2}, 200);
  auto settings = small_discrepancy(400);
  settings.causal = "linear";
  // The evidence bound with unit variance alone, so that q(z | x) is a good proposal: a mean over 6 genes.
  settings.discrepancy.most = 0.0;
  settings.divergence = {2.0 / 6.0, 0.0, 0.1};
  settings.edge_penalty = 0.0;
  DiscrepancyVae model(settings, view.task(), 1);
  train_discrepancy(model, view, settings, 0, settings.steps);
  const auto cells = chain_cells(70, 200, {1});
  const auto context = chain_context({1});
  const auto exact = exact_log_likelihood(model, cells, 1).mean().item<double>();
  double before = -1e300;
  for (const std::int64_t samples : {1, 5, 50, 2000}) {
    RandomStream stream(1, "samples");
    const auto bound = model.log_likelihood(cells, context, samples, stream);
    EXPECT_EQ(bound.sizes(), at::IntArrayRef({200}));
    EXPECT_EQ(bound.scalar_type(), at::kDouble);
    EXPECT_GT(bound.mean().item<double>(), before) << samples;
    before = bound.mean().item<double>();
  }
  EXPECT_NEAR(before, exact, 0.1);
  RandomStream stream(1, "samples");
  EXPECT_THROW((void)model.log_likelihood(cells, context, 0, stream), Error);
  EXPECT_THROW((void)model.log_likelihood(cells, chain_context({7}), 1, stream), Error);
}

TEST(DiscrepancyMechanisms, EffectsAndLatentsAreThoseOfTheNetworks) {
  const auto view = chain_view({0, 1, 2}, 100);
  auto settings = small_discrepancy(20);
  settings.causal = "none";
  DiscrepancyVae model(settings, view.task(), 1);
  train_discrepancy(model, view, settings, 0, settings.steps);
  const auto mechanisms = model.mechanisms();
  EXPECT_EQ(mechanisms.actions, view.task().actions);
  EXPECT_EQ(mechanisms.shifts.sizes(), at::IntArrayRef({3, 3}));
  const auto kernel = find_tensor(model.state(), "networks.decoder.0.kernel");
  EXPECT_LT((mechanisms.gene_effects - kernel.t()).abs().max().item<double>(), 1e-12);
  EXPECT_EQ(model.latents(view.control(0), {}).sizes(), at::IntArrayRef({100, 3}));
  EXPECT_FALSE(model.edges().defined());
}

TEST(DiscrepancyLearning, AnUnseenActionIsLearnedAndAllElseStays) {
  const auto view = chain_view({0, 2}, 400);
  auto settings = small_discrepancy(500);
  settings.latents = 3;
  settings.hidden = {16};
  settings.targets = "learned";
  settings.temperature.most = 5.0;
  settings.learn_steps = 200;
  DiscrepancyVae model(settings, view.task(), 1);
  train_discrepancy(model, view, settings, 0, settings.steps);
  const auto control = chain_cells(50, 300, {});
  // The same effect as u2 under another name, so that the frozen networks can express it.
  const auto fresh = make_context({{"like u2", 1.0}}, {});
  EXPECT_THROW((void)model.predict(control, fresh), Error);
  SilentReporter reporter;
  const auto learned = model.learn_actions({{fresh, chain_cells(80, 200, {2})}}, 1, reporter);
  const auto truth = chain_cells(81, 300, {2});
  const auto score = [&](const at::Tensor& predicted) { return kernel_discrepancy(predicted, truth, {}, false).value; };
  EXPECT_LT(score(learned->predict(control, fresh)), 0.05 * score(control));
  EXPECT_LT(score(learned->predict(control, fresh)), 1.5 * score(model.predict(control, chain_context({2}))) + 0.02);
  EXPECT_TRUE(at::equal(learned->predict(control, chain_context({0})), model.predict(control, chain_context({0}))));
  EXPECT_EQ(learned->vocabulary().actions, (std::vector<std::string>{"u0", "u2", "like u2"}));
  // The learned copy knows what its script knows, and learns again.
  EXPECT_EQ(dynamic_cast<const MechanismModel&>(*learned).mechanisms().masks.size(0), 3);
  const auto& mechanisms = dynamic_cast<const MechanismModel&>(*learned);
  const auto again = mechanisms.learn_actions({{chain_context({1}), chain_cells(82, 50, {1})}}, 1, reporter);
  const auto drift = again->predict(control, fresh) - learned->predict(control, fresh);
  EXPECT_LT(drift.abs().max().item<double>(), 1e-5);
}

TEST(DiscrepancyLearning, AnActionWithoutCellsIsRefused) {
  const auto view = chain_view({0, 1}, 30);
  const DiscrepancyVae model(small_discrepancy(1), view.task(), 1);
  SilentReporter reporter;
  const std::vector<ContextCells> none = {{chain_context({2}), at::zeros({0, 6})}};
  try {
    (void)model.learn_actions(none, 1, reporter);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    EXPECT_NE(std::string(error.what()).find("u2"), std::string::npos);
  }
}

}  // namespace discrepancy_mechanisms_test
}  // namespace brenier::models
