// CMonge: identity at the start, what it learns, state, export, bad input.
#include "models/cmonge/cmonge.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/jit/api/module.h>

#include "core/config/read.h"
#include "core/error.h"
#include "tests/models/condot/populations.h"

namespace brenier::models {
namespace cmonge_test {

CmongeSettings small_settings() {
  CmongeSettings settings;
  settings.latent.kind = "data";
  settings.hidden = {32, 32};
  settings.action_width = 8;
  settings.covariate_width = 4;
  settings.embedding_width = 3;
  settings.batch = 64;
  settings.optimiser.learning_rate = 3e-3;
  return settings;
}

// "up" moves cells by (3, 1); "wide" doubles them about their mean; both in two types whose baselines differ.
Populations two_drugs() {
  Populations view(2);
  const std::vector<double> shift = {3, 1};
  std::uint64_t seed = 1;
  for (const auto& [type, centre] : {std::pair<std::string, double>{"a", 0.0}, {"b", 6.0}}) {
    view.add(drug_in(type, {{"up", 1.0}}), normal_cells(seed, 200, {centre, centre}),
             normal_cells(seed + 1, 200, {centre + shift[0], centre + shift[1]}));
    view.add(drug_in(type, {{"wide", 1.0}}), normal_cells(seed + 2, 200, {centre, centre}),
             normal_cells(seed + 3, 200, {centre, centre}, 2.0));
    seed += 4;
  }
  return view;
}

// Through the loop's stages; returns the mean of divergence + gap over the first and over the last 20 steps.
std::pair<double, double> train(Cmonge& model, const Populations& view, const CmongeSettings& settings,
                                std::int64_t from, std::int64_t to) {
  const auto stage = model.stages().size() - 1;
  double first = 0.0;
  double last = 0.0;
  for (std::int64_t step = from; step < to; ++step) {
    const auto k = static_cast<std::size_t>(step) % view.contexts().size();
    auto batch = draw_batch(view, k, settings.batch, settings.batch, static_cast<std::uint64_t>(step));
    batch.control = model.embed(batch.control);
    batch.treated = model.embed(batch.treated);
    const auto losses = model.step(batch, {stage, step, 1.0});
    EXPECT_EQ(losses[0].first, "divergence");
    EXPECT_EQ(losses[1].first, "gap");
    EXPECT_TRUE(std::isfinite(losses[0].second + losses[1].second));
    if (step < from + 20) first += (losses[0].second + losses[1].second) / 20;
    if (step >= to - 20) last += (losses[0].second + losses[1].second) / 20;
  }
  return {first, last};
}

void begin(Cmonge& model, const Populations& view) {
  const auto stages = model.stages();
  for (std::size_t s = 0; s < stages.size(); ++s) {
    model.begin_stage(s, view);
    if (s + 1 == stages.size()) return;
    for (std::int64_t step = 0; step < 3; ++step) {
      Batch cells;
      cells.cells = view.control(0);
      (void)model.step(cells, {s, step, 1.0});
    }
  }
}

TEST(CmongeStart, IsTheIdentity) {
  for (const auto* context : {"one_hot", "dose", "mode_of_action"}) {
    auto settings = small_settings();
    settings.context = context;
    const auto view = two_drugs();
    Cmonge model(settings, view.task(), 1);
    begin(model, view);
    for (std::size_t k = 0; k < view.contexts().size(); ++k) {
      const auto moved = model.predict(view.control(k), view.contexts()[k].context);
      EXPECT_LT((moved - view.control(k)).abs().max().item<double>(), 1e-5) << context;
    }
  }
}

TEST(CmongeTraining, LossFallsAndATranslationAndAScalingAreLearnedByOneMap) {
  for (const auto* cost : {"euclidean", "sqeuclidean"}) {
    auto settings = small_settings();
    settings.cost = cost;
    const auto view = two_drugs();
    Cmonge model(settings, view.task(), 1);
    begin(model, view);
    const auto [first, last] = train(model, view, settings, 0, 400);
    EXPECT_LT(last, 0.4 * first) << cost;
    for (std::size_t k = 0; k < view.contexts().size(); ++k) {
      const auto control = view.control(k);
      const auto mean = control.mean(0);
      const auto truth = k % 2 == 0 ? control + at::tensor({3.0F, 1.0F}) : mean + 2 * (control - mean);
      const auto moved = model.predict(control, view.contexts()[k].context);
      // L2-UVP as a fraction: mean squared distance to the true map over the variance of the target.
      const double error = (moved - truth).square().sum(1).mean().item<double>();
      const double variance = truth.var(0).sum().item<double>();
      EXPECT_LT(error / variance, 0.1) << cost << " " << k;
    }
  }
}

TEST(CmongeSets, AnUnseenSetDependsOnItsActionsAloneAndAnUnseenTypeIsServed) {
  const auto view = two_drugs();
  Cmonge model(small_settings(), view.task(), 1);
  begin(model, view);
  (void)train(model, view, small_settings(), 0, 8);
  const auto one = model.predict(view.control(0), drug_in("a", {{"up", 1.0}, {"wide", 1.0}}));
  const auto two = model.predict(view.control(0), drug_in("a", {{"wide", 1.0}, {"up", 1.0}}));
  EXPECT_LT((one - two).abs().max().item<double>(), 1e-6);
  EXPECT_TRUE(at::isfinite(model.predict(view.control(0), drug_in("new", {{"up", 1.0}}))).all().item<bool>());
}

TEST(CmongeState, ContinuesBitIdenticallyAfterSaveAndLoad) {
  const auto settings = small_settings();
  const auto view = two_drugs();
  Cmonge whole(settings, view.task(), 1);
  begin(whole, view);
  (void)train(whole, view, settings, 0, 5);
  State saved;
  for (const auto& [name, tensor] : whole.state()) saved.emplace_back(name, tensor.clone());
  (void)train(whole, view, settings, 5, 9);
  Cmonge resumed(settings, view.task(), 99);  // another seed: everything must come from the state
  resumed.load_state(saved);
  (void)train(resumed, view, settings, 5, 9);
  const auto a = whole.state();
  const auto b = resumed.state();
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(at::equal(a[i].second, b[i].second)) << a[i].first;
  saved.back().second = at::zeros({3});
  EXPECT_THROW(resumed.load_state(saved), Error);
}

struct ExportCase {
  std::string latent, context, readout, unseen;
  bool relative;
};

class CmongeExport : public testing::TestWithParam<ExportCase> {};

TEST_P(CmongeExport, ScriptAgreesWithPredict) {
  auto settings = small_settings();
  settings.latent.kind = GetParam().latent;
  settings.latent.width = 2;
  settings.latent.hidden = {8, 6};
  settings.latent.steps = 3;
  settings.context = GetParam().context;
  settings.readout = GetParam().readout;
  settings.unseen_actions = GetParam().unseen;
  settings.relative = GetParam().relative;
  if (!settings.relative) settings.covariate_width = 0;
  auto view = two_drugs();
  view.add(drug_in("a", {{"up", 5.0}}), normal_cells(50, 80, {0, 0}), normal_cells(51, 80, {5, 0}));
  Cmonge model(settings, view.task(), 1);
  begin(model, view);
  (void)train(model, view, settings, 0, 10);
  const auto script = model.export_script();
  torch::jit::Module module("cmonge");
  for (const auto& [name, tensor] : script.tensors) module.register_buffer(name, tensor);
  module.define(script.source);
  std::vector<Context> asked = {drug_in("a", {{"up", 1.0}}), drug_in("new", {{"wide", 3.0}}),
                                drug_in("b", {{"up", 2.0}, {"wide", 1.0}})};
  if (settings.unseen_actions == "mean") asked.push_back(drug_in("b", {{"up", 2.0}, {"other", 1.0}}));
  for (const auto& context : asked) {
    const auto cells = view.control(1) * 0.5 + 1;
    const auto vector = module
                            .run_method("encode_context", cells, encode_actions(model.vocabulary(), context),
                                        encode_covariates(model.vocabulary(), context))
                            .toTensor();
    const auto expected = model.predict(cells, context);
    const auto difference = module.forward({cells, vector}).toTensor() - expected;
    EXPECT_LT(difference.abs().max().item<double>(), 1e-5) << to_string(context);
    EXPECT_GT((expected - cells).abs().max().item<double>(), 1e-4) << to_string(context);
  }
}

INSTANTIATE_TEST_SUITE_P(Settings, CmongeExport,
                         testing::Values(ExportCase{"data", "one_hot", "direct", "error", true},
                                         ExportCase{"pca", "dose", "residual", "mean", false},
                                         ExportCase{"autoencoder", "dose", "residual", "error", true},
                                         ExportCase{"data", "mode_of_action", "direct", "mean", true}),
                         [](const auto& one) { return one.param.latent + "_" + one.param.context; });

TEST(CmongeErrors, NamesTheUnknownPerturbationAndTheKnownParts) {
  const auto view = two_drugs();
  Cmonge model(small_settings(), view.task(), 1);
  begin(model, view);
  try {
    (void)model.predict(view.control(0), drug_in("a", {{"up", 1.0}, {"wid", 1.0}}));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    EXPECT_NE(std::string(error.what()).find("'wid'"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("known parts: 'up'"), std::string::npos);
  }
}

TEST(CmongeErrors, RefusesControlCellsThatDoNotVary) {
  Populations view(2);
  view.add(drug_in("a", {{"up", 1.0}}), at::ones({20, 2}), normal_cells(1, 20, {0, 0}));
  Cmonge model(small_settings(), view.task(), 1);
  EXPECT_THROW(model.begin_stage(0, view), Error);
}

TEST(CmongeErrors, ATableIsNeededForContextsByATable) {
  auto settings = small_settings();
  settings.context = "table";
  EXPECT_THROW(Cmonge(settings, two_drugs().task(), 1), Error);
}

TEST(CmongeErrors, SettingsOutOfRangeAreNamedTogether) {
  try {
    (void)read_settings<CmongeSettings>(document_from(
        nlohmann::ordered_json::parse(R"({"cost": "cosine", "epsilon": 0, "gap_weight": -1, "batch": 1})"),
        "/configs"));
    FAIL() << "no error";
  } catch (const Error& error) {
    for (const auto* part : {"cost", "\"cosine\"", "sqeuclidean", "epsilon", "gap_weight", "batch"}) {
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << part;
    }
  }
}

}  // namespace cmonge_test
}  // namespace brenier::models
