// What the actions of a cell add to its latent: drawn in training, fixed afterwards.
//
// Two kinds: PointShifts (point_shifts.h: a table of shifts, masks drawn for each cell) and GuidedShifts
// (guided_shifts.h: shifts and masks with posteriors, drawn once for all cells of a batch).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "core/random.h"
#include "models/model.h"
#include "models/nn/parameters.h"

namespace brenier::models {

class Shifts {
 public:
  virtual ~Shifts() = default;

  // labels: the training context of each cell, -1 for control cells. -> [P B, L], the P draws of all cells one after
  // the other. Keeps what backward() needs.
  virtual at::Tensor draw(const std::vector<std::int64_t>& labels, std::int64_t particles, double temperature,
                          RandomStream& stream) = 0;

  // The penalty (not weighted), and the gradients of `loss + weight * penalty` by the own parameters, appended in the
  // order in which they were registered. gradient [P B, L]: that of the loss by the last draw.
  virtual double backward(const at::Tensor& gradient, double weight, std::vector<at::Tensor>& gradients) = 0;

  [[nodiscard]] virtual at::Tensor values() const = 0;  // shifts without masks [A, L]
  [[nodiscard]] virtual at::Tensor masks() const = 0;   // probabilities [A, L]; undefined without masks
  // Takes shifts and binary masks [A, L] as given; what training draws afterwards is always these.
  virtual void fix(const at::Tensor& values, const at::Tensor& masks) = 0;

  // Shifts in a rotated latent space, values <- values R; masks start again. kDefect where it cannot be.
  virtual void rotate(const at::Tensor& rotation) = 0;

  // Shifts under masks binarised at 1/2: what prediction adds. [A, L]
  [[nodiscard]] at::Tensor effective() const;

 protected:
  // Logits of masks that are fixed, so far from 0 that every draw is the mask itself.
  [[nodiscard]] static at::Tensor fixed_logits(const at::Tensor& masks);
};

}  // namespace brenier::models
