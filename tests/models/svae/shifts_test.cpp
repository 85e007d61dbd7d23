// Shifts: what a draw adds up to, gradients against finite differences, penalties, fixed tables.
#include "models/svae/shifts.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "models/nn/initialise.h"
#include "models/svae/guided_shifts.h"
#include "models/svae/mask_sampling.h"
#include "models/svae/point_shifts.h"
#include "tests/models/nn/finite_difference.h"

namespace brenier::models {
namespace shifts_test {

// Actions a, b, c; contexts a, b at dose 2, a + c.
Task three_actions() {
  Task task;
  task.actions = {"a", "b", "c"};
  task.contexts = {make_context({{"a", 1.0}}, {}), make_context({{"b", 2.0}}, {}),
                   make_context({{"a", 1.0}, {"c", 0.5}}, {})};
  return task;
}

const std::vector<std::int64_t> kLabels = {0, -1, 2, 1, 2};

PointShiftSettings point(bool masked) {
  PointShiftSettings settings;
  settings.width = 4;
  settings.masked = masked;
  settings.logit = 0.4;
  return settings;
}

// f = sum of weights x draw + weight x penalty, as a function of whatever the parameters are.
double value(Shifts& shifts, const at::Tensor& weights, double penalty_weight, std::int64_t particles) {
  RandomStream stream(3, "test");
  const auto drawn = shifts.draw(kLabels, particles, 1.0, stream);
  std::vector<at::Tensor> unused;
  const double penalty = shifts.backward(weights, penalty_weight, unused);
  return (drawn * weights).sum().item<double>() + penalty_weight * penalty;
}

void expect_gradients(Shifts& shifts, const Parameters& parameters, std::int64_t width, std::int64_t particles,
                      const std::vector<std::string>& skipped) {
  RandomStream init(8, "weights");
  const auto weights = normal_tensor(init, {particles * std::ssize(kLabels), width}, 1.0, at::kDouble);
  RandomStream stream(3, "test");
  shifts.draw(kLabels, particles, 1.0, stream);
  std::vector<at::Tensor> gradients;
  shifts.backward(weights, 0.7, gradients);
  ASSERT_EQ(gradients.size(), parameters.tensors().size());
  std::vector<at::Tensor> kept;
  for (const auto& gradient : gradients) kept.push_back(gradient.clone());
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const auto& name = parameters.names()[i];
    if (std::find(skipped.begin(), skipped.end(), name) != skipped.end()) continue;
    const auto expected =
        finite_difference([&] { return value(shifts, weights, 0.7, particles); }, parameters.tensors()[i]);
    EXPECT_LT(relative_difference(kept[i], expected), 1e-7) << name;
  }
}

}  // namespace shifts_test

TEST(PointShifts, AddUpOverTheActionsOfACell) {
  const auto task = shifts_test::three_actions();
  const ActionDesign design(task);
  Parameters parameters;
  RandomStream init(1, "init");
  PointShifts shifts(shifts_test::point(false), design, parameters, init, at::kDouble);
  RandomStream stream(2, "draw");
  const auto drawn = shifts.draw(shifts_test::kLabels, 1, 1.0, stream);
  const auto table = shifts.values();
  EXPECT_TRUE(at::allclose(drawn[0], table[0]));
  EXPECT_EQ(drawn[1].abs().sum().item<double>(), 0.0);
  EXPECT_TRUE(at::allclose(drawn[2], table[0] + 0.5 * table[2]));
  EXPECT_TRUE(at::allclose(drawn[3], 2.0 * table[1]));
  EXPECT_FALSE(shifts.masks().defined());
}

TEST(PointShifts, MasksAreDrawnForEachCell) {
  const auto task = shifts_test::three_actions();
  const ActionDesign design(task);
  Parameters parameters;
  RandomStream init(1, "init");
  PointShifts shifts(shifts_test::point(true), design, parameters, init, at::kDouble);
  RandomStream stream(2, "draw");
  const std::vector<std::int64_t> labels(20000, 0);
  const auto drawn = shifts.draw(labels, 1, 1.0, stream);
  const auto moved = (drawn != 0).to(at::kDouble);
  for (int j = 0; j < 4; ++j) EXPECT_NEAR(moved.select(1, j).mean().item<double>(), sigmoid(0.4), 0.02);
  // Two masks of a cell are independent.
  EXPECT_NEAR((moved.select(1, 0) * moved.select(1, 1)).mean().item<double>(), sigmoid(0.4) * sigmoid(0.4), 0.02);
}

TEST(PointShifts, GradientsOfTheShifts) {
  const auto task = shifts_test::three_actions();
  const ActionDesign design(task);
  for (const bool masked : {false, true}) {
    Parameters parameters;
    RandomStream init(1, "init");
    PointShifts shifts(shifts_test::point(masked), design, parameters, init, at::kDouble);
    shifts_test::expect_gradients(shifts, parameters, 4, 2, {"mask_logits"});
  }
}

// Averaged over many draws, the gradient of a logit is d x mu x g times the mean slope of a mask, and the penalty's.
TEST(PointShifts, StraightThroughGradientOnAverage) {
  const auto task = shifts_test::three_actions();
  const ActionDesign design(task);
  Parameters parameters;
  RandomStream init(1, "init");
  auto settings = shifts_test::point(true);
  settings.gamma = 10.0;
  PointShifts shifts(settings, design, parameters, init, at::kDouble);
  const std::vector<std::int64_t> labels(40000, 1);
  RandomStream stream(2, "draw");
  shifts.draw(labels, 1, 1.0, stream);
  std::vector<at::Tensor> gradients;
  const auto penalty = shifts.backward(at::full({40000, 4}, 1.0 / 40000, at::kDouble), 0.5, gradients);
  double slope = 0.0;
  for (int i = 0; i < 100000; ++i) slope += draw_mask(std::exp(0.4), (i + 0.5) / 100000, 1.0).slope / 100000;
  const auto of_penalty = 0.5 * beta_penalty(0.4, 10.0).slope;
  for (int j = 0; j < 4; ++j) {
    const double mu = shifts.values()[1][j].item<double>();
    EXPECT_NEAR(gradients[1][1][j].item<double>(), 2.0 * mu * slope + of_penalty, 0.01 * std::fabs(mu));
    EXPECT_NEAR(gradients[1][0][j].item<double>(), of_penalty, 1e-12);
  }
  EXPECT_NEAR(penalty, 12 * beta_penalty(0.4, 10.0).value, 1e-9);
}

TEST(PointShifts, FixedTablesAreWhatIsDrawn) {
  const auto task = shifts_test::three_actions();
  const ActionDesign design(task);
  Parameters parameters;
  RandomStream init(1, "init");
  PointShifts shifts(shifts_test::point(true), design, parameters, init);
  const auto values = at::arange(12, at::kFloat).view({3, 4});
  const auto masks = (values > 4).to(at::kFloat);
  shifts.fix(values, masks);
  RandomStream stream(2, "draw");
  const auto drawn = shifts.draw({0, 1}, 1, 1.0, stream);
  EXPECT_TRUE(at::equal(drawn[1], 2 * values[1] * masks[1]));
  EXPECT_EQ(drawn[0].abs().sum().item<float>(), 0.0F);
  EXPECT_TRUE(at::equal(shifts.effective(), values * masks));
}

TEST(GuidedShifts, GradientsOfMeansScalesAndNetwork) {
  const auto task = shifts_test::three_actions();
  const ActionDesign design(task);
  for (const bool correlated : {false, true}) {
    GuidedShiftSettings settings;
    settings.width = 3;
    settings.logit = 0.4;
    settings.correlated = correlated;
    settings.hidden = {6, 5};
    Parameters parameters;
    RandomStream init(1, "init");
    GuidedShifts shifts(settings, design, parameters, init, at::kDouble);
    for (const auto& tensor : parameters.tensors()) {
      tensor.detach().add_(normal_tensor(init, tensor.sizes().vec(), 0.3, at::kDouble));
    }
    shifts_test::expect_gradients(shifts, parameters, 3, 2, {"mask_logits"});
  }
}

TEST(GuidedShifts, MasksAndShiftsAreTheSameForAllCellsOfAParticle) {
  const auto task = shifts_test::three_actions();
  const ActionDesign design(task);
  GuidedShiftSettings settings;
  settings.width = 3;
  settings.logit = 2.0;
  Parameters parameters;
  RandomStream init(1, "init");
  GuidedShifts shifts(settings, design, parameters, init);
  RandomStream stream(2, "draw");
  const auto drawn = shifts.draw({0, 0, 1, 0}, 2, 1.0, stream);
  ASSERT_EQ(drawn.sizes(), at::IntArrayRef({8, 3}));
  EXPECT_TRUE(at::equal(drawn[0], drawn[1]));
  EXPECT_TRUE(at::equal(drawn[0], drawn[3]));
  EXPECT_FALSE(at::equal(drawn[0], drawn[4]));
  EXPECT_TRUE(at::equal(drawn[4], drawn[7]));
}

TEST(GuidedShifts, PenaltyOfThePriorIsZero) {
  const auto task = shifts_test::three_actions();
  const ActionDesign design(task);
  GuidedShiftSettings settings;
  settings.width = 3;
  settings.prior = 0.25;
  settings.logit = std::log(0.25 / 0.75);
  Parameters parameters;
  RandomStream init(1, "init");
  GuidedShifts shifts(settings, design, parameters, init, at::kDouble);
  RandomStream stream(2, "draw");
  shifts.draw({0}, 1, 1.0, stream);
  std::vector<at::Tensor> gradients;
  EXPECT_NEAR(shifts.backward(at::zeros({1, 3}, at::kDouble), 1.0, gradients), 0.0, 1e-12);
  for (const auto& gradient : gradients) EXPECT_NEAR(gradient.abs().max().item<double>(), 0.0, 1e-12);
}

}  // namespace brenier::models
