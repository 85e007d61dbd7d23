// The kinds of context of CondOT: what each makes of seen, composed and unseen contexts, and that its export agrees.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/jit/api/module.h>

#include "core/error.h"
#include "models/condot/condot.h"
#include "tests/models/condot/populations.h"

namespace brenier::models {
namespace condot_context_test {

CondotSettings settings_of(const std::string& context, const std::string& combinator) {
  CondotSettings settings;
  settings.latent.kind = "data";
  settings.context = context;
  settings.combinator = combinator;
  settings.potential.hidden = {8, 8};
  settings.potential.context_width = 6;
  settings.inner = 2;
  settings.batch = 32;
  settings.retention = 1.0;
  settings.embedding_width = 3;
  return settings;
}

Context actions(std::vector<Action> list) { return make_context(std::move(list), {{"type", "a"}}); }

// A moves along x, B along y, C back along x, and the seen pair A+C along both.
Populations singles_and_a_pair() {
  Populations view(2);
  const auto control = normal_cells(1, 60, {0, 0});
  view.add(actions({{"A", 1.0}}), control, normal_cells(2, 60, {4, 0}));
  view.add(actions({{"B", 1.0}}), control, normal_cells(3, 60, {0, 4}));
  view.add(actions({{"C", 1.0}}), control, normal_cells(4, 60, {-3, 0}));
  view.add(actions({{"A", 1.0}, {"C", 1.0}}), control, normal_cells(5, 60, {1, 1}));
  return view;
}

class WithTables final : public TrainingView {
 public:
  WithTables(const Populations& base, std::map<std::string, Descriptors> tables, std::vector<std::string> numeric = {})
      : base_(base), task_(base.task()) {
    task_.descriptors = std::move(tables);
    task_.numeric = std::move(numeric);
  }
  const Task& task() const override { return task_; }
  const std::vector<TrainingContext>& contexts() const override { return base_.contexts(); }
  const std::vector<TrainingContext>& control_only() const override { return base_.control_only(); }
  std::int64_t size() const override { return base_.size(); }
  at::Tensor rows(const std::vector<std::int64_t>& rows) const override { return base_.rows(rows); }

 private:
  Populations base_;
  Task task_;
};

// D is like A; the third column says nothing.
WithTables with_table() {
  return {
      singles_and_a_pair(),
      {{kActionDescriptors, {{"A", "B", "C", "D"}, {"p", "q", "r"}, {1, 0, 5, 0, 1, 5, -1, 0.2F, 5, 0.9F, 0.1F, 7}}}}};
}

std::unique_ptr<Condot> started(const CondotSettings& settings, const TrainingView& view) {
  auto model = std::make_unique<Condot>(settings, view.task(), 1);
  model->begin_stage(0, view);
  return model;
}

void train(Condot& model, const TrainingView& view, const CondotSettings& settings, int steps) {
  for (int step = 0; step < steps; ++step) {
    const auto k = static_cast<std::size_t>(step) % view.contexts().size();
    const auto repeated = [&](const std::vector<std::int64_t>& rows, std::int64_t n) {
      std::vector<std::int64_t> chosen;
      for (std::int64_t i = 0; i < n; ++i) {
        chosen.push_back(rows[static_cast<std::size_t>((i + 7 * step) % static_cast<std::int64_t>(rows.size()))]);
      }
      return view.rows(chosen);
    };
    Batch batch;
    batch.context = static_cast<std::int64_t>(k);
    batch.control = repeated(view.contexts()[k].control, settings.batch * settings.inner);
    batch.treated = repeated(view.contexts()[k].treated, settings.batch);
    for (const auto& [name, value] : model.step(batch, {0, step, 1.0})) ASSERT_TRUE(std::isfinite(value)) << name;
  }
}

at::Tensor mean_of(const Condot& model, const TrainingView& view, const Context& context) {
  return model.predict(view.rows(view.contexts()[0].control), context).mean(0);
}

torch::jit::Module compiled(const Condot& model) {
  const auto script = model.export_script();
  torch::jit::Module module("condot");
  for (const auto& [name, tensor] : script.tensors) module.register_buffer(name, tensor);
  module.define(script.source);
  return module;
}

at::Tensor run(torch::jit::Module& module, const Condot& model, const at::Tensor& cells, const Context& context) {
  const auto vector = module
                          .run_method("encode_context", cells, encode_actions(model.vocabulary(), context),
                                      encode_covariates(model.vocabulary(), context))
                          .toTensor();
  return module.forward({cells, vector}).toTensor();
}

std::string message(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

struct Kind {
  std::string context, combinator;
  bool unseen = false;
};

class ContextKinds : public testing::TestWithParam<Kind> {};

TEST_P(ContextKinds, ExportAgreesWithPredictInSeenComposedAndUnseenContexts) {
  auto settings = settings_of(GetParam().context, GetParam().combinator);
  settings.potential.initialisation = "gaussian";
  settings.retention = 0.7;
  if (GetParam().unseen) settings.unseen_actions = "mean";
  const auto view = with_table();
  const auto model = started(settings, view);
  train(*model, view, settings, 6);
  auto module = compiled(*model);
  std::vector<Context> asked = {actions({{"A", 1.0}}), actions({{"A", 1.0}, {"C", 1.0}}),
                                actions({{"A", 1.0}, {"B", 1.0}}), actions({{"A", 2.0}, {"B", 0.5}, {"C", 1.0}})};
  if (GetParam().context == "table") asked.push_back(actions({{"D", 1.0}}));
  if (GetParam().context == "table") asked.push_back(actions({{"B", 1.0}, {"D", 1.0}}));
  if (GetParam().unseen) asked.push_back(actions({{"A", 1.0}, {"X", 1.0}, {"Y", 1.0}}));
  const auto cells = view.rows(view.contexts()[0].control) * 0.9 + 0.1;
  for (const auto& context : asked) {
    const auto moved = run(module, *model, cells, context);
    const auto expected = model->predict(cells, context);
    EXPECT_LT((moved - expected).abs().max().item<double>(), 1e-5) << to_string(context);
    EXPECT_TRUE(at::isfinite(expected).all().item<bool>()) << to_string(context);
  }
}

TEST_P(ContextKinds, ATrainingContextIsReproducedAndTheStateContinues) {
  const auto settings = settings_of(GetParam().context, GetParam().combinator);
  const auto view = with_table();
  const auto model = started(settings, view);
  for (const auto& one : view.contexts()) {
    const auto truth = view.rows(one.treated).mean(0);
    EXPECT_LT((mean_of(*model, view, one.context) - truth).abs().max().item<double>(), 2e-3) << to_string(one.context);
  }
  train(*model, view, settings, 5);
  State saved;
  for (const auto& [name, tensor] : model->state()) saved.emplace_back(name, tensor.clone());
  train(*model, view, settings, 3);
  Condot resumed(settings, view.task(), 99);
  resumed.load_state(saved);
  train(resumed, view, settings, 3);
  const auto a = model->state();
  const auto b = resumed.state();
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(at::equal(a[i].second, b[i].second)) << a[i].first;
}

INSTANTIATE_TEST_SUITE_P(Settings, ContextKinds,
                         testing::Values(Kind{"kernel", "sum"}, Kind{"kernel", "sum", true}, Kind{"one_hot", "sum"},
                                         Kind{"one_hot", "max", true}, Kind{"dose", "sum"}, Kind{"dose", "mean"},
                                         Kind{"mode_of_action", "sum", true}, Kind{"mode_of_action", "mean"},
                                         Kind{"mode_of_action", "max"}, Kind{"mode_of_action", "deepset", true},
                                         Kind{"table", "sum"}, Kind{"table", "mean", true}, Kind{"table", "deepset"},
                                         Kind{"one_hot", "deepset"}),
                         [](const auto& kind) {
                           return kind.param.context + "_" + kind.param.combinator +
                                  (kind.param.unseen ? "_unseen" : "");
                         });

TEST(CondotSets, DisplacementsOfAnUnseenPairAddUp) {
  const auto view = with_table();
  const auto model = started(settings_of("mode_of_action", "sum"), view);
  const auto pair = mean_of(*model, view, actions({{"A", 1.0}, {"B", 1.0}}));
  const auto mean = [&](std::size_t k) { return view.rows(view.contexts()[k].treated).mean(0); };
  const auto expected = mean(0) + mean(1) - view.rows(view.contexts()[0].control).mean(0);
  EXPECT_LT((pair - expected).abs().max().item<double>(), 0.35);  // A+C has a say in what A does
}

TEST(CondotSets, AnUnknownActionIsRefusedOrMovesLikeTheMeanOne) {
  const auto view = with_table();
  auto settings = settings_of("kernel", "sum");
  const auto strict = started(settings, view);
  const auto text = message([&] { (void)mean_of(*strict, view, actions({{"A", 1.0}, {"X", 1.0}})); });
  EXPECT_NE(text.find("'X'"), std::string::npos);
  EXPECT_NE(text.find("known parts: 'A'"), std::string::npos);
  settings.unseen_actions = "mean";
  const auto lenient = started(settings, view);
  const auto moved = mean_of(*lenient, view, actions({{"X", 1.0}}));
  EXPECT_LT((moved - at::tensor({1.0F / 3, 4.0F / 3})).abs().max().item<double>(), 0.3);
}

TEST(CondotSets, AnActionThatOnlyTheTableKnowsTakesTheNearestOne) {
  const auto view = with_table();
  for (const auto* combinator : {"sum", "mean"}) {
    auto settings = settings_of("table", combinator);
    settings.bandwidth = 0.5;
    const auto model = started(settings, view);
    EXPECT_EQ(model->vocabulary().actions, (std::vector<std::string>{"A", "B", "C", "D"}));
    const auto moved = mean_of(*model, view, actions({{"D", 1.0}}));
    EXPECT_LT((moved - at::tensor({4.0F, 0.0F})).abs().max().item<double>(), 1.0) << combinator;
  }
}

TEST(CondotSets, ATableWithoutARowOrWithoutAVaryingColumnIsRefused) {
  const auto base = singles_and_a_pair();
  const WithTables holes(base, {{kActionDescriptors, {{"A"}, {"p"}, {1}}}});
  const auto missing = message([&] { (void)started(settings_of("table", "mean"), holes); });
  EXPECT_NE(missing.find("no row for 'B', 'C'"), std::string::npos) << missing;
  const WithTables flat(base, {{kActionDescriptors, {{"A", "B", "C"}, {"p"}, {2, 2, 2}}}});
  EXPECT_NE(message([&] { (void)started(settings_of("table", "mean"), flat); }).find("no column"), std::string::npos);
  EXPECT_NE(message([&] { (void)started(settings_of("table", "mean"), base); }).find("data.descriptors"),
            std::string::npos);
}

TEST(CondotSets, EachPotentialHasItsOwnLearnedCombinatorAndBothMove) {
  const auto view = with_table();
  auto settings = settings_of("mode_of_action", "deepset");
  settings.optimiser.learning_rate = 1e-3;
  const auto model = started(settings, view);
  State before;
  for (const auto& [name, tensor] : model->state()) before.emplace_back(name, tensor.clone());
  train(*model, view, settings, 12);
  const auto after = model->state();
  int f = 0;
  int g = 0;
  for (std::size_t i = 0; i < after.size(); ++i) {
    if (after[i].first.find("set_encoder.0.kernel") == std::string::npos) continue;
    if (after[i].first.find("adam") != std::string::npos) continue;
    const bool moved = !at::equal(after[i].second, before[i].second);
    f += after[i].first.starts_with("f.set.") && moved ? 1 : 0;
    g += after[i].first.starts_with("g.set.") && moved ? 1 : 0;
  }
  EXPECT_EQ(f, 1);
  EXPECT_EQ(g, 1);
}

TEST(CondotDoses, AnUnseenDoseLiesBetweenItsNeighboursAndBeyondTheRangeTheNearestWins) {
  Populations view(2);
  const auto control = normal_cells(1, 50, {0, 0}, 0.5);
  for (const double dose : {1.0, 2.0, 4.0})
    view.add(actions({{"A", dose}}), control, control + at::tensor({dose, 0.0}).to(at::kFloat));
  auto settings = settings_of("dose", "sum");
  settings.dose_scale = "linear";
  const auto model = started(settings, view);
  for (const auto& [dose, expected] : {std::pair{1.0, 1.0}, {1.5, 1.5}, {3.5, 3.5}, {0.1, 1.0}, {9.0, 4.0}}) {
    const auto moved = mean_of(*model, view, actions({{"A", dose}})) - control.mean(0);
    EXPECT_NEAR(moved[0].item<double>(), expected, 1e-4) << dose;
  }
}

TEST(CondotCovariates, ATableOfACovariateTellsWhichTypesAreAlike) {
  Populations base(2);
  const auto control = normal_cells(1, 50, {0, 0}, 0.5);
  const auto in = [](const std::string& type) { return make_context({{"A", 1.0}}, {{"type", type}}); };
  base.add(in("young"), control, control + at::tensor({1.0F, 0.0F}));
  base.add(in("old"), control, control + at::tensor({5.0F, 0.0F}));
  const WithTables view(base, {{"type", {{"young", "old", "older"}, {"age"}, {20, 70, 80}}}});
  auto settings = settings_of("one_hot", "sum");
  settings.bandwidth = 0.5;
  const auto model = started(settings, view);
  EXPECT_EQ(model->vocabulary().covariates.at("type"), (std::vector<std::string>{"old", "young", "older"}));
  EXPECT_NEAR((mean_of(*model, view, in("older")) - control.mean(0))[0].item<double>(), 5.0, 0.2);
}

TEST(CondotCovariates, ANumberLiesBetweenItsNeighboursInTheTrainerAndInTheScript) {
  Populations base(2);
  const auto control = normal_cells(1, 50, {0, 0}, 0.5);
  const auto at_age = [](const std::string& age) { return make_context({{"A", 1.0}}, {{"age", age}, {"sex", "f"}}); };
  for (const auto& [age, shift] : {std::pair{"20", 2.0F}, {"30", 3.0F}, {"60", 6.0F}}) {
    base.add(at_age(age), control, control + at::tensor({shift, 0.0F}));
  }
  const WithTables view(base, {}, {"age"});
  for (const char* context : {"kernel", "one_hot", "dose"}) {
    const auto model = started(settings_of(context, "sum"), view);
    auto script = compiled(*model);
    for (const auto& [age, expected] :
         {std::pair{"20", 2.0}, {"30", 3.0}, {"25.5", 2.55}, {" 45 ", 4.5}, {"10", 2.0}, {"90.0", 6.0}}) {
      const auto moved = mean_of(*model, view, at_age(age)) - control.mean(0);
      EXPECT_NEAR(moved[0].item<double>(), expected, 1e-3) << context << " " << age;
      EXPECT_LE(
          (run(script, *model, control, at_age(age)) - model->predict(control, at_age(age))).abs().max().item<double>(),
          1e-5)
          << context << " " << age;
    }
    EXPECT_THROW((void)model->predict(control, at_age("young")), Error);
  }
  EXPECT_NE(message([&] { (void)started(settings_of("one_hot", "sum"), WithTables(base, {}, {"sex"})); }).find("'f'"),
            std::string::npos);
}

}  // namespace condot_context_test
}  // namespace brenier::models
