#include "models/condot/condot.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/jit/api/module.h>

#include "core/error.h"
#include "tests/models/condot/populations.h"

namespace brenier::models {
namespace condot_test {

constexpr std::int64_t kGenes = 2;

CondotSettings small_settings() {
  CondotSettings settings;
  settings.latent.kind = "data";
  settings.potential.hidden = {16, 16};
  settings.potential.context_width = 8;
  settings.steps = 40;
  settings.inner = 5;
  settings.batch = 64;
  settings.retention = 1.0;
  settings.optimiser.learning_rate = 1e-3;
  return settings;
}

// Two cell types whose responses differ in direction.
Populations two_types() {
  Populations view(kGenes);
  view.add(drug_in("a"), normal_cells(1, 200, {0, 0}), normal_cells(2, 200, {3, 0}, 0.5));
  view.add(drug_in("b"), normal_cells(3, 200, {8, 8}), normal_cells(4, 200, {8, 5}, 2.0));
  return view;
}

void train(Condot& model, const Populations& view, const CondotSettings& settings, std::int64_t from, std::int64_t to) {
  for (std::int64_t step = from; step < to; ++step) {
    const auto k = static_cast<std::size_t>(step % 2);
    const auto batch =
        draw_batch(view, k, settings.batch * settings.inner, settings.batch, static_cast<std::uint64_t>(step));
    const auto losses = model.step(batch, {0, step, 1.0});
    for (const auto& [name, value] : losses) ASSERT_TRUE(std::isfinite(value)) << name;
  }
}

TEST(CondotStart, IdentityInitialisationMovesNothing) {
  auto settings = small_settings();
  settings.potential.initialisation = "identity";
  settings.anchor_mean = false;
  const auto view = two_types();
  Condot model(settings, view.task(), 1);
  model.begin_stage(0, view);
  for (std::size_t k = 0; k < 2; ++k) {
    const auto control = view.control(k);
    EXPECT_LT((model.predict(control, view.contexts()[k].context) - control).abs().max().item<double>(), 1e-5);
  }
}

TEST(CondotStart, GaussianInitialisationMatchesMeanAndCovarianceOfGaussians) {
  auto settings = small_settings();
  settings.prior_cells = 0.0;
  settings.ridge = 1e-6;
  const auto view = two_types();
  Condot model(settings, view.task(), 1);
  model.begin_stage(0, view);
  for (std::size_t k = 0; k < 2; ++k) {
    const auto predicted = model.predict(view.control(k), view.contexts()[k].context);
    const auto truth = view.treated(k);
    EXPECT_LT((predicted.mean(0) - truth.mean(0)).abs().max().item<double>(), 1e-3);
    EXPECT_LT((at::cov(predicted.t()) - at::cov(truth.t())).abs().max().item<double>(), 5e-3);
  }
}

TEST(CondotTraining, LearnsTheTranslationFromTheIdentityStart) {
  auto settings = small_settings();
  settings.potential.initialisation = "identity";
  settings.anchor_mean = false;
  settings.optimiser.learning_rate = 5e-3;
  const auto view = two_types();
  Condot model(settings, view.task(), 1);
  model.begin_stage(0, view);
  const auto miss = [&](std::size_t k) {
    return (model.predict(view.control(k), view.contexts()[k].context).mean(0) - view.treated(k).mean(0))
        .norm()
        .item<double>();
  };
  const double before = miss(0) + miss(1);
  train(model, view, settings, 0, 200);
  EXPECT_GT(before, 5.0);
  EXPECT_LT(miss(0) + miss(1), 1.5);
}

TEST(CondotTraining, OnePotentialAloneLearnsTheTranslationToo) {
  auto settings = small_settings();
  settings.potential.initialisation = "identity";
  settings.potential.activation = "celu";
  settings.potential.positivity_g = "clamp";
  settings.dual = "single";
  settings.anchor_mean = false;
  settings.optimiser.learning_rate = 2e-2;
  const auto view = two_types();
  Condot model(settings, view.task(), 1);
  model.begin_stage(0, view);
  EXPECT_EQ(model.stages().front().needs.control, settings.batch);
  const auto miss = [&](std::size_t k) {
    return (model.predict(view.control(k), view.contexts()[k].context).mean(0) - view.treated(k).mean(0))
        .norm()
        .item<double>();
  };
  const double before = miss(0) + miss(1);
  train(model, view, settings, 0, 200);
  EXPECT_GT(before, 5.0);
  EXPECT_LT(miss(0) + miss(1), 1.0);
}

TEST(CondotState, ContinuesBitIdenticallyAfterSaveAndLoad) {
  const auto settings = small_settings();
  const auto view = two_types();
  Condot whole(settings, view.task(), 1);
  whole.begin_stage(0, view);
  train(whole, view, settings, 0, 7);
  State saved;
  for (const auto& [name, tensor] : whole.state()) saved.emplace_back(name, tensor.clone());
  train(whole, view, settings, 7, 12);

  Condot resumed(settings, view.task(), 99);  // another seed: everything must come from the state
  resumed.load_state(saved);
  train(resumed, view, settings, 7, 12);
  const auto a = whole.state();
  const auto b = resumed.state();
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(at::equal(a[i].second, b[i].second)) << a[i].first;
}

TEST(CondotState, RefusesAStateOfAnotherShape) {
  const auto view = two_types();
  Condot model(small_settings(), view.task(), 1);
  auto state = model.state();
  state.back().second = at::zeros({3});
  EXPECT_THROW(model.load_state(state), Error);
  state.pop_back();
  EXPECT_THROW(model.load_state(state), Error);
}

struct ExportCase {
  std::string latent, context, readout, activation;
};

class CondotExport : public testing::TestWithParam<ExportCase> {};

TEST_P(CondotExport, ScriptAgreesWithPredict) {
  auto settings = small_settings();
  settings.latent.kind = GetParam().latent;
  settings.latent.width = 2;
  settings.latent.hidden = {8, 6};
  settings.latent.steps = 3;
  settings.context = GetParam().context;
  settings.readout = GetParam().readout;
  settings.potential.activation = GetParam().activation;
  settings.retention = 0.7;
  auto view = two_types();
  if (GetParam().readout == "fold") {
    Populations positive(kGenes);
    for (std::size_t k = 0; k < 2; ++k) {
      positive.add(view.contexts()[k].context, view.control(k).abs(), view.treated(k).abs());
    }
    view = positive;
  }
  Condot model(settings, view.task(), 1);
  const auto stages = model.stages();
  for (std::size_t s = 0; s + 1 < stages.size(); ++s) {
    model.begin_stage(s, view);
    for (std::int64_t step = 0; step < 3; ++step) {
      Batch cells;
      cells.cells = view.control(0);
      (void)model.step(cells, {s, step, 1.0});
    }
  }
  model.begin_stage(stages.size() - 1, view);
  for (std::int64_t step = 0; step < 3; ++step) {
    auto batch = draw_batch(view, static_cast<std::size_t>(step % 2), settings.batch * settings.inner, settings.batch,
                            static_cast<std::uint64_t>(step));
    batch.control = model.embed(batch.control);
    batch.treated = model.embed(batch.treated);
    (void)model.step(batch, {stages.size() - 1, step, 1.0});
  }

  const auto script = model.export_script();
  torch::jit::Module module("condot");
  for (const auto& [name, tensor] : script.tensors) module.register_buffer(name, tensor);
  module.define(script.source);
  for (const auto& [name, cells] :
       {std::pair<std::string, at::Tensor>{"a", view.control(0)}, {"new", view.control(1) * 0.5 + 1}}) {
    const auto context = drug_in(name);
    const auto vector = module
                            .run_method("encode_context", cells, encode_actions(view.task(), context),
                                        encode_covariates(view.task(), context))
                            .toTensor();
    const auto scripted = module.forward({cells, vector}).toTensor();
    EXPECT_LT((scripted - model.predict(cells, context)).abs().max().item<double>(), 1e-5) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Settings, CondotExport,
                         testing::Values(ExportCase{"data", "kernel", "direct", "leaky_relu"},
                                         ExportCase{"pca", "one_hot", "residual", "softplus"},
                                         ExportCase{"autoencoder", "kernel", "residual", "celu"},
                                         ExportCase{"autoencoder", "one_hot", "direct", "squared_relu"},
                                         ExportCase{"pca", "kernel", "fold", "leaky_relu"}));

TEST(CondotErrors, NamesTheUnknownPerturbationAndTheKnownParts) {
  const auto view = two_types();
  Condot model(small_settings(), view.task(), 1);
  model.begin_stage(0, view);
  try {
    (void)model.predict(view.control(0), drug_in("a", {{"drug", 1.0}, {"drugg", 1.0}}));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    EXPECT_NE(std::string(error.what()).find("'drugg'"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("known parts: 'drug'"), std::string::npos);
  }
}

TEST(CondotReadout, FoldKeepsZerosAndRefusesNegativeValues) {
  auto settings = small_settings();
  settings.readout = "fold";
  const auto view = two_types();  // normal cells: some are negative
  Condot refused(settings, view.task(), 1);
  EXPECT_THROW(refused.begin_stage(0, view), Error);

  Populations positive(kGenes);
  const auto zero = at::tensor({1.0F, 0.0F});
  positive.add(drug_in("a"), normal_cells(1, 100, {5, 1}).abs() + zero, normal_cells(2, 100, {2, 1}).abs());
  positive.add(drug_in("b"), normal_cells(3, 100, {6, 1}).abs() + zero, normal_cells(4, 100, {3, 1}).abs());
  Condot model(settings, positive.task(), 1);
  model.begin_stage(0, positive);
  auto control = positive.control(0);
  control.select(1, 0).fill_(0);  // a gene that falls under the drug
  const auto predicted = model.predict(control, positive.contexts()[0].context);
  EXPECT_GE(predicted.min().item<float>(), 0.0F);
}

TEST(CondotErrors, RefusesASpaceTooWideForQuadratics) {
  Task task;
  for (int g = 0; g < 1025; ++g) task.genes.push_back("g" + std::to_string(g));
  task.contexts = {drug_in("a")};
  task.actions = {"drug"};
  auto settings = small_settings();
  EXPECT_THROW(Condot(settings, task, 1), Error);
}

}  // namespace condot_test
}  // namespace brenier::models
