#include "models/condot/context_kernel.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/models/condot/populations.h"

namespace brenier::models {
namespace context_kernel_test {

ContextKernel fitted(const Populations& view) {
  ContextKernel kernel(static_cast<std::int64_t>(view.task().contexts.size()),
                       static_cast<std::int64_t>(view.task().actions.size()),
                       static_cast<std::int64_t>(view.task().genes.size()));
  std::vector<std::int64_t> all(static_cast<std::size_t>(view.size()));
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int64_t>(i);
  kernel.fit(view, view.rows(all));
  return kernel;
}

Populations three_types() {
  Populations view(2);
  view.add(drug_in("a"), normal_cells(1, 50, {0, 0}, 0.1), normal_cells(2, 50, {1, 0}, 0.1));
  view.add(drug_in("b"), normal_cells(3, 50, {1, 0}, 0.1), normal_cells(4, 50, {2, 0}, 0.1));
  view.add(drug_in("c"), normal_cells(5, 50, {9, 9}, 0.1), normal_cells(6, 50, {9, 5}, 0.1));
  return view;
}

TEST(ContextKernel, ATrainingContextGetsItselfAlone) {
  const auto view = three_types();
  const auto kernel = fitted(view);
  for (std::int64_t k = 0; k < 3; ++k) {
    const auto kappa = kernel.weights(at::ones({1}), kernel.descriptors()[k]);
    EXPECT_FLOAT_EQ(kappa[k].item<float>(), 1.0F);
    EXPECT_FLOAT_EQ(kappa.sum().item<float>(), 1.0F);
  }
}

TEST(ContextKernel, AnUnseenTypeSharesTheWeightsOfSimilarTypes) {
  const auto kernel = fitted(three_types());
  const auto kappa = kernel.weights(at::ones({1}), at::tensor({0.5F, 0.1F}));
  EXPECT_NEAR(kappa[0].item<double>(), 0.5, 0.1);
  EXPECT_NEAR(kappa[1].item<double>(), 0.5, 0.1);
  EXPECT_LT(kappa[2].item<double>(), 1e-6);
}

TEST(ContextKernel, TheNearestDoseWins) {
  Populations view(2);
  const auto control = normal_cells(1, 30, {0, 0});
  for (const double dose : {0.01, 0.1, 1.0}) view.add(drug_in("a", {{"drug", dose}}), control, control + 1);
  auto kernel = fitted(view);
  kernel.set_bandwidth(0.5);
  for (std::int64_t k = 0; k < 3; ++k) {
    const auto asked = at::tensor({static_cast<float>(0.01 * std::pow(10.0, static_cast<double>(k)) * 1.3)});
    EXPECT_EQ(kernel.weights(asked, control.mean(0)).argmax().item<std::int64_t>(), k);
  }
  const auto between = kernel.weights(at::tensor({static_cast<float>(std::sqrt(0.001))}), control.mean(0));
  EXPECT_NEAR(between[0].item<double>(), 0.5, 1e-3);
  EXPECT_NEAR(between[1].item<double>(), 0.5, 1e-3);
}

TEST(ContextKernel, AnUnseenPairIsComposedOfItsSinglesAndASeenPairIsNot) {
  Populations view(2);
  const auto control = normal_cells(1, 30, {0, 0});
  view.add(drug_in("a", {{"A", 1.0}}), control, control + 1);
  view.add(drug_in("a", {{"B", 1.0}}), control, control + 1);
  view.add(drug_in("a", {{"A", 1.0}, {"C", 1.0}}), control, control + 1);
  const auto kernel = fitted(view);
  const auto pair = kernel.weights(at::tensor({1.0F, 1.0F, 0.0F}), control.mean(0));
  EXPECT_LT((pair - at::tensor({1.0F, 1.0F, 0.0F})).abs().max().item<double>(), 1e-6);
  const auto seen = kernel.weights(at::tensor({1.0F, 0.0F, 1.0F}), control.mean(0));
  EXPECT_LT((seen - at::tensor({0.0F, 0.0F, 1.0F})).abs().max().item<double>(), 1e-6);
}

TEST(ContextKernel, LeavingAContextOutNeverGivesItWeight) {
  const auto view = three_types();
  const auto kernel = fitted(view);
  for (std::int64_t k = 0; k < 3; ++k) {
    EXPECT_EQ(kernel.weights(at::ones({1}), kernel.descriptors()[k], k)[k].item<float>(), 0.0F);
  }
}

TEST(ContextKernel, AnActionThatNoTrainingContextHasIsAnError) {
  Populations view(2);
  view.add(drug_in("a"), normal_cells(1, 5, {0, 0}), normal_cells(2, 5, {1, 1}));
  const auto kernel = fitted(view);
  EXPECT_THROW((void)kernel.weights(at::ones({1}), at::zeros({2}), 0), Error);
}

// Effects that depend on the baseline ask for a narrow kernel; equal effects with noisy means for a wide one.
TEST(ContextKernel, BandwidthFollowsHowEffectsDependOnTheBaseline) {
  Populations local(3);
  Populations common(3);
  for (int k = 0; k < 8; ++k) {
    const double position = k;
    const auto seed = static_cast<std::uint64_t>(10 * k);
    local.add(drug_in(std::to_string(k)), normal_cells(seed + 1, 200, {position, 5, 0}, 0.05),
              normal_cells(seed + 2, 200, {position, 5, position * 2}, 0.05));
    common.add(drug_in(std::to_string(k)), normal_cells(seed + 3, 20, {position, 5, 0}, 1.0),
               normal_cells(seed + 4, 20, {position, 9, -3}, 1.0));
  }
  auto narrow = fitted(local);
  narrow.choose_bandwidth(local, 1.0);
  auto wide = fitted(common);
  wide.choose_bandwidth(common, 1.0);
  EXPECT_LE(narrow.bandwidth(), 1.5);
  EXPECT_GE(wide.bandwidth(), 2.0);
}

}  // namespace context_kernel_test
}  // namespace brenier::models
