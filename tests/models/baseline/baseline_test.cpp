// The five baselines: what each predicts, by hand; state, export and wrong input, the same for all.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/jit/api/module.h>

#include <cmath>
#include <memory>

#include "core/error.h"
#include "core/random.h"
#include "models/baseline/additive.h"
#include "models/baseline/identity.h"
#include "models/baseline/linear.h"
#include "models/baseline/mean_shift.h"
#include "models/baseline/nearest_context.h"
#include "tests/models/tensor_view.h"

namespace brenier::models {
namespace baseline_test {

using tests::TensorView;

Context context(std::vector<Action> actions, std::map<std::string, std::string> covariates = {}) {
  return make_context(std::move(actions), std::move(covariates));
}

at::Tensor vec(std::vector<float> values) { return at::tensor(values); }

// The vector that a fitted baseline adds to control cells around `mean`.
at::Tensor effect(const Model& model, const Context& asked, const at::Tensor& mean) {
  const at::Tensor control = at::stack({mean - 1.0, mean + 1.0});
  const at::Tensor moved = model.predict(control, asked) - control;
  EXPECT_TRUE(at::allclose(moved[0], moved[1], 1e-5, 1e-5)) << "every cell moves alike";
  return moved.mean(0);
}

template <class Settings>
std::unique_ptr<Model> fitted(const TensorView& view, Settings settings = {}) {
  auto model = settings.build(view.task(), 0);
  model->begin_stage(0, view);
  return model;
}

// Two drugs and a pair, two doses, in three cell types with their own controls; not every combination.
TensorView rich_view() {
  TensorView view(4);
  RandomStream random(17, "test");
  const auto noise = [&random](double scale) {
    std::vector<float> values(4);
    for (float& value : values) value = static_cast<float>(scale * random.normal());
    return vec(values);
  };
  std::map<std::string, at::Tensor> means = {{"B", noise(2)}, {"NK", noise(2)}, {"T", noise(2)}};
  const std::vector<std::pair<std::vector<Action>, std::vector<std::string>>> design = {
      {{{"drugA", 1.0}}, {"B", "NK", "T"}},
      {{{"drugA", 0.1}}, {"B", "T"}},
      {{{"drugB", 10.0}}, {"NK", "T"}},
      {{{"drugA", 1.0}, {"drugB", 10.0}}, {"T"}},
      {{{"drugC", 1.0}, {"drugA", 1.0}}, {"B"}}};
  for (const auto& [actions, types] : design) {
    for (const std::string& type : types) view.add_effect(context(actions, {{"type", type}}), means.at(type), noise(1));
  }
  return view;
}

std::vector<std::unique_ptr<ModelSettings>> all_settings() {
  std::vector<std::unique_ptr<ModelSettings>> list;
  list.push_back(std::make_unique<IdentitySettings>());
  list.push_back(std::make_unique<MeanShiftSettings>());
  list.push_back(std::make_unique<AdditiveSettings>());
  list.push_back(std::make_unique<NearestContextSettings>());
  auto cosine = std::make_unique<NearestContextSettings>();
  cosine->distance = "cosine";
  list.push_back(std::move(cosine));
  list.push_back(std::make_unique<LinearSettings>());
  return list;
}

const std::vector<Context>& questions() {
  static const std::vector<Context> kList = {
      context({{"drugA", 1.0}}, {{"type", "B"}}),                    // seen
      context({{"drugB", 10.0}}, {{"type", "B"}}),                   // seen elsewhere
      context({{"drugA", 0.3}}, {{"type", "T"}}),                    // a new dose
      context({{"drugA", 1.0}}, {{"type", "Mono"}}),                 // a new type
      context({{"drugA", 1.0}}),                                     // no type
      context({{"drugA", 1.0}, {"drugB", 10.0}}, {{"type", "NK"}}),  // a pair seen elsewhere
      context({{"drugB", 10.0}, {"drugC", 1.0}}, {{"type", "T"}}),   // a new pair
      context({}, {{"type", "T"}}),                                  // control
  };
  return kList;
}

TEST(Baselines, TheControlContextIsLeftAlone) {
  const TensorView view = rich_view();
  const at::Tensor control = at::rand({5, 4});
  for (const auto& settings : all_settings()) {
    const auto model = settings->build(view.task(), 0);
    model->begin_stage(0, view);
    EXPECT_TRUE(at::equal(model->predict(control, context({}, {{"type", "B"}})), control)) << model->kind();
  }
}

TEST(Baselines, TheExportedScriptEqualsPredict) {
  const TensorView view = rich_view();
  const at::Tensor control = 2.0 * at::rand({6, 4}) - 0.5;
  for (const auto& settings : all_settings()) {
    const auto model = settings->build(view.task(), 0);
    model->begin_stage(0, view);
    const Script script = model->export_script();
    torch::jit::Module module("model");
    for (const auto& [name, tensor] : script.tensors) module.register_buffer(name, tensor);
    module.define(script.source);
    for (const Context& asked : questions()) {
      const at::Tensor code = module
                                  .get_method("encode_context")({control, encode_actions(view.task(), asked),
                                                                 encode_covariates(view.task(), asked)})
                                  .toTensor();
      const at::Tensor out = module.get_method("forward")({control, code}).toTensor();
      const at::Tensor predicted = model->predict(control, asked);
      EXPECT_EQ(out.scalar_type(), at::kFloat);
      EXPECT_TRUE(at::allclose(out, predicted, 1e-6, 1e-6)) << model->kind() << ": " << to_string(asked) << '\n'
                                                            << out - predicted;
    }
  }
}

TEST(Baselines, StateRestoresAModelThatWasNeverFitted) {
  const TensorView view = rich_view();
  const at::Tensor control = at::rand({3, 4});
  for (const auto& settings : all_settings()) {
    const auto model = settings->build(view.task(), 0);
    model->begin_stage(0, view);
    const auto other = settings->build(view.task(), 1);
    if (model->kind() != "identity") {
      EXPECT_THROW((void)other->predict(control, questions().front()), Error);
    }
    other->load_state(model->state());
    for (const Context& asked : questions()) {
      EXPECT_TRUE(at::equal(model->predict(control, asked), other->predict(control, asked))) << model->kind();
    }
    EXPECT_EQ(model->stages().size(), 1U);
    EXPECT_EQ(model->stages().front().steps, 0);
  }
}

TEST(Baselines, AStateThatDoesNotFitIsRefusedByName) {
  const TensorView view = rich_view();
  const auto message = [&](const State& state) -> std::string {
    const auto model = MeanShiftSettings{}.build(view.task(), 0);
    try {
      model->load_state(state);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kData);
      return error.what();
    }
    return "accepted";
  };
  const auto k = static_cast<std::int64_t>(view.task().contexts.size());
  EXPECT_EQ(message({{"deltas", at::zeros({k, 4})}}), "accepted");
  EXPECT_NE(message({}).find("missing"), std::string::npos);
  EXPECT_NE(message({{"deltas", at::zeros({k, 3})}}).find("shape"), std::string::npos);
  EXPECT_NE(message({{"deltas", at::zeros({k, 4}, at::kDouble)}}).find("type"), std::string::npos);
  EXPECT_NE(message({{"deltas", at::zeros({k, 4})}, {"extra", at::zeros({1})}}).find("'extra'"), std::string::npos);
}

TEST(Baselines, WrongInputIsRefused) {
  const TensorView view = rich_view();
  for (const auto& settings : all_settings()) {
    const auto model = settings->build(view.task(), 0);
    model->begin_stage(0, view);
    EXPECT_THROW((void)model->predict(at::rand({3, 5}), questions().front()), Error);
    EXPECT_THROW((void)model->predict(at::rand({4}), questions().front()), Error);
    EXPECT_THROW((void)model->predict(at::rand({0, 4}), questions().front()), Error);
    EXPECT_THROW(model->step({}, {}), Error);
    EXPECT_THROW(model->begin_stage(1, view), Error);
    TensorView other(4);
    other.add_effect(context({{"other", 1.0}}), at::zeros({4}), at::ones({4}));
    EXPECT_THROW(model->begin_stage(0, other), Error);
  }
}

TEST(Baselines, AContextWithoutCellsOrWithNaNIsNamed) {
  const auto message = [](const TensorView& view) -> std::string {
    try {
      (void)fitted<MeanShiftSettings>(view);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kData);
      return error.what();
    }
    return "accepted";
  };
  TensorView empty(2);
  empty.add(context({{"x", 1.0}}, {{"type", "B"}}), empty.add_cells(at::ones({3, 2})), {});
  EXPECT_NE(message(empty).find("x | type=B"), std::string::npos) << message(empty);
  TensorView broken(2);
  broken.add(context({{"x", 1.0}}), at::ones({3, 2}), at::full({2, 2}, NAN));
  EXPECT_NE(message(broken).find("not finite"), std::string::npos) << message(broken);
  EXPECT_NE(message(TensorView(2)).find("no training context"), std::string::npos);
}

TEST(MeanShift, AveragesTheContextsOfThePerturbation) {
  TensorView view(2);
  const at::Tensor zero = at::zeros({2});
  view.add_effect(context({{"x", 1.0}}, {{"type", "B"}}), zero, vec({1, 0}));
  view.add_effect(context({{"x", 1.0}}, {{"type", "T"}}), zero, vec({3, 2}));
  view.add_effect(context({{"x", 9.0}}, {{"type", "T"}}), zero, vec({8, 8}));
  view.add_effect(context({{"x", 1.0}, {"y", 1.0}}, {{"type", "T"}}), zero, vec({-4, 6}));
  const auto model = fitted<MeanShiftSettings>(view);
  const auto close = [&](const Context& asked, std::vector<float> expected) {
    EXPECT_TRUE(at::allclose(effect(*model, asked, zero), vec(expected), 1e-5, 1e-6)) << to_string(asked);
  };
  close(context({{"x", 1.0}}, {{"type", "NK"}}), {2, 1});                 // the two with this action set at this dose
  close(context({{"x", 2.0}}, {{"type", "B"}}), {4, 10.0F / 3.0F});       // a new dose: the three with x alone
  close(context({{"y", 1.0}}, {{"type", "B"}}), {2, 4});                  // y was never alone: all four
  close(context({{"never", 1.0}}, {{"type", "B"}}), {2, 4});              // a new perturbation: all four
  close(context({{"never", 1.0}, {"x", 1.0}}, {{"type", "B"}}), {2, 4});  // also in part
}

TEST(Additive, RecoversATwoWayTableAndAddsNothingForNewValues) {
  TensorView view(2);
  const std::map<std::string, at::Tensor> drugs = {{"x", vec({1, 2})}, {"y", vec({-3, 0})}, {"z", vec({0, 5})}};
  const std::map<std::string, at::Tensor> types = {{"B", vec({0.5, 0})}, {"NK", vec({-1, 1})}, {"T", vec({0.5, -1})}};
  for (const auto& [drug, e] : drugs) {
    for (const auto& [type, c] : types) {
      if (drug == "y" && type == "NK") continue;  // held out
      view.add_effect(context({{drug, 1.0}}, {{"type", type}}), at::zeros({2}), e + c);
    }
  }
  const auto model = fitted<AdditiveSettings>(view);
  EXPECT_TRUE(
      at::allclose(effect(*model, context({{"y", 1.0}}, {{"type", "NK"}}), at::zeros({2})), vec({-4, 1}), 1e-5, 1e-5));
  // A new type: the effect at the average covariate, here that of the 8 training contexts: 3 B, 2 NK, 3 T.
  const at::Tensor average = (3 * types.at("B") + 2 * types.at("NK") + 3 * types.at("T")) / 8;
  EXPECT_TRUE(at::allclose(effect(*model, context({{"x", 1.0}}, {{"type", "new"}}), at::zeros({2})),
                           drugs.at("x") + average, 1e-5, 1e-5));
  EXPECT_TRUE(at::allclose(effect(*model, context({{"x", 1.0}}), at::zeros({2})), drugs.at("x") + average, 1e-5, 1e-5));
}

TEST(Additive, AddsTheSinglesOfACombination) {
  TensorView view(2);
  const at::Tensor zero = at::zeros({2});
  view.add_effect(context({{"x", 1.0}}, {{"type", "B"}}), zero, vec({1, 0}));
  view.add_effect(context({{"x", 1.0}}, {{"type", "T"}}), zero, vec({3, 0}));
  view.add_effect(context({{"x", 5.0}}, {{"type", "T"}}), zero, vec({7, 0}));
  view.add_effect(context({{"y", 1.0}}, {{"type", "T"}}), zero, vec({0, 10}));
  view.add_effect(context({{"x", 1.0}, {"y", 1.0}}, {{"type", "T"}}), zero, vec({100, 100}));  // a pair is no single
  const auto model = fitted<AdditiveSettings>(view);
  const auto pair = [&](double dose, const std::string& type) {
    return effect(*model, context({{"x", dose}, {"y", 1.0}}, {{"type", type}}), zero);
  };
  EXPECT_TRUE(at::allclose(pair(1.0, "T"), vec({3, 10})));   // both singles in this type
  EXPECT_TRUE(at::allclose(pair(1.0, "B"), vec({1, 10})));   // y only in T
  EXPECT_TRUE(at::allclose(pair(1.0, "NK"), vec({2, 10})));  // x averaged over its types
  EXPECT_TRUE(at::allclose(pair(4.0, "T"), vec({7, 10})));   // the nearest dose
}

TEST(Additive, ActionsNeverMeasuredAloneComeFromLeastSquares) {
  TensorView view(2);
  const at::Tensor zero = at::zeros({2});
  const at::Tensor x = vec({1, 0});
  const at::Tensor y = vec({0, 2});
  const at::Tensor z = vec({4, 4});
  view.add_effect(context({{"x", 1.0}}), zero, x);
  view.add_effect(context({{"x", 1.0}, {"y", 1.0}}), zero, x + y);
  view.add_effect(context({{"y", 1.0}, {"z", 1.0}}), zero, y + z);
  const auto model = fitted<AdditiveSettings>(view);
  EXPECT_TRUE(at::allclose(effect(*model, context({{"y", 1.0}}), zero), y, 1e-5, 1e-5));
  EXPECT_TRUE(at::allclose(effect(*model, context({{"x", 1.0}, {"z", 1.0}}), zero), x + z, 1e-5, 1e-5));
  EXPECT_TRUE(at::allclose(effect(*model, context({{"never", 1.0}}), zero), (x + y + z) / 3.0, 1e-5, 1e-5));
}

TEST(NearestContext, TakesTheNearestControlAmongTheSameActions) {
  TensorView view(2);
  view.add_effect(context({{"x", 1.0}}, {{"type", "far"}}), vec({10, 0}), vec({1, 0}));
  view.add_effect(context({{"x", 1.0}}, {{"type", "near"}}), vec({1, 1}), vec({2, 0}));
  view.add_effect(context({{"y", 1.0}}, {{"type", "same"}}), vec({0, 0.1F}), vec({3, 0}));
  view.add_effect(context({{"x", 1.0}, {"y", 1.0}}, {{"type", "same"}}), vec({0, 0.1F}), vec({4, 0}));
  const at::Tensor here = vec({0.1F, 0});
  const auto model = fitted<NearestContextSettings>(view);
  const auto first = [&](const Model& of, const Context& asked) { return effect(of, asked, here)[0].item<float>(); };
  EXPECT_FLOAT_EQ(first(*model, context({{"x", 1.0}})), 2.0F) << "y's control is nearer, but x was asked";
  EXPECT_FLOAT_EQ(first(*model, context({{"x", 1.0}, {"z", 1.0}})), 2.0F) << "an unknown part: the nearest with x";
  EXPECT_FLOAT_EQ(first(*model, context({{"never", 1.0}})), 3.0F)
      << "nothing shared: fewest others, then nearest control";
  EXPECT_FLOAT_EQ(first(*model, context({{"x", 1.0}, {"y", 1.0}})), 4.0F);
  NearestContextSettings cosine;
  cosine.distance = "cosine";
  EXPECT_FLOAT_EQ(first(*fitted(view, cosine), context({{"x", 1.0}})), 1.0F) << "the direction of (10, 0) is ours";
}

TEST(NearestContext, PrefersTheNearestDose) {
  TensorView view(1);
  view.add_effect(context({{"x", 0.1}}), vec({0}), vec({1}));
  view.add_effect(context({{"x", 10.0}}), vec({0}), vec({2}));
  const auto model = fitted<NearestContextSettings>(view);
  EXPECT_FLOAT_EQ(effect(*model, context({{"x", 0.5}}), vec({0})).item<float>(), 1.0F);
  EXPECT_FLOAT_EQ(effect(*model, context({{"x", 2.0}}), vec({0})).item<float>(), 2.0F) << "nearest as a ratio";
}

TEST(Linear, LeaveOneOutShortcutEqualsRefitting) {
  const at::Tensor x = at::linspace(-2, 3, 6 * 4, at::kDouble).sin().reshape({6, 4});
  const at::Tensor y = at::linspace(0, 7, 6 * 3, at::kDouble).cos().reshape({6, 3});
  const at::Tensor centred = x - x.mean(0);
  for (const double strength : {0.01, 0.5, 10.0}) {
    double expected = 0.0;
    for (std::int64_t out = 0; out < 6; ++out) {
      std::vector<std::int64_t> rest;
      for (std::int64_t i = 0; i < 6; ++i) {
        if (i != out) rest.push_back(i);
      }
      const at::Tensor keep = at::tensor(rest, at::kLong);
      const at::Tensor xs = x.index_select(0, keep);
      const at::Tensor ys = y.index_select(0, keep);
      const at::Tensor xc = xs - xs.mean(0);
      const at::Tensor w = at::linalg_solve(at::matmul(xc.t(), xc) + strength * at::eye(4, at::kDouble),
                                            at::matmul(xc.t(), ys - ys.mean(0)));
      const at::Tensor predicted = ys.mean(0) + at::matmul(x[out] - xs.mean(0), w);
      expected += (y[out] - predicted).square().sum().item<double>();
    }
    const double error = leave_one_out_error(at::matmul(centred, centred.t()), y - y.mean(0), strength);
    EXPECT_NEAR(error, expected, 1e-9 * expected);
  }
}

TEST(Linear, LearnsAnEffectThatIsLinearInTheControlMean) {
  TensorView view(3);
  const at::Tensor map = at::tensor({0.5F, 0.F, 0.2F, -0.3F, 0.1F, 0.F, 0.F, 1.F, 0.F}).reshape({3, 3});
  RandomStream random(2, "test");
  const auto mean = [&random] {
    return vec({static_cast<float>(random.normal()), static_cast<float>(random.normal()),
                static_cast<float>(random.normal())});
  };
  for (int k = 0; k < 12; ++k) {
    const at::Tensor m = mean();
    view.add_effect(context({{"x", 1.0}}, {{"type", std::to_string(k)}}), m, at::matmul(m, map) + 1.0);
  }
  const auto model = fitted<LinearSettings>(view);
  const at::Tensor m = mean();
  EXPECT_TRUE(
      at::allclose(effect(*model, context({{"x", 1.0}}, {{"type", "new"}}), m), at::matmul(m, map) + 1.0, 1e-2, 1e-2));
  EXPECT_LE(dynamic_cast<const LinearModel&>(*model).strength(), 1e-2);
}

TEST(Linear, OneContextOrNoPatternIsTheMeanEffect) {
  TensorView one(2);
  one.add_effect(context({{"x", 1.0}}, {{"type", "B"}}), vec({1, 1}), vec({2, 3}));
  EXPECT_TRUE(
      at::allclose(effect(*fitted<LinearSettings>(one), context({{"x", 1.0}}), vec({9, 9})), vec({2, 3}), 1e-5, 1e-5));
  TensorView same(2);  // the same control and action everywhere: the descriptor does not vary
  for (int k = 0; k < 3; ++k) {
    same.add_effect(context({{"x", 1.0}}, {{"batch", std::to_string(k)}}), vec({1, 1}),
                    vec({static_cast<float>(k), 3}));
  }
  const auto model = fitted<LinearSettings>(same);
  EXPECT_TRUE(at::allclose(effect(*model, context({{"x", 1.0}}), vec({5, 5})), vec({1, 3}), 1e-5, 1e-5));
}

}  // namespace baseline_test
}  // namespace brenier::models
