// Principal components as a latent space: z = (x - mean) V, x = z V' + mean, V [G, L] with orthonormal columns.
//
// V holds the eigenvectors of the covariance of the training cells with the largest eigenvalues; the sign of each makes
// its entry of largest magnitude positive. Solved in the smaller of the cell and the gene space, in float64.
#pragma once

#include "models/latent/latent_space.h"

namespace brenier::models {

class PcaSpace final : public LatentSpace {
 public:
  // Throws kUsage when width > genes.
  PcaSpace(std::int64_t width, std::int64_t genes);
  [[nodiscard]] std::int64_t width() const override { return width_; }
  // Throws kData when there are fewer training cells than components.
  void begin(const TrainingView& view) override;
  Losses step(const at::Tensor& /*cells*/, double /*learning_rate*/) override { return {}; }
  [[nodiscard]] at::Tensor encode(const at::Tensor& cells) const override;
  [[nodiscard]] at::Tensor decode(const at::Tensor& latent) const override;
  [[nodiscard]] State state() const override { return {{"mean", mean_}, {"components", components_}}; }
  [[nodiscard]] Script script() const override;

 private:
  std::int64_t width_;
  at::Tensor mean_;        // [G]
  at::Tensor components_;  // V [G, L]
};

}  // namespace brenier::models
