#include "models/nn/dense_stack.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/csrc/jit/api/module.h>

#include <cmath>
#include <tuple>

#include "core/error.h"
#include "models/nn/initialise.h"
#include "tests/models/nn/finite_difference.h"

namespace brenier::models {
namespace dense_stack_test {

// One stack with parameters that are nowhere trivial, and data for it.
struct Case {
  Case(const DenseStackSettings& given, std::int64_t in, std::int64_t out, std::int64_t batch,
       at::ScalarType dtype = at::kDouble)
      : settings(given),
        stack(in, out, settings, "stack", parameters, stream, dtype),
        x(normal_tensor(stream, {batch, in}, 1.0, dtype)),
        weight(normal_tensor(stream, {batch, out}, 1.0, dtype)) {
    for (const auto& parameter : parameters.tensors()) {
      if (parameter.dim() == 1) parameter.detach().add_(normal_tensor(stream, {parameter.size(0)}, 0.3, dtype));
    }
    for (const auto& [name, buffer] : stack.buffers()) {
      buffer.add_(uniform_tensor(stream, {buffer.size(0)}, 0.1, 0.7, dtype));
    }
  }

  DenseStackSettings settings;
  RandomStream stream{5, "dense stack"};
  Parameters parameters;
  DenseStack stack;
  at::Tensor x;
  at::Tensor weight;
};

// The definition in tensor operations. Masks: dropout factors of a tape, or none. Statistics: of the batch, or running.
at::Tensor formula(const Case& c, const DenseTape* masks, bool batch) {
  const auto& p = c.parameters.tensors();
  const auto buffers = c.stack.buffers();
  auto h = c.x;
  std::size_t k = 0;
  for (std::size_t l = 0; l < c.settings.hidden.size(); ++l) {
    auto y = h.mm(p[k++].detach());
    if (c.settings.batch_norm) {
      const auto mean = batch ? y.mean(0) : buffers[2 * l].second;
      const auto variance = batch ? y.var(0, false) : buffers[2 * l + 1].second;
      y = (y - mean) / (variance + c.settings.norm_epsilon).sqrt();
      y = y * p[k].detach() + p[k + 1].detach();
      k += 2;
    } else {
      y = y + p[k++].detach();
    }
    h = at::leaky_relu(y, c.settings.leak);
    if (masks != nullptr && masks->layers[l].keep.size(0) > 0) h = h * masks->layers[l].keep;
  }
  return h.mm(p[k].detach()) + p[k + 1].detach();
}

using Shape = std::tuple<std::vector<std::int64_t>, bool, double, double>;  // hidden, batch norm, leak, dropout

class DenseStackGradients : public testing::TestWithParam<Shape> {
 protected:
  DenseStackSettings settings_ = {.hidden = std::get<0>(GetParam()),
                                  .batch_norm = std::get<1>(GetParam()),
                                  .leak = std::get<2>(GetParam()),
                                  .dropout = std::get<3>(GetParam())};
  Case case_{settings_, 5, 19, 9};

  // All gradients of sum(weight * pass()) against finite differences.
  template <class Pass>
  void check(const Pass& pass) {
    DenseTape tape;
    const auto loss = [&] { return (pass(tape) * case_.weight).sum().template item<double>(); };
    (void)loss();
    std::vector<at::Tensor> gradients;
    const auto input = case_.stack.backward(tape, case_.weight, &gradients, true).clone();
    for (auto& gradient : gradients) gradient = gradient.clone();
    ASSERT_EQ(gradients.size(), case_.parameters.tensors().size());
    for (std::size_t k = 0; k < gradients.size(); ++k) {
      const auto numeric = finite_difference(loss, case_.parameters.tensors()[k]);
      EXPECT_LT(relative_difference(gradients[k], numeric), 1e-7) << case_.parameters.names()[k];
    }
    EXPECT_LT(relative_difference(input, finite_difference(loss, case_.x)), 1e-7);
  }
};

TEST_P(DenseStackGradients, OfATrainingStep) {
  check([&](DenseTape& tape) {
    RandomStream dropout(3, "masks");
    return case_.stack.train(case_.x, tape, dropout);
  });
}

TEST_P(DenseStackGradients, OfAFrozenPass) {
  check([&](DenseTape& tape) { return case_.stack.frozen(case_.x, tape); });
}

TEST_P(DenseStackGradients, PassesAreTheFormula) {
  DenseTape tape;
  RandomStream dropout(3, "masks");
  const auto trained = case_.stack.train(case_.x, tape, dropout).clone();
  EXPECT_LT(relative_difference(trained, formula(case_, &tape, true)), 1e-13);
  const auto expected = formula(case_, nullptr, false);
  EXPECT_LT(relative_difference(case_.stack(case_.x), expected), 1e-13);
  EXPECT_LT(relative_difference(case_.stack.frozen(case_.x, tape), expected), 1e-13);
}

TEST_P(DenseStackGradients, ScriptIsTheNetwork) {
  Case single(settings_, 5, 19, 9, at::kFloat);
  Script script;
  single.stack.append_script(script, "decode");
  torch::jit::Module module("decoder");
  for (const auto& [name, tensor] : script.tensors) module.register_buffer(name, tensor);
  module.define(script.source);
  const auto out = module.get_method("decode")({single.x}).toTensor();
  EXPECT_LT(relative_difference(out, single.stack(single.x)), 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Settings, DenseStackGradients,
                         testing::Values(Shape{{}, true, 0.0, 0.0}, Shape{{7}, false, 0.2, 0.0},
                                         Shape{{7, 6}, true, 0.0, 0.0}, Shape{{18, 35}, true, 0.2, 0.3},
                                         Shape{{6, 7}, false, 0.0, 0.3}));

TEST(DenseStack, RunningStatisticsAreThoseOfPyTorch) {
  Case c({.hidden = {4}, .momentum = 0.25}, 3, 2, 8);
  const auto y = c.x.mm(c.parameters.tensors()[0].detach());
  auto mean = c.stack.buffers()[0].second.clone();
  auto variance = c.stack.buffers()[1].second.clone();
  DenseTape tape;
  RandomStream dropout(3, "masks");
  c.stack.train(c.x, tape, dropout);
  EXPECT_LT(relative_difference(c.stack.buffers()[0].second, 0.75 * mean + 0.25 * y.mean(0)), 1e-14);
  EXPECT_LT(relative_difference(c.stack.buffers()[1].second, 0.75 * variance + 0.25 * y.var(0, true)), 1e-14);
}

TEST(DenseStack, DropoutKeepsTheShareAndTheMean) {
  Case c({.hidden = {64}, .batch_norm = false, .dropout = 0.1}, 3, 2, 1000);
  DenseTape tape;
  RandomStream dropout(3, "masks");
  c.stack.train(c.x, tape, dropout);
  const auto& keep = tape.layers[0].keep;
  const double kept = (keep > 0).to(at::kDouble).mean().item<double>();
  EXPECT_NEAR(kept, 0.9, 5 * std::sqrt(0.09 / 64000));
  EXPECT_NEAR(keep.max().item<double>(), 1 / 0.9, 1e-4);
  EXPECT_EQ(dropout.counter(), 16000U);
  // Neighbours are independent: the share of pairs that both fall out is 0.01.
  const auto out = keep.eq(0).to(at::kDouble).view({-1});
  EXPECT_NEAR((out.slice(0, 1) * out.slice(0, 0, -1)).mean().item<double>(), 0.01, 5 * std::sqrt(0.01 / 64000));
}

TEST(DenseStack, Float32AgreesWithFloat64) {
  const DenseStackSettings settings = {.hidden = {128, 100}, .dropout = 0.1};
  Case wide(settings, 40, 50, 96);
  Case narrow(settings, 40, 50, 96, at::kFloat);
  for (std::size_t k = 0; k < wide.parameters.tensors().size(); ++k) {
    narrow.parameters.tensors()[k].detach().copy_(wide.parameters.tensors()[k].detach());
  }
  narrow.x.copy_(wide.x);
  narrow.weight.copy_(wide.weight);
  DenseTape tapes[2];
  RandomStream streams[2] = {{3, "masks"}, {3, "masks"}};
  const auto expected = wide.stack.train(wide.x, tapes[0], streams[0]);
  const auto found = narrow.stack.train(narrow.x, tapes[1], streams[1]);
  EXPECT_LT(relative_difference(found.to(at::kDouble), expected), 1e-5);
  std::vector<at::Tensor> gradients[2];
  const auto first = wide.stack.backward(tapes[0], wide.weight, &gradients[0], true);
  const auto second = narrow.stack.backward(tapes[1], narrow.weight, &gradients[1], true);
  EXPECT_LT(relative_difference(second.to(at::kDouble), first), 1e-5);
  for (std::size_t k = 0; k < gradients[0].size(); ++k) {
    EXPECT_LT(relative_difference(gradients[1][k].to(at::kDouble), gradients[0][k]), 1e-5);
  }
}

TEST(DenseStack, NothingDependsOnTheThreadCount) {
  std::vector<at::Tensor> results[2];
  const int kept = at::get_num_threads();
  for (const int threads : {1, 3}) {
    at::set_num_threads(threads);
    Case c({.hidden = {130, 64}, .dropout = 0.1}, 37, 70, 300, at::kFloat);
    auto& result = results[threads == 1 ? 0 : 1];
    DenseTape tape;
    RandomStream dropout(3, "masks");
    result.push_back(c.stack.train(c.x, tape, dropout));
    result.push_back(c.stack.backward(tape, c.weight, &result, true));
    result.push_back(c.stack(c.x));
    for (const auto& [name, buffer] : c.stack.buffers()) result.push_back(buffer);
  }
  at::set_num_threads(kept);
  for (std::size_t k = 0; k < results[0].size(); ++k) EXPECT_TRUE(results[0][k].equal(results[1][k])) << k;
}

TEST(DenseStack, RowsDoNotDependOnTheirNeighbours) {
  Case c({.hidden = {33}}, 5, 21, 300, at::kFloat);
  const auto all = c.stack(c.x);
  for (const std::int64_t row : {0, 7, 127, 128, 299}) {
    EXPECT_TRUE(all[row].equal(c.stack(c.x.narrow(0, row, 1))[0])) << row;
  }
}

TEST(DenseStack, TapeServesBatchesOfOtherSizes) {
  Case c({.hidden = {6}, .dropout = 0.2}, 5, 4, 12);
  DenseTape kept;
  for (const std::int64_t rows : {12, 5, 12}) {
    DenseTape fresh;
    std::vector<at::Tensor> gradients[2];
    RandomStream streams[2] = {{3, "masks"}, {3, "masks"}};
    const auto x = c.x.narrow(0, 0, rows);
    const auto weight = c.weight.narrow(0, 0, rows);
    EXPECT_TRUE(c.stack.train(x, kept, streams[0]).equal(c.stack.train(x, fresh, streams[1])));
    c.stack.backward(kept, weight, &gradients[0], false);
    c.stack.backward(fresh, weight, &gradients[1], false);
    for (std::size_t k = 0; k < gradients[0].size(); ++k) EXPECT_TRUE(gradients[0][k].equal(gradients[1][k]));
  }
}

TEST(DenseStack, BackwardWithoutParametersHasTheSameInputGradient) {
  Case c({.hidden = {6, 8}}, 5, 4, 12);
  DenseTape tape;
  c.stack.frozen(c.x, tape);
  std::vector<at::Tensor> gradients;
  const auto with = c.stack.backward(tape, c.weight, &gradients, true).clone();
  EXPECT_TRUE(c.stack.backward(tape, c.weight, nullptr, true).equal(with));
  EXPECT_FALSE(c.stack.backward(tape, c.weight, &gradients, false).defined());
}

TEST(DenseStackErrors, RefusesWhatDoesNotFit) {
  Case c({.hidden = {6}}, 5, 4, 12);
  DenseTape tape;
  RandomStream dropout(3, "masks");
  EXPECT_THROW((void)c.stack(at::zeros({3, 4}, at::kDouble)), Error);
  EXPECT_THROW((void)c.stack(at::zeros({3, 5}, at::kFloat)), Error);
  EXPECT_THROW((void)c.stack.frozen(at::zeros({5}, at::kDouble), tape), Error);
  EXPECT_THROW((void)c.stack.train(c.x.narrow(0, 0, 1), tape, dropout), Error);  // one cell has no variance
  EXPECT_THROW((void)c.stack.backward(tape, c.weight, nullptr, true), Error);    // nothing to go back through
  c.stack.frozen(c.x, tape);
  EXPECT_THROW((void)c.stack.backward(tape, c.weight.narrow(0, 0, 3), nullptr, true), Error);
  EXPECT_THROW((void)c.stack.backward(tape, c.weight.to(at::kFloat), nullptr, true), Error);
}

TEST(DenseStackErrors, RefusesImpossibleSettings) {
  Parameters parameters;
  RandomStream stream(1, "x");
  const auto build = [&](const DenseStackSettings& settings) {
    return DenseStack(3, 2, settings, "s", parameters, stream);
  };
  EXPECT_THROW(build({.hidden = {0}}), Error);
  EXPECT_THROW(build({.hidden = {4}, .leak = -0.1}), Error);
  EXPECT_THROW(build({.hidden = {4}, .dropout = 1.0}), Error);
  EXPECT_THROW(build({.hidden = {4}, .momentum = 1.5}), Error);
  EXPECT_THROW(build({.hidden = {4}, .norm_epsilon = 0.0}), Error);
}

}  // namespace dense_stack_test
}  // namespace brenier::models
