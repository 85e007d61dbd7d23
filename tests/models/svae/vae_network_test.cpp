#include "models/svae/vae_network.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "models/nn/initialise.h"
#include "tests/models/nn/finite_difference.h"
#include "tests/models/tensor_view.h"

namespace brenier::models {
namespace vae_network_test {

struct Kind {
  bool counts;
  bool additive;
  bool sees_shift;
  std::int64_t particles;
};

VaeShape shape_of(const Kind& kind) {
  VaeShape shape;
  shape.genes = 6;
  shape.width = 2;
  shape.encoder.hidden = {5, 4};
  shape.encoder.dropout = 0.2;
  shape.encoder.leak = 0.1;
  shape.encoder.batch_norm = !kind.additive;
  shape.decoder = shape.encoder;
  shape.decoder.dropout = 0.0;
  shape.counts = kind.counts;
  shape.additive = kind.additive;
  shape.sees_shift = kind.sees_shift;
  return shape;
}

// An orthogonal [2, 2].
at::Tensor turn() {
  const double c = 0.8;
  const double s = 0.6;
  return at::tensor({c, s, -s, c}, at::kDouble).view({2, 2});
}

at::Tensor some_cells(bool counts, std::int64_t rows) {
  RandomStream stream(4, "cells");
  auto cells = at::empty({rows, 6}, at::kDouble);
  for (std::int64_t i = 0; i < cells.numel(); ++i) {
    cells.mutable_data_ptr<double>()[i] = counts ? static_cast<double>(stream.poisson(3.0)) : stream.normal();
  }
  return cells;
}

}  // namespace vae_network_test

TEST(VaeNetwork, GradientsOfEveryParameterAndOfTheShifts) {
  namespace helpers = vae_network_test;
  for (const auto& kind : {helpers::Kind{true, false, false, 1},
                           {false, false, false, 2},
                           {true, true, true, 2},
                           {false, true, false, 1}}) {
    Parameters parameters;
    RandomStream init(1, "init");
    VaeNetwork network(helpers::shape_of(kind), parameters, init, at::kDouble);
    network.rotate(helpers::turn());
    const auto cells = helpers::some_cells(kind.counts, 7);
    const auto shifts = normal_tensor(init, {7 * kind.particles, 2}, 1.0, at::kDouble);
    const double weight = 0.6;
    const double scale = 3.0;
    const auto run = [&](std::vector<at::Tensor>& gradients) {
      RandomStream noise(5, "noise");
      RandomStream dropout(6, "dropout");
      return network.step(cells, shifts, weight, scale, noise, dropout, gradients);
    };
    const auto value = [&] {
      std::vector<at::Tensor> unused;
      const auto step = run(unused);
      return scale * (-step.log_likelihood + weight * step.divergence);
    };
    std::vector<at::Tensor> gradients;
    const auto step = run(gradients);
    ASSERT_EQ(gradients.size(), parameters.tensors().size());
    std::vector<at::Tensor> kept;
    for (const auto& gradient : gradients) kept.push_back(gradient.clone());
    const auto by_shift = step.shifts.clone();
    for (std::size_t i = 0; i < kept.size(); ++i) {
      EXPECT_LT(relative_difference(kept[i], finite_difference(value, parameters.tensors()[i])), 1e-7)
          << parameters.names()[i] << " counts " << kind.counts << " additive " << kind.additive;
    }
    EXPECT_LT(relative_difference(by_shift, finite_difference(value, shifts)), 1e-7);
  }
}

TEST(VaeNetwork, GradientOfTheShiftsWithNetworksAsTheyAre) {
  namespace helpers = vae_network_test;
  for (const auto& kind : {helpers::Kind{true, false, false, 1}, {true, true, true, 1}}) {
    Parameters parameters;
    RandomStream init(1, "init");
    VaeNetwork network(helpers::shape_of(kind), parameters, init, at::kDouble);
    network.rotate(helpers::turn());
    const auto cells = helpers::some_cells(kind.counts, 7);
    const auto shifts = normal_tensor(init, {7, 2}, 1.0, at::kDouble);
    at::Tensor gradient;
    const auto value = [&] {
      RandomStream noise(5, "noise");
      return -network.shift_gradient(cells, shifts, noise, gradient);
    };
    value();
    const auto kept = gradient.clone();
    EXPECT_LT(relative_difference(kept, finite_difference(value, shifts)), 1e-7) << kind.additive;
  }
}

TEST(VaeNetwork, TurningTheLatentChangesItsCoordinatesAlone) {
  namespace helpers = vae_network_test;
  for (const auto& kind : {helpers::Kind{true, false, false, 1}, {true, true, true, 1}, {false, false, false, 1}}) {
    Parameters parameters;
    RandomStream init(1, "init");
    VaeNetwork network(helpers::shape_of(kind), parameters, init, at::kDouble);
    const auto cells = helpers::some_cells(kind.counts, 7);
    const auto shifts = normal_tensor(init, {7, 2}, 1.0, at::kDouble);
    const auto weight = [&](const at::Tensor& s) {
      RandomStream noise(5, "noise");
      return network.log_weight(cells, s, noise);
    };
    const auto before = weight(shifts);
    const auto means = network.encode(cells, shifts);
    const auto decoded = network.decode(means);
    network.rotate(helpers::turn());
    network.rotate(helpers::turn());
    const auto turn = helpers::turn().matmul(helpers::turn());
    const auto turned = shifts.matmul(turn);
    EXPECT_TRUE(at::allclose(weight(turned), before, 1e-12, 1e-12));
    EXPECT_TRUE(at::allclose(network.encode(cells, turned), means.matmul(turn), 1e-12, 1e-12));
    EXPECT_TRUE(at::allclose(network.decode(means.matmul(turn)), decoded, 1e-12, 1e-12));
    EXPECT_FALSE(at::allclose(weight(shifts), before, 1e-3, 1e-3));
  }
}

// With a latent that the decoder ignores, the bound with many samples is the likelihood itself: log w is what remains.
TEST(VaeNetwork, LogWeightsAverageToTheEvidence) {
  namespace helpers = vae_network_test;
  const helpers::Kind kind{false, false, false, 1};
  Parameters parameters;
  RandomStream init(1, "init");
  VaeNetwork network(helpers::shape_of(kind), parameters, init, at::kDouble);
  for (std::size_t i = 0; i < parameters.names().size(); ++i) {
    if (parameters.names()[i].starts_with("decoder")) parameters.tensors()[i].detach().zero_();
  }
  const auto cells = helpers::some_cells(false, 3);
  const auto shifts = at::zeros({3, 2}, at::kDouble);
  RandomStream noise(2, "noise");
  auto sum = at::zeros({3}, at::kDouble);
  const int samples = 20000;
  for (int k = 0; k < samples; ++k) sum += network.log_weight(cells, shifts, noise).exp() / samples;
  const auto expected = (-0.5 * cells.square() - 0.5 * std::log(2 * M_PI)).sum(1);  // deviation 1, mean 0
  EXPECT_LT((sum.log() - expected).abs().max().item<double>(), 0.03);
}

TEST(VaeNetwork, RefusesValuesThatAreNoCounts) {
  namespace helpers = vae_network_test;
  Parameters parameters;
  RandomStream init(1, "init");
  VaeNetwork network(helpers::shape_of({true, false, false, 1}), parameters, init);
  tests::TensorView view(6);
  auto cells = at::ones({4, 6});
  cells[2][3] = 0.5;
  view.add(make_context({{"a", 1.0}}, {}), cells, cells);
  try {
    network.fit(view);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    EXPECT_NE(std::string(error.what()).find("0.5"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("gaussian"), std::string::npos);
  }
}

}  // namespace brenier::models
