// The sparse-mechanism-shift VAEs beyond their training cells: actions left out, choices made without the truth,
// actions learned afterwards.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "models/svae/new_shifts.h"
#include "models/svae/svae.h"
#include "tests/models/svae/small_svae.h"

namespace brenier::models {

TEST(SvaeLearning, LearnsANewActionWithoutTouchingTheRest) {
  namespace helpers = svae_test;
  const auto view = helpers::two_actions();
  SilentReporter reporter;
  for (const std::string kind : {"svae_plus", "ivae", "sams_vae"}) {
    Svae model(helpers::small(kind), view.task(), 7);
    helpers::train(model, view, 0, 400);
    model.end_training(view);
    const auto seen = helpers::under({"c"});
    EXPECT_THROW(static_cast<void>(model.predict(view.control(0), seen)), Error);
    const auto cells = helpers::count_cells(120, seen, 30);
    const auto learned = model.learn_actions({{seen, cells}}, 1, reporter);
    const auto* mechanisms = dynamic_cast<const MechanismModel*>(learned.get());
    ASSERT_NE(mechanisms, nullptr);
    EXPECT_EQ(learned->task().actions, (std::vector<std::string>{"a", "b", "c"}));
    // What was known stays as it was.
    for (const std::string name : {"a", "b"}) {
      EXPECT_TRUE(at::allclose(learned->predict(view.control(0), helpers::under({name})),
                               model.predict(view.control(0), helpers::under({name})), 1e-4, 1e-4))
          << kind;
    }
    // The new shift makes unseen cells of the action more likely than no shift does.
    const auto fresh = helpers::count_cells(200, seen, 31);
    RandomStream one(1, "iw");
    RandomStream two(1, "iw");
    const double with = mechanisms->log_likelihood(fresh, seen, 20, one).mean().item<double>();
    const double without = model.log_likelihood(fresh, {}, 20, two).mean().item<double>();
    EXPECT_GT(with, without) << kind;
  }
}

TEST(SvaeLearning, ChoosesGammaByActionsLeftOut) {
  namespace helpers = svae_test;
  auto view = helpers::two_actions();
  const auto control = view.contexts()[0].control;
  for (const std::string name : {"c", "d"}) {
    view.add(helpers::under({name}), control, view.add_cells(helpers::count_cells(100, helpers::under({name}), 40)));
  }
  auto settings = helpers::small("svae_plus");
  settings.gamma_rule = "held_out";
  settings.gammas = {1.0, 20.0};
  settings.held_out_share = 0.5;
  settings.steps = 60;
  Svae model(settings, view.task(), 7);
  ASSERT_EQ(model.stages().size(), 3U);
  EXPECT_EQ(model.stages()[1].name, "gamma 20");
  for (std::size_t stage = 0; stage < 3; ++stage) {
    model.begin_stage(stage, view);
    for (std::int64_t step = 0; step < 60; ++step) {
      static_cast<void>(model.step(helpers::batch_of(view, 64, step), {stage, step, 1.0}));
    }
  }
  const auto choices = model.mechanisms().choices;
  ASSERT_EQ(choices.size(), 3U);
  EXPECT_EQ(choices[0].first, "gamma");
  EXPECT_EQ(choices[0].second, choices[1].second > choices[2].second ? 1.0 : 20.0);
  EXPECT_LT(choices[1].second, 0.0);
  EXPECT_LT(choices[2].second, 0.0);
}

// What validation would like best is a model whose masks nothing has penalised.
TEST(SvaeLearning, IsChosenOnceMasksHaveSettled) {
  namespace helpers = svae_test;
  const auto view = helpers::two_actions();
  const auto settled = [&](const std::string& kind, std::int64_t rotation, std::int64_t refine) {
    auto settings = helpers::small(kind);
    settings.rotation_step = rotation;
    settings.refine_step = refine;
    return Svae(settings, view.task(), 1).stages().back().settled;
  };
  EXPECT_EQ(settled("svae_plus", 200, 500), 500);
  EXPECT_EQ(settled("svae_plus", 200, 0), 300);  // warmup_steps 100
  EXPECT_EQ(settled("sams_vae", 0, 0), 100);
  EXPECT_EQ(settled("ivae", 0, 0), 0);
}

// A batch in which every cell was left out teaches nothing, rather than what must stay unseen.
TEST(SvaeLearning, DoesNotLearnFromActionsLeftOut) {
  namespace helpers = svae_test;
  auto view = helpers::two_actions();
  const auto control = view.contexts()[0].control;
  view.add(helpers::under({"c"}), control, view.add_cells(helpers::count_cells(100, helpers::under({"c"}), 40)));
  auto settings = helpers::small("svae_plus");
  settings.gamma_rule = "held_out";
  settings.gammas = {1.0, 20.0};
  settings.held_out_share = 0.5;
  Svae model(settings, view.task(), 7);
  model.begin_stage(0, view);
  std::int64_t unseen = 0;
  for (std::size_t k = 0; k < view.contexts().size(); ++k) {
    State before;
    for (const auto& [name, value] : model.state()) before.emplace_back(name, value.clone());
    Batch batch;
    batch.cells = view.rows(view.contexts()[k].treated).slice(0, 0, 20);
    batch.labels = at::full({20}, static_cast<std::int64_t>(k), at::kLong);
    const bool learned = !model.step(batch, {0, 0, 1.0}).empty();
    bool same = true;
    const auto after = model.state();
    for (std::size_t i = 0; i < after.size(); ++i) same = same && at::equal(before[i].second, after[i].second);
    EXPECT_EQ(learned, !same);
    if (same) ++unseen;
  }
  EXPECT_EQ(unseen, 2);

  const auto two = helpers::two_actions();
  Svae nothing_left(settings, two.task(), 7);
  EXPECT_THROW(nothing_left.begin_stage(0, two), Error);
}

// Without a penalty every entry is moved, and the maximum of the bound is drawn towards 0 as one more observation of 0
// with the precision of the known shifts would do it.
TEST(SvaeLearning, LearnedShiftIsThatOfTheBoundUnderTheShiftsThatAreKnown) {
  namespace helpers = svae_test;
  const auto view = helpers::two_actions();
  SilentReporter reporter;
  for (const auto* kind : {"ivae", "svae_plus"}) {
    auto settings = helpers::small(kind);
    settings.gamma = 1.0;
    Svae model(settings, view.task(), 7);
    helpers::train(model, view, 0, 100);
    model.end_training(view);
    const auto known = model.mechanisms();
    const auto effective = known.masks.defined() ? known.shifts * known.masks : known.shifts;
    const double large = effective.to(at::kDouble).square().mean().item<double>();
    const auto seen = helpers::under({"c"});
    const auto cells = helpers::count_cells(120, seen, 30);
    const auto learned = model.learn_actions({{seen, cells}}, 1, reporter);
    const auto shift = dynamic_cast<const MechanismModel&>(*learned).mechanisms().shifts[2];
    double noise = 0.0;
    for (const auto& [name, value] : model.state()) {
      if (name == "shift_prior") noise = value[3].item<double>();
    }
    EXPECT_GT(noise, 0.0);
    EXPECT_LE(noise, 1.0);
    const auto expected = model.latents(cells, {}).to(at::kDouble).mean(0) * (120.0 * large / (noise + 120.0 * large));
    EXPECT_TRUE(at::allclose(shift.to(at::kDouble), expected, 1e-4, 1e-4)) << kind;
  }
}

// With sparse masks what the known actions say about shifts counts.
TEST(SvaeLearning, KnownMasksSayWhatFewCellsMayMove) {
  namespace helpers = svae_test;
  const auto view = helpers::two_actions();
  SilentReporter reporter;
  auto settings = helpers::small("svae_plus");
  settings.gamma = 20.0;
  settings.mask_logit = 0.0;
  settings.rotation_step = 200;
  Svae model(settings, view.task(), 7);
  helpers::train(model, view, 0, 600);
  model.end_training(view);
  const auto known = model.mechanisms();
  const auto moved = known.masks.gt(0.5).to(at::kDouble);
  const double count = moved.sum().item<double>();
  ASSERT_LT(count, 6.0);
  ASSERT_GT(count, 0.0);
  ShiftPrior prior;
  for (const auto& [name, value] : model.state()) {
    if (name == "shift_prior") {
      prior = {value[0].item<double>(), value[1].item<double>(), value[2].item<double>(), value[3].item<double>()};
    }
  }
  EXPECT_DOUBLE_EQ(prior.often, (count + 1.0) / (6.0 + 2.0));
  EXPECT_NEAR(prior.large, (known.shifts.to(at::kDouble) * moved).square().sum().item<double>() / count, 1e-5);
  // Off the masks: the squared mean latents of an action, less what chance does to a mean of 150.
  double small = 0.0;
  for (std::size_t a = 0; a < 2; ++a) {
    const auto z = model.latents(view.rows(view.contexts()[a].treated), {}).to(at::kDouble);
    const auto still = 1.0 - moved[static_cast<std::int64_t>(a)];
    small += ((z.mean(0).square() - z.var(0, /*unbiased=*/true) / 150.0) * still).sum().item<double>() / (6.0 - count);
  }
  EXPECT_NEAR(prior.small, std::clamp(small, 0.0, prior.large), 1e-5);
  const auto seen = helpers::under({"c"});
  const auto cells = helpers::count_cells(3, seen, 30);
  const auto learned = model.learn_actions({{seen, cells}}, 1, reporter);
  const auto shift = dynamic_cast<const MechanismModel&>(*learned).mechanisms().shifts[2];
  const auto mean = model.latents(cells, {}).to(at::kDouble).mean(0, /*keepdim=*/true);
  const auto expected = new_shifts(at::full({1, 1}, 3.0, at::kDouble), 3.0 * mean, prior)[0];
  EXPECT_TRUE(at::allclose(shift.to(at::kDouble), expected, 1e-4, 1e-4));
}

}  // namespace brenier::models
