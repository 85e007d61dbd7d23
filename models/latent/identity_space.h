// The data space itself: encode and decode return what they get (L = G).
#pragma once

#include "models/latent/latent_space.h"

namespace brenier::models {

class IdentitySpace final : public LatentSpace {
 public:
  explicit IdentitySpace(std::int64_t genes) : genes_(genes) {}
  [[nodiscard]] std::int64_t width() const override { return genes_; }
  void begin(const TrainingView& /*view*/) override {}
  Losses step(const at::Tensor& /*cells*/, double /*learning_rate*/) override { return {}; }
  [[nodiscard]] at::Tensor encode(const at::Tensor& cells) const override { return cells; }
  [[nodiscard]] at::Tensor decode(const at::Tensor& latent) const override { return latent; }
  [[nodiscard]] State state() const override { return {}; }
  [[nodiscard]] Script script() const override {
    return {
        "def encode(self, x: Tensor) -> Tensor:\n    return x\n\ndef decode(self, z: Tensor) -> Tensor:\n    return "
        "z\n\n",
        {}};
  }

 private:
  std::int64_t genes_;
};

}  // namespace brenier::models
