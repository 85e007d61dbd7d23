// The sparse-mechanism-shift VAEs from end to end: training, prediction, state, export, likelihoods, new actions.
#include "models/svae/svae.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/jit/api/module.h>

#include "core/error.h"
#include "models/registry.h"
#include "models/svae/mask_sampling.h"
#include "tests/models/svae/small_svae.h"

namespace brenier::models {

TEST(Svae, EveryKindLearnsWhatActionsDo) {
  namespace helpers = svae_test;
  const auto view = helpers::two_actions();
  for (const std::string kind : {"svae_plus", "svae", "ivae", "sams_vae"}) {
    Svae model(helpers::small(kind), view.task(), 7);
    helpers::train(model, view, 0, 600);
    model.end_training(view);
    const auto control = view.control(0);
    for (const std::string name : {"a", "b"}) helpers::expect_near(model, control, name, 0.3, kind);
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
  for (const std::string name : {"a", "b"}) helpers::expect_near(model, control, name, 0.3, "correlated");
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
