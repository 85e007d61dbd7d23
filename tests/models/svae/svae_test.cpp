// The sparse-mechanism-shift VAEs from end to end: training, prediction, state, export, likelihoods, new actions.
#include "models/svae/svae.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/jit/api/module.h>

#include "core/error.h"
#include "models/registry.h"
#include "models/svae/mask_sampling.h"
#include "tests/models/tensor_view.h"

namespace brenier::models {
namespace svae_test {

constexpr std::int64_t kGenes = 12;

// Counts whose log means are `base` plus what the actions of a cell add: a raises genes 0-3, b lowers genes 4-7.
at::Tensor count_cells(std::int64_t rows, const Context& context, std::uint64_t seed) {
  RandomStream stream(seed, "counts");
  auto cells = at::empty({rows, kGenes});
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t g = 0; g < kGenes; ++g) {
      double log_mean = 1.5 + 0.1 * static_cast<double>(g);
      for (const auto& action : context.actions) {
        if (action.name == "a" && g < 4) log_mean += 1.0;
        if (action.name == "b" && g >= 4 && g < 8) log_mean -= 1.0;
        if (action.name == "c" && g >= 8) log_mean += 1.0;
      }
      cells.mutable_data_ptr<float>()[i * kGenes + g] = static_cast<float>(stream.poisson(std::exp(log_mean)));
    }
  }
  return cells;
}

Context under(const std::vector<std::string>& names) {
  std::vector<Action> actions;
  for (const auto& name : names) actions.push_back({name, 1.0});
  return make_context(actions, {});
}

tests::TensorView two_actions() {
  tests::TensorView view(kGenes);
  const auto control = view.add_cells(count_cells(150, {}, 1));
  for (const std::string name : {"a", "b"}) {
    view.add(under({name}), control, view.add_cells(count_cells(150, under({name}), name == "a" ? 2 : 3)));
  }
  return view;
}

SvaeSettings small(const std::string& kind) {
  SvaeSettings settings(kind);
  settings.latent_width = 3;
  settings.hidden = {16};
  settings.steps = 600;
  settings.warmup_steps = 100;
  settings.batch = 64;
  settings.gamma = 5.0;
  settings.particles = 1;
  settings.optimiser.learning_rate = 5e-3;
  return settings;
}

Batch batch_of(const tests::TensorView& view, std::int64_t size, std::int64_t step) {
  RandomStream stream(static_cast<std::uint64_t>(step), "batch");
  Batch batch;
  const auto rows = stream.sample(view.size(), size);
  batch.cells = view.rows(rows);
  batch.labels = at::full({size}, -1, at::kLong);
  for (std::int64_t i = 0; i < size; ++i) {
    for (std::size_t k = 0; k < view.contexts().size(); ++k) {
      const auto& treated = view.contexts()[k].treated;
      if (std::find(treated.begin(), treated.end(), rows[static_cast<std::size_t>(i)]) != treated.end()) {
        batch.labels[i] = static_cast<std::int64_t>(k);
      }
    }
  }
  return batch;
}

void train(Svae& model, const tests::TensorView& view, std::int64_t from, std::int64_t to) {
  if (from == 0) model.begin_stage(0, view);
  for (std::int64_t step = from; step < to; ++step) {
    for (const auto& [name, value] : model.step(batch_of(view, 64, step), {0, step, 1.0})) {
      ASSERT_TRUE(std::isfinite(value)) << name << " at " << step;
    }
  }
}

// Between the mean shares of the genes: a prediction has the library of its control cell.
double error_of(const at::Tensor& predicted, const at::Tensor& truth) {
  const auto share = [](const at::Tensor& cells) { return (cells / cells.sum(1, true)).mean(0); };
  return 1e4 * (share(predicted) - share(truth)).square().sum().item<double>();
}

}  // namespace svae_test

TEST(Svae, EveryKindLearnsWhatActionsDo) {
  namespace helpers = svae_test;
  const auto view = helpers::two_actions();
  for (const std::string kind : {"svae_plus", "svae", "ivae", "sams_vae"}) {
    Svae model(helpers::small(kind), view.task(), 7);
    helpers::train(model, view, 0, 600);
    model.end_training(view);
    const auto control = view.control(0);
    for (const std::string name : {"a", "b"}) {
      const auto truth = helpers::count_cells(400, helpers::under({name}), 20);
      const double error = helpers::error_of(model.predict(control, helpers::under({name})), truth);
      EXPECT_LT(error, 0.3 * helpers::error_of(control, truth)) << kind << " " << name;
    }
    // Both at once: shifts add up.
    const auto both = helpers::under({"a", "b"});
    const auto truth = helpers::count_cells(400, both, 21);
    // Three latents leave sams_vae little room beyond what it saw.
    const double part = kind == "sams_vae" ? 1.0 : 0.5;
    EXPECT_LT(helpers::error_of(model.predict(control, both), truth), part * helpers::error_of(control, truth)) << kind;
  }
}

TEST(Svae, TheCorrelatedGuideLearnsWhatActionsDo) {
  namespace helpers = svae_test;
  const auto view = helpers::two_actions();
  auto settings = helpers::small("sams_vae");
  settings.guide = "correlated";
  Svae model(settings, view.task(), 7);
  helpers::train(model, view, 0, 600);
  model.end_training(view);
  const auto control = view.control(0);
  for (const std::string name : {"a", "b"}) {
    const auto truth = helpers::count_cells(400, helpers::under({name}), 20);
    const double error = helpers::error_of(model.predict(control, helpers::under({name})), truth);
    EXPECT_LT(error, 0.3 * helpers::error_of(control, truth)) << name;
  }
  // An unseen action is learned with the others' shifts as they ended.
  SilentReporter reporter;
  const auto seen = helpers::under({"c"});
  const auto learned = model.learn_actions({{seen, helpers::count_cells(150, seen, 30)}}, 1, reporter);
  const auto truth = helpers::count_cells(400, seen, 31);
  EXPECT_LT(helpers::error_of(learned->predict(control, seen), truth), 0.9 * helpers::error_of(control, truth));
  EXPECT_TRUE(at::allclose(learned->predict(control, helpers::under({"a"})),
                           model.predict(control, helpers::under({"a"})), 1e-4, 1e-4));
}

TEST(Svae, KindVaeKnowsNoAction) {
  namespace helpers = svae_test;
  const auto view = helpers::two_actions();
  Svae model(helpers::small("vae"), view.task(), 7);
  helpers::train(model, view, 0, 20);
  EXPECT_TRUE(model.vocabulary().unknown_actions);
  EXPECT_FALSE(model.mechanisms().shifts.defined());
  const auto control = view.control(0);
  EXPECT_TRUE(at::equal(model.predict(control, helpers::under({"zz"})), model.predict(control, {})));
}

TEST(Svae, RotatesAndRefinesOnTheWay) {
  namespace helpers = svae_test;
  const auto view = helpers::two_actions();
  auto settings = helpers::small("svae_plus");
  settings.rotation_step = 300;
  settings.refine_step = 500;
  Svae model(settings, view.task(), 7);
  helpers::train(model, view, 0, 301);
  // Masks have just started again; nothing was penalised before.
  EXPECT_NEAR(model.mechanisms().masks.min().item<double>(), sigmoid(5.0), 0.01);
  helpers::train(model, view, 301, 500);
  const auto before = model.mechanisms().masks > 0.5;
  helpers::train(model, view, 500, 600);
  const auto after = model.mechanisms().masks;
  EXPECT_TRUE(at::equal(after > 0.5, before));
  EXPECT_LT((after - after.round()).abs().max().item<double>(), 1e-6);
  const auto truth = helpers::count_cells(400, helpers::under({"a"}), 20);
  EXPECT_LT(helpers::error_of(model.predict(view.control(0), helpers::under({"a"})), truth),
            0.3 * helpers::error_of(view.control(0), truth));
}

TEST(Svae, ResidualPredictionsKeepTheCellWhereNothingMoves) {
  namespace helpers = svae_test;
  const auto view = helpers::two_actions();
  Svae model(helpers::small("svae_plus"), view.task(), 7);
  helpers::train(model, view, 0, 20);
  const auto control = view.control(0);
  EXPECT_TRUE(at::allclose(model.predict(control, {}), control));
  // A zero stays a zero.
  EXPECT_EQ((model.predict(control, helpers::under({"a"})) > 0).logical_and(control == 0).sum().item<std::int64_t>(),
            0);
}

TEST(Svae, DirectPredictionsKeepTheLibraryOfTheCell) {
  namespace helpers = svae_test;
  const auto view = helpers::two_actions();
  auto settings = helpers::small("svae_plus");
  settings.readout = "direct";
  Svae model(settings, view.task(), 7);
  helpers::train(model, view, 0, 20);
  const auto control = view.control(0);
  EXPECT_TRUE(at::allclose(model.predict(control, helpers::under({"a"})).sum(1), control.sum(1), 1e-4));
}

TEST(Svae, ResumesToTheBit) {
  namespace helpers = svae_test;
  const auto view = helpers::two_actions();
  for (const std::string kind : {"svae_plus", "sams_vae"}) {
    auto settings = helpers::small(kind);
    settings.temperature_end = 0.5;
    if (kind == "sams_vae") settings.guide = "correlated";
    Svae whole(settings, view.task(), 7);
    helpers::train(whole, view, 0, 40);
    Svae first(settings, view.task(), 7);
    helpers::train(first, view, 0, 25);
    State saved;
    for (const auto& [name, tensor] : first.state()) saved.emplace_back(name, tensor.clone());
    Svae second(settings, view.task(), 7);
    second.load_state(saved);
    helpers::train(second, view, 25, 40);
    const auto expected = whole.state();
    const auto found = second.state();
    ASSERT_EQ(expected.size(), found.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_TRUE(at::equal(expected[i].second, found[i].second)) << kind << " " << expected[i].first;
    }
  }
}

TEST(Svae, ScriptPredictsTheSame) {
  namespace helpers = svae_test;
  const auto view = helpers::two_actions();
  for (const std::string kind : {"svae_plus", "vae", "sams_vae"}) {
    for (const std::string likelihood : {"negative_binomial", "gaussian"}) {
      auto settings = helpers::small(kind);
      settings.likelihood = likelihood;
      settings.readout = kind == "svae_plus" ? "direct" : "residual";
      if (likelihood == "gaussian") settings.guide = "correlated";  // of sams_vae
      Svae model(settings, view.task(), 7);
      helpers::train(model, view, 0, 30);
      const auto script = model.export_script();
      torch::jit::Module module("model");
      for (const auto& [name, tensor] : script.tensors) module.register_buffer(name, tensor);
      module.define(script.source);
      const auto context = helpers::under({"b"});
      const auto control = view.control(0);
      const auto vocabulary = model.vocabulary();
      const auto encoded = module.get_method("encode_context")(
          {control, encode_actions(vocabulary, context), encode_covariates(vocabulary, context)});
      const auto predicted = module.forward({control, encoded}).toTensor();
      EXPECT_TRUE(at::allclose(predicted, model.predict(control, context), 1e-5, 1e-5)) << kind << " " << likelihood;
    }
  }
}

TEST(Svae, LikelihoodBoundGrowsWithTheSamples) {
  namespace helpers = svae_test;
  const auto view = helpers::two_actions();
  Svae model(helpers::small("svae_plus"), view.task(), 7);
  helpers::train(model, view, 0, 100);
  double previous = -1e9;
  for (const std::int64_t samples : {1, 4, 16, 64}) {
    RandomStream stream(1, "iw");
    // One bound is noisy, the mean over 150 cells and several draws is not.
    double bound = 0.0;
    for (int repeat = 0; repeat < 10; ++repeat) {
      bound += model.log_likelihood(view.treated(0), helpers::under({"a"}), samples, stream).mean().item<double>() / 10;
    }
    EXPECT_GT(bound, previous) << samples;
    previous = bound;
  }
  RandomStream stream(1, "iw");
  EXPECT_THROW(static_cast<void>(model.log_likelihood(view.treated(0), {}, 0, stream)), Error);
}

TEST(Svae, LearnsANewActionWithoutTouchingTheRest) {
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

TEST(Svae, ChoosesGammaByActionsLeftOut) {
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
TEST(Svae, IsChosenOnceMasksHaveSettled) {
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
TEST(Svae, DoesNotLearnFromActionsLeftOut) {
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

// The closed form is the best there is: no other shift gives its cells a higher bound.
TEST(Svae, LearnedShiftIsTheMaximumOfTheBound) {
  namespace helpers = svae_test;
  const auto view = helpers::two_actions();
  SilentReporter reporter;
  Svae model(helpers::small("svae_plus"), view.task(), 7);
  helpers::train(model, view, 0, 100);
  const auto seen = helpers::under({"c"});
  const auto cells = helpers::count_cells(120, seen, 30);
  const auto learned = model.learn_actions({{seen, cells}}, 1, reporter);
  const auto shift = dynamic_cast<const MechanismModel&>(*learned).mechanisms().shifts[2];
  EXPECT_TRUE(at::allclose(shift, model.latents(cells, {}).mean(0), 1e-4, 1e-4));
}

TEST(Svae, GeneEffectsFollowTheDecoder) {
  namespace helpers = svae_test;
  const auto view = helpers::two_actions();
  Svae model(helpers::small("svae_plus"), view.task(), 7);
  helpers::train(model, view, 0, 400);
  model.end_training(view);
  const auto mechanisms = model.mechanisms();
  ASSERT_EQ(mechanisms.gene_effects.sizes(), at::IntArrayRef({3, helpers::kGenes}));
  // Action a raises the first four genes: so do the latents that it moves, in the direction in which it does.
  const auto moved = (mechanisms.shifts[0] * (mechanisms.masks[0] > 0.5)).matmul(mechanisms.gene_effects);
  EXPECT_GT(moved.slice(0, 0, 4).mean().item<double>(), moved.slice(0, 4).mean().item<double>() + 0.3);
}

TEST(Svae, BadInput) {
  namespace helpers = svae_test;
  tests::TensorView alone(helpers::kGenes);
  alone.add_cells(helpers::count_cells(10, {}, 1));
  Svae model(helpers::small("svae_plus"), alone.task(), 1);
  EXPECT_THROW(model.begin_stage(0, alone), Error);
  const auto view = helpers::two_actions();
  Svae known(helpers::small("svae_plus"), view.task(), 1);
  try {
    static_cast<void>(known.predict(view.control(0), helpers::under({"aa"})));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    EXPECT_NE(std::string(error.what()).find("aa"), std::string::npos);
  }
  SilentReporter reporter;
  EXPECT_THROW(
      static_cast<void>(known.learn_actions({{helpers::under({"n"}), at::zeros({0, helpers::kGenes})}}, 1, reporter)),
      Error);
}

}  // namespace brenier::models
