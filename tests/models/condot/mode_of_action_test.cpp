#include "models/condot/mode_of_action.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/models/condot/populations.h"

namespace brenier::models {
namespace mode_of_action_test {

TEST(ModeOfAction, SimilarEffectsLieCloseAndAllPlacesAreInTheUnitCube) {
  const std::vector<at::Tensor> populations = {normal_cells(1, 80, {4, 0}, 0.5), normal_cells(2, 80, {4.5, 0}, 0.5),
                                               normal_cells(3, 80, {-4, 0}, 0.5), normal_cells(4, 80, {0, 5}, 0.5)};
  const auto moa = mode_of_action(populations, {}, 0);
  EXPECT_EQ(moa.places.sizes(), (std::vector<std::int64_t>{4, 10}));
  EXPECT_GE(moa.places.min().item<float>(), 0.0F);
  EXPECT_NEAR(moa.places.max().item<float>(), 1.0F, 1e-6);
  EXPECT_LT(moa.stress, 0.05);
  // The divergence of populations of equal shape is close to the squared distance of their means.
  EXPECT_NEAR(moa.distances[0][1].item<double>(), 0.5, 0.3);
  EXPECT_NEAR(moa.distances[0][2].item<double>(), 8.0, 0.3);
  const auto between = [&](std::int64_t i, std::int64_t j) {
    return (moa.places[i] - moa.places[j]).norm().item<double>();
  };
  EXPECT_LT(between(0, 1), 0.2 * between(0, 2));
  // One scale for all axes: ratios of distances stay.
  EXPECT_NEAR(between(0, 3) / between(0, 2), (moa.distances[0][3] / moa.distances[0][2]).item<double>(), 0.05);
}

TEST(ModeOfAction, EqualPopulationsShareAPlaceAndOneActionIsFine) {
  const auto cells = normal_cells(1, 40, {1, 2});
  const auto moa = mode_of_action({cells, cells, normal_cells(2, 40, {5, 5})}, {}, 0);
  EXPECT_LT((moa.places[0] - moa.places[1]).abs().max().item<double>(), 1e-5);
  EXPECT_EQ(mode_of_action({cells}, {}, 0).stress, 0.0);
}

TEST(ModeOfAction, PopulationsAreSinglesWhereThereAreSome) {
  Populations view(2);
  const auto control = normal_cells(1, 30, {1, 1});
  view.add(drug_in("a", {{"A", 1.0}}), control, control + 1);
  view.add(drug_in("a", {{"A", 1.0}, {"B", 1.0}}), control, control + 5);
  std::vector<std::int64_t> all(static_cast<std::size_t>(view.size()));
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int64_t>(i);
  const auto populations = action_populations(view, view.rows(all), 2.0);
  ASSERT_EQ(populations.size(), 2U);
  EXPECT_LT((populations[0].mean(0) - 0.5).abs().max().item<double>(), 1e-5);
  EXPECT_LT((populations[1].mean(0) - 2.5).abs().max().item<double>(), 1e-5);  // B only with A
}

TEST(ModeOfAction, RefusesCellsThatAreNotFinite) {
  auto cells = normal_cells(1, 5, {0, 0});
  cells[0][0] = std::numeric_limits<float>::infinity();
  EXPECT_THROW((void)mode_of_action({cells, cells}, {}, 0), Error);
}

}  // namespace mode_of_action_test
}  // namespace brenier::models
