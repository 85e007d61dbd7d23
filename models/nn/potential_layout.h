// How the numbers of one input-convex potential (icnn.h) lie in memory. Its weights and a gradient with respect to them
// have the same layout, one flat tensor:
//
//   inner  [D, S]           column blocks A_0' | A_1' | .. | A_{L-1}' | P: one product with x serves all layers
//   bias   [S]              b_0 | .. | b_{L-1} | q
//   kernel [H_l, H_{l-1}]   W_l for l = 1 .. L-1, rows padded
//   output [H_{L-1}]        w_L
//   offset [1]              b_L
//
// Blocks are padded with zeros to whole vectors; S is an odd number of vectors, so that the rows of a tile fall into
// different sets of the cache.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace brenier::models {

struct PotentialLayout {
  using Index = std::int64_t;

  PotentialLayout(Index cell_width, std::vector<Index> hidden_widths);

  Index cell;                 // D
  Index cell_padded;          // D with padding
  std::vector<Index> hidden;  // H_0 .. H_{L-1}
  std::vector<Index> padded;  // the same with padding
  std::vector<Index> column;  // first column of layer l in `inner`
  Index hidden_columns;       // all layers together: first column of P and q
  Index stride;               // S
  Index bias;                 // where each part begins
  std::vector<Index> kernel;  // kernel[l] for l >= 1
  Index output;
  Index offset;
  Index size;

  [[nodiscard]] std::size_t layers() const { return hidden.size(); }
};

// The parts of a flat tensor of that layout, as tensors that share its memory.
struct PotentialParts {
  at::Tensor quadratic;       // P [D, D]
  at::Tensor linear;          // q [D]
  std::vector<at::Tensor> a;  // A_l [H_l, D], l < L
  std::vector<at::Tensor> b;  // b_l [H_l], l < L; b_L [1]
  std::vector<at::Tensor> w;  // W_1 .. W_{L-1}; w_L [1, H_{L-1}]

  // All tensors in the order P, q, A, b, W.
  [[nodiscard]] std::vector<at::Tensor> list() const;
};
[[nodiscard]] PotentialParts parts_of(const PotentialLayout& layout, const at::Tensor& flat);

}  // namespace brenier::models
