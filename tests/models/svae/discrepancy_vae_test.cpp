// The discrepancy-VAE: what it learns on the causal chain, state, export, bad input.
#include "models/svae/discrepancy_vae.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/jit/api/module.h>

#include "core/config/read.h"
#include "core/error.h"
#include "tests/models/condot/populations.h"
#include "tests/models/svae/chain.h"
#include "tests/models/svae/small_discrepancy.h"

namespace brenier::models {
namespace discrepancy_vae_test {

using tests::chain_cells;
using tests::chain_context;
using tests::chain_view;
using tests::small_discrepancy;
using tests::train_discrepancy;

double distance(const at::Tensor& predicted, const at::Tensor& truth) {
  return kernel_discrepancy(predicted, truth, {}, false).value;
}

TEST(DiscrepancyTraining, LearnsSinglesAndSumsThemForPairs) {
  const auto view = chain_view({0, 1, 2}, 400);
  const auto settings = small_discrepancy(600);
  DiscrepancyVae model(settings, view.task(), 1);
  train_discrepancy(model, view, settings, 0, settings.steps);
  const auto control = chain_cells(50, 300, {});
  for (const std::int64_t target : {0, 1, 2}) {
    const auto truth = chain_cells(60, 300, {target});
    EXPECT_LT(distance(model.predict(control, chain_context({target})), truth), 0.05 * distance(control, truth));
  }
  for (const auto& pair : {std::set<std::int64_t>{0, 1}, {0, 2}, {1, 2}}) {
    const auto truth = chain_cells(61, 300, pair);
    EXPECT_LT(distance(model.predict(control, chain_context(pair)), truth), 0.05 * distance(control, truth));
  }
}

TEST(DiscrepancyTraining, LearnsWhichLatentsActionsMove) {
  const auto view = chain_view({0, 1, 2}, 400);
  auto settings = small_discrepancy(600);
  settings.targets = "learned";
  settings.target_hidden = {16};
  settings.hidden = {32};
  settings.temperature.most = 5.0;
  DiscrepancyVae model(settings, view.task(), 1);
  train_discrepancy(model, view, settings, 0, settings.steps);
  const auto control = chain_cells(50, 300, {});
  for (const std::int64_t target : {0, 1, 2}) {
    const auto truth = chain_cells(60, 300, {target});
    EXPECT_LT(distance(model.predict(control, chain_context({target})), truth), 0.1 * distance(control, truth));
  }
  const auto masks = model.mechanisms().masks;
  EXPECT_LT((masks.sum(1) - 1.0).abs().max().item<double>(), 1e-12);
}

TEST(DiscrepancyPrediction, RepeatsInAnyBatchAndScalesWithTheDose) {
  const auto view = chain_view({0, 1}, 100);
  auto settings = small_discrepancy(20);
  DiscrepancyVae model(settings, view.task(), 1);
  train_discrepancy(model, view, settings, 0, 20);
  const auto control = chain_cells(50, 64, {});
  const auto context = chain_context({0});
  const auto whole = model.predict(control, context);
  EXPECT_TRUE(at::equal(whole, model.predict(control, context)));
  EXPECT_LT((whole.narrow(0, 10, 7) - model.predict(control.narrow(0, 10, 7), context)).abs().max().item<double>(),
            1e-5);
  EXPECT_EQ(whole.scalar_type(), at::kFloat);
  settings.draw = false;
  DiscrepancyVae mean(settings, view.task(), 1);
  mean.load_state(model.state());
  EXPECT_GT((whole - mean.predict(control, context)).abs().max().item<double>(), 1e-3);
  // Without a causal layer and with linear networks a doubled dose moves cells twice as far.
  settings.causal = "none";
  DiscrepancyVae linear(settings, view.task(), 1);
  const auto none = linear.predict(control, make_context({}, {}));
  const auto once = linear.predict(control, context) - none;
  const auto twice = linear.predict(control, make_context({{"u0", 2.0}}, {})) - none;
  EXPECT_LT((twice - 2.0 * once).abs().max().item<double>(), 1e-5);
  EXPECT_GT(once.abs().max().item<double>(), 1e-4);
}

TEST(DiscrepancyState, ContinuesBitIdenticallyAfterSaveAndLoad) {
  const auto view = chain_view({0, 1, 2}, 100);
  for (const auto* targets : {"known", "learned"}) {
    auto settings = small_discrepancy(12);
    settings.targets = targets;
    DiscrepancyVae whole(settings, view.task(), 1);
    train_discrepancy(whole, view, settings, 0, 7);
    State saved;
    for (const auto& [name, tensor] : whole.state()) saved.emplace_back(name, tensor.clone());
    train_discrepancy(whole, view, settings, 7, 12);
    DiscrepancyVae resumed(settings, view.task(), 1);
    resumed.load_state(saved);
    train_discrepancy(resumed, view, settings, 7, 12);
    const auto a = whole.state();
    const auto b = resumed.state();
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(at::equal(a[i].second, b[i].second)) << a[i].first;
    saved.back().second = at::zeros({7});
    EXPECT_THROW(resumed.load_state(saved), Error);
  }
}

struct ExportCase {
  std::string name, targets, causal, output;
  bool draw;
  std::vector<std::int64_t> hidden;
};

class DiscrepancyExport : public testing::TestWithParam<ExportCase> {};

TEST_P(DiscrepancyExport, ScriptAgreesWithPredict) {
  const auto view = chain_view({0, 1, 2}, 100);
  auto settings = small_discrepancy(30);
  settings.targets = GetParam().targets;
  settings.causal = GetParam().causal;
  settings.output = GetParam().output;
  settings.draw = GetParam().draw;
  settings.hidden = GetParam().hidden;
  DiscrepancyVae model(settings, view.task(), 1);
  train_discrepancy(model, view, settings, 0, settings.steps);
  const auto script = model.export_script();
  torch::jit::Module module("discrepancy_vae");
  for (const auto& [name, tensor] : script.tensors) module.register_buffer(name, tensor);
  module.define(script.source);
  const auto cells = chain_cells(50, 40, {});
  for (const auto& context : {chain_context({0}), chain_context({1, 2}), make_context({{"u1", 0.5}}, {})}) {
    const auto vector = module
                            .run_method("encode_context", cells, encode_actions(model.vocabulary(), context),
                                        encode_covariates(model.vocabulary(), context))
                            .toTensor();
    const auto expected = model.predict(cells, context);
    const auto out = module.forward({cells, vector}).toTensor();
    EXPECT_EQ(out.scalar_type(), at::kFloat);
    EXPECT_LT((out - expected).abs().max().item<double>(), 1e-5) << to_string(context);
    EXPECT_GT((expected - cells).abs().max().item<double>(), 1e-3) << to_string(context);
  }
}

INSTANTIATE_TEST_SUITE_P(Settings, DiscrepancyExport,
                         testing::Values(ExportCase{"simulation", "known", "relu", "linear", true, {}},
                                         ExportCase{"published", "learned", "linear", "leaky_relu", true, {16}},
                                         ExportCase{"mean", "learned", "none", "linear", false, {8, 8}}),
                         [](const auto& one) { return one.param.name; });

TEST(DiscrepancyErrors, NamesTheUnknownPerturbationAndTheKnownParts) {
  const auto view = chain_view({0, 1}, 50);
  const DiscrepancyVae model(small_discrepancy(1), view.task(), 1);
  try {
    (void)model.predict(view.control(0), chain_context({0, 2}));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    EXPECT_NE(std::string(error.what()).find("'u2'"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("known parts: 'u0'"), std::string::npos);
  }
}

TEST(DiscrepancyErrors, AContextNeedsTreatedAndControlCells) {
  for (const bool treated : {true, false}) {
    tests::TensorView view(6);
    const auto rows = view.add_cells(chain_cells(1, 20, {}));
    const std::vector<std::int64_t> none;
    view.add(chain_context({0}), treated ? none : rows, treated ? rows : none);
    DiscrepancyVae model(small_discrepancy(1), view.task(), 1);
    try {
      model.begin_stage(0, view);
      FAIL() << "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kData);
      EXPECT_NE(std::string(error.what()).find("u0"), std::string::npos);
      EXPECT_NE(std::string(error.what()).find(treated ? "no control cells" : "no cells"), std::string::npos);
    }
  }
}

TEST(DiscrepancyErrors, KnownTargetsNeedOneActionALatent) {
  const auto view = chain_view({0, 1, 2}, 20);
  auto settings = small_discrepancy(1);
  settings.latents = 2;
  EXPECT_THROW(DiscrepancyVae(settings, view.task(), 1), Error);
  settings.latents = 0;
  settings.order = {"u0", "u1", "u9"};
  try {
    const DiscrepancyVae model(settings, view.task(), 1);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_NE(std::string(error.what()).find("'u9'"), std::string::npos);
  }
  settings.order = {"u2", "u0", "u1"};
  const auto masks = DiscrepancyVae(settings, view.task(), 1).mechanisms().masks;
  EXPECT_EQ(masks[2][0].item<double>(), 1.0);
  EXPECT_EQ(masks[0][1].item<double>(), 1.0);
  EXPECT_EQ(masks.sum().item<double>(), 3.0);
}

TEST(DiscrepancyErrors, ATaskWithoutInterventionsIsRefused) {
  Task task;
  task.genes = {"a", "b"};
  EXPECT_THROW(DiscrepancyVae(small_discrepancy(1), task, 1), Error);
}

TEST(DiscrepancyErrors, SettingsOutOfRangeAreNamedTogether) {
  try {
    (void)read_settings<DiscrepancySettings>(document_from(
        nlohmann::ordered_json::parse(R"({"causal": "cyclic", "kernels": {"kernels": 0}, "batch": 1, "order": ["a"],
                                         "discrepancy": {"from": 0.5, "to": 0.2}})"),
        "/configs"));
    FAIL() << "no error";
  } catch (const Error& error) {
    for (const auto* part : {"causal", "\"cyclic\"", "kernels.kernels", "batch"}) {
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << part << error.what();
    }
  }
  for (const auto* text : {R"({"order": ["a"]})", R"({"discrepancy": {"from": 0.5, "to": 0.2}})"}) {
    EXPECT_THROW(
        (void)read_settings<DiscrepancySettings>(document_from(nlohmann::ordered_json::parse(text), "/configs")), Error)
        << text;
  }
}

}  // namespace discrepancy_vae_test
}  // namespace brenier::models
