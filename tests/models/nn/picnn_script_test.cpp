#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/jit/api/module.h>

#include "models/nn/initialise.h"
#include "models/nn/picnn.h"

namespace brenier::models {
namespace picnn_script_test {

class PicnnScript : public testing::TestWithParam<std::string> {};

// Every activation and initialisation with this positivity, after the weights have moved.
TEST_P(PicnnScript, TransportsAsTheNetworkDoes) {
  for (const auto& activation : activation_names()) {
    for (const auto* initialisation : {"standard", "identity"}) {
      PicnnSettings settings;
      settings.hidden = {7, 5, 6};
      settings.context_width = 4;
      settings.activation = activation;
      settings.initialisation = initialisation;
      RandomStream stream(3, "picnn");
      Picnn picnn(settings, {3, 4, 2}, positivity_from(GetParam()), stream);
      auto trainable = picnn.trainable();
      trainable.add_(normal_tensor(stream, {trainable.numel()}, 0.2));
      picnn.set_offsets(normal_tensor(stream, {2, 3}, 1.0));

      const auto script = picnn.script();
      torch::jit::Module module("picnn");
      for (const auto& [name, tensor] : script.tensors) module.register_buffer(name, tensor);
      module.define(script.source);
      const auto x = normal_tensor(stream, {9, 3}, 1.0);
      const auto context = normal_tensor(stream, {4}, 1.0);
      const auto kappa = at::tensor({0.4F, 0.9F});
      const auto weights = module.run_method("potential", context, kappa).toTensor();
      const auto scripted = module.run_method("transport", x, weights).toTensor();
      const auto map = picnn.at(context, kappa).map(x);
      EXPECT_LT((scripted - map).abs().max().item<double>(), 1e-5 * std::max(1.0, map.abs().max().item<double>()))
          << activation << ", " << initialisation;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Positivity, PicnnScript, testing::ValuesIn(positivity_names()));

}  // namespace picnn_script_test
}  // namespace brenier::models
