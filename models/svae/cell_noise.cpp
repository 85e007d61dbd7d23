#include "models/svae/cell_noise.h"

#include <ATen/ATen.h>

#include "models/nn/initialise.h"

namespace brenier::models {

CellNoise::CellNoise(std::int64_t width, std::int64_t latents, std::uint64_t seed, const std::string& name) {
  RandomStream stream(seed, name);
  weights_ = normal_tensor(stream, {width, latents}, 1000.0, at::kDouble);
  phases_ = uniform_tensor(stream, {latents}, 0.0, 1.0, at::kDouble);
}

at::Tensor CellNoise::operator()(const at::Tensor& cells) const {
  const auto turns = at::mm(cells.to(at::kDouble), weights_) + phases_;
  return at::erfinv(2.0 * (turns - at::floor(turns)) - 1.0).mul(1.4142135623730951).clamp(-7.0, 7.0);
}

State CellNoise::state() const { return {{"weights", weights_}, {"phases", phases_}}; }

std::string CellNoise::script() {
  return "def cell_noise(self, x: Tensor) -> Tensor:\n"
         "    turns = torch.mm(x, self.noise_weights) + self.noise_phases\n"
         "    part = 2.0 * (turns - torch.floor(turns)) - 1.0\n"
         "    return torch.clamp(torch.erfinv(part) * 1.4142135623730951, -7.0, 7.0)\n\n";
}

void CellNoise::append_script_tensors(State& tensors) const {
  tensors.emplace_back("noise_weights", weights_);
  tensors.emplace_back("noise_phases", phases_);
}

}  // namespace brenier::models
