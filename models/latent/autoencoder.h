// The autoencoder latent space of CellOT and CondOT (after lotfollahi2019scgen): MLP G - hidden - L and its mirror,
// ReLU.
//
//   z = E(x - mean),  xhat = D(z) + mean,  loss = mean over cells of |xhat - x|^2
//
// mean [G] is that of the training cells, so that a short training starts from the best constant. 512-512-50, Adam
// 1e-3, weight decay 1e-5 as published.
#pragma once

#include "models/latent/latent_space.h"
#include "models/nn/mlp.h"
#include "models/nn/parameters.h"

namespace brenier::models {

class Autoencoder final : public LatentSpace {
 public:
  Autoencoder(const LatentSettings& settings, std::int64_t genes, RandomStream& stream);
  [[nodiscard]] std::int64_t width() const override { return width_; }
  void begin(const TrainingView& view) override;
  Losses step(const at::Tensor& cells, double learning_rate) override;  // {"reconstruction", loss}
  [[nodiscard]] at::Tensor encode(const at::Tensor& cells) const override;
  [[nodiscard]] at::Tensor decode(const at::Tensor& latent) const override;
  [[nodiscard]] State state() const override;
  [[nodiscard]] Script script() const override;

 private:
  Autoencoder(const LatentSettings& settings, std::vector<std::int64_t> down, std::vector<std::int64_t> up,
              RandomStream& stream);

  std::int64_t width_;
  Parameters parameters_;
  Mlp encoder_;
  Mlp decoder_;
  at::Tensor mean_;  // [G]
  Adam adam_;
};

}  // namespace brenier::models
