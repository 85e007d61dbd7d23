// Standard normal numbers that are a fixed function of a cell, for models whose predictions are draws.
//
//   eps_l(x) = sqrt(2) erfinv(2 v_l - 1),   v_l = frac(1000 <x, w_l> + c_l)
//
// x [B, D] -> eps [B, L]; w_l normal and c_l uniform, drawn from RandomStream(seed, name). <x, w_l> spreads over many
// thousand periods, so that eps is as good as independent between cells and latents, yet the same cell gets the same
// numbers in any batch, order, thread count and language: an exported model repeats the draws of the trained one.
// Equal cells get equal numbers. float64, cut at +-7 standard deviations.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

#include "models/model.h"

namespace brenier::models {

class CellNoise final {
 public:
  CellNoise(std::int64_t width, std::int64_t latents, std::uint64_t seed, const std::string& name);
  [[nodiscard]] at::Tensor operator()(const at::Tensor& cells) const;

  [[nodiscard]] State state() const;  // "weights" [D, L], "phases" [L]
  // A method cell_noise(self, x) over attributes noise_weights and noise_phases.
  [[nodiscard]] static std::string script();
  void append_script_tensors(State& tensors) const;

 private:
  at::Tensor weights_;
  at::Tensor phases_;
};

}  // namespace brenier::models
