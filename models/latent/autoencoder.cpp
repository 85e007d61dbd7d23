#include "models/latent/autoencoder.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>

namespace brenier::models {
namespace autoencoder_detail {

std::vector<std::int64_t> widths(std::int64_t first, std::vector<std::int64_t> hidden, std::int64_t last) {
  hidden.insert(hidden.begin(), first);
  hidden.push_back(last);
  return hidden;
}

}  // namespace autoencoder_detail

Autoencoder::Autoencoder(const LatentSettings& settings, std::int64_t genes, RandomStream& stream)
    : Autoencoder(settings, autoencoder_detail::widths(genes, settings.hidden, settings.width),
                  autoencoder_detail::widths(settings.width, {settings.hidden.rbegin(), settings.hidden.rend()}, genes),
                  stream) {}

Autoencoder::Autoencoder(const LatentSettings& settings, std::vector<std::int64_t> down, std::vector<std::int64_t> up,
                         RandomStream& stream)
    : width_(settings.width),
      encoder_(down, "encoder", parameters_, stream),
      decoder_(up, "decoder", parameters_, stream),
      mean_(at::zeros({down.front()})),
      adam_(parameters_.tensors(), settings.optimiser) {}

void Autoencoder::begin(const TrainingView& view) {
  auto sum = at::zeros_like(mean_, at::kDouble);
  for_each_chunk(view, [&](const at::Tensor& cells, std::int64_t) { sum += cells.to(at::kDouble).sum(0); });
  mean_.copy_(sum / static_cast<double>(view.size()));
}

Losses Autoencoder::step(const at::Tensor& cells, double learning_rate) {
  const auto centred = cells - mean_;
  const auto loss = (decoder_(encoder_(centred)) - centred).square().sum(1).mean();
  auto gradients = torch::autograd::grad({loss}, parameters_.tensors());
  adam_.step(std::move(gradients), learning_rate);
  return {{"reconstruction", loss.item<double>()}};
}

at::Tensor Autoencoder::encode(const at::Tensor& cells) const {
  const c10::NoGradGuard no_grad;
  return encoder_(cells - mean_);
}

at::Tensor Autoencoder::decode(const at::Tensor& latent) const {
  const c10::NoGradGuard no_grad;
  return decoder_(latent) + mean_;
}

State Autoencoder::state() const {
  State state = {{"mean", mean_}};
  parameters_.append_to(state, "");
  adam_.append_to(state, "adam.");
  return state;
}

Script Autoencoder::script() const {
  Script script;
  script.source = encoder_.script("encode_centred") + decoder_.script("decode_centred") +
                  "def encode(self, x: Tensor) -> Tensor:\n    return self.encode_centred(x - self.latent_mean)\n\n"
                  "def decode(self, z: Tensor) -> Tensor:\n    return self.decode_centred(z) + self.latent_mean\n\n";
  script.tensors = {{"latent_mean", mean_}};
  encoder_.append_script_tensors(script.tensors);
  decoder_.append_script_tensors(script.tensors);
  return script;
}

}  // namespace brenier::models
