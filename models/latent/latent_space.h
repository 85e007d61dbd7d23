// The space in which a transport model works: cells [B, G] -> latent [B, L] and back.
//
// | kind        | encode                        | trained                                   |
// | autoencoder | MLP G - hidden - L            | reconstruction, a stage of its own        |
// | pca         | (x - mean) V, V [G, L]        | closed form                               |
// | data        | x (L = G)                     | not at all                                |
//
// A latent space is only the pair (encode, decode); models scale its output as they need.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/config/fields.h"
#include "core/random.h"
#include "models/model.h"
#include "models/nn/adam.h"

namespace brenier::models {

struct LatentSettings {
  std::string kind = "autoencoder";
  std::int64_t width = 50;                        // L
  std::vector<std::int64_t> hidden = {512, 512};  // of the encoder; the decoder mirrors them
  std::int64_t steps = 600;
  std::int64_t batch = 256;
  AdamSettings optimiser = {.learning_rate = 1e-3, .weight_decay = 1e-5};

  void describe(Fields& fields);
};

class LatentSpace {
 public:
  virtual ~LatentSpace() = default;
  [[nodiscard]] virtual std::int64_t width() const = 0;  // L
  // Closed-form constants (gene means, components), before the first step.
  virtual void begin(const TrainingView& view) = 0;
  // One training step on cells [B, G]; no-op losses for closed-form kinds.
  virtual Losses step(const at::Tensor& cells, double learning_rate) = 0;
  [[nodiscard]] virtual at::Tensor encode(const at::Tensor& cells) const = 0;   // [B, G] -> [B, L], no gradient
  [[nodiscard]] virtual at::Tensor decode(const at::Tensor& latent) const = 0;  // [B, L] -> [B, G], no gradient
  [[nodiscard]] virtual State state() const = 0;
  // TorchScript methods encode(self, x) and decode(self, z) and their tensors.
  [[nodiscard]] virtual Script script() const = 0;
};

// `genes` is G. Throws kUsage when the width does not fit (pca: L <= G).
[[nodiscard]] std::unique_ptr<LatentSpace> make_latent_space(const LatentSettings& settings, std::int64_t genes,
                                                             RandomStream& stream);

// Cells of a view in chunks, so that no dense copy of the whole matrix is made: f(rows [B, G], first row number).
void for_each_chunk(const TrainingView& view, const std::function<void(const at::Tensor&, std::int64_t)>& f);
// encode() of every cell of the view: [N, L].
[[nodiscard]] at::Tensor encode_all(const LatentSpace& space, const TrainingView& view);

}  // namespace brenier::models
