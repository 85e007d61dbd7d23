#include "models/latent/latent_space.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "models/nn/parameters.h"
#include "tests/models/condot/populations.h"

namespace brenier::models {
namespace latent_space_test {

// Cells on a 3-dimensional plane of a 12-dimensional gene space, plus noise.
Populations plane(std::int64_t cells, double noise) {
  RandomStream stream(21, "plane");
  const auto basis = normal_tensor(stream, {3, 12}, 1.0);
  const auto draw = [&](std::int64_t n) {
    return (normal_tensor(stream, {n, 3}, 1.0) * at::tensor({3.0F, 2.0F, 1.0F})).mm(basis) +
           normal_tensor(stream, {n, 12}, noise) + 5;
  };
  Populations view(12);
  const auto control = draw(cells);
  view.add(drug_in("a"), control, draw(cells));
  return view;
}

at::Tensor all_cells(const Populations& view) { return at::cat({view.treated(0), view.control(0)}); }

std::unique_ptr<LatentSpace> make(const std::string& kind, std::int64_t width, std::int64_t genes) {
  LatentSettings settings;
  settings.kind = kind;
  settings.width = width;
  settings.hidden = {16};
  RandomStream stream(2, "latent");
  return make_latent_space(settings, genes, stream);
}

TEST(LatentSpace, DataSpaceChangesNothing) {
  const auto view = plane(10, 0.1);
  const auto space = make("data", 50, 12);
  space->begin(view);
  EXPECT_EQ(space->width(), 12);
  EXPECT_TRUE(at::equal(space->decode(space->encode(view.control(0))), view.control(0)));
}

// Second method: singular value decomposition of the centred matrix; both sides of the Gram choice.
TEST(PcaSpace, SpansTheLeadingSingularVectorsWithMoreAndWithFewerCellsThanGenes) {
  for (const std::int64_t cells : {100, 4}) {
    const auto view = plane(cells, 0.3);
    const auto space = make("pca", 3, 12);
    space->begin(view);
    const auto centred = (all_cells(view) - all_cells(view).mean(0)).to(at::kDouble);
    const auto right = std::get<2>(at::linalg_svd(centred, /*full_matrices=*/false)).narrow(0, 0, 3);  // [3, G]
    const auto expected = centred.mm(right.t());
    const auto z = space->encode(all_cells(view)).to(at::kDouble);
    EXPECT_LT((z.abs() - expected.abs()).abs().max().item<double>(), 1e-4) << cells << " cells";
    const auto projected = expected.mm(right) + all_cells(view).mean(0).to(at::kDouble);
    EXPECT_LT((space->decode(space->encode(all_cells(view))).to(at::kDouble) - projected).abs().max().item<double>(),
              1e-4);
  }
}

TEST(PcaSpace, RefusesMoreComponentsThanGenesOrCells) {
  EXPECT_THROW(make("pca", 13, 12), Error);
  const auto space = make("pca", 5, 12);
  EXPECT_THROW(space->begin(plane(2, 0.1)), Error);
}

TEST(Autoencoder, BeatsTheMeanAfterAShortTrainingAndApproachesThePlane) {
  const auto view = plane(200, 0.05);
  const auto space = make("autoencoder", 3, 12);
  space->begin(view);
  const auto cells = all_cells(view);
  const auto constant = (cells - cells.mean(0)).square().sum(1).mean().item<double>();
  Losses losses;
  for (int step = 0; step < 400; ++step) losses = space->step(cells, 1.0);
  ASSERT_EQ(losses.size(), 1u);
  EXPECT_EQ(losses[0].first, "reconstruction");
  const auto left = (space->decode(space->encode(cells)) - cells).square().sum(1).mean().item<double>();
  EXPECT_LT(left, 0.1 * constant);
  EXPECT_FALSE(space->encode(cells).requires_grad());
}

TEST(Autoencoder, StateCarriesEverything) {
  const auto view = plane(50, 0.1);
  const auto first = make("autoencoder", 2, 12);
  first->begin(view);
  for (int step = 0; step < 5; ++step) (void)first->step(all_cells(view), 1.0);
  LatentSettings settings;
  settings.width = 2;
  settings.hidden = {16};
  RandomStream other(77, "other weights");
  const auto second = make_latent_space(settings, 12, other);
  copy_state(first->state(), second->state());
  (void)first->step(all_cells(view), 0.5);
  (void)second->step(all_cells(view), 0.5);
  EXPECT_TRUE(at::equal(first->encode(view.control(0)), second->encode(view.control(0))));
}

}  // namespace latent_space_test
}  // namespace brenier::models
