// A random network from latents to genes: leaky-ReLU between linear maps without biases.
//
//   h_0 = z,  h_k = lrelu(h_{k-1} W_k),  result = h_{last-1} W_last        lrelu(x) = x for x > 0, slope x below
//   W_k = Q sqrt(2 / (1 + slope^2)) sqrt(2 / (fan in + fan out)),  Q with orthonormal rows or columns (the shorter
//   side), uniform over such matrices
//
// Shapes: z [N, L] float32 row-major, result [N, G] float64 row-major. Source: lopez2023svae, whose simulator has
// L 15, three hidden layers of 40, G 100, slope 0.2; bereket2023sams has four hidden layers of 50.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/random.h"

namespace brenier::data {

class RandomDecoder final {
 public:
  // sizes: latents, hidden layers, genes; at least two, each at least 1.
  RandomDecoder(const std::vector<std::int64_t>& sizes, double slope, RandomStream& stream);

  [[nodiscard]] std::vector<double> decode(std::span<const float> latents) const;
  // W_k, [fan in, fan out] row-major.
  [[nodiscard]] const std::vector<std::vector<double>>& weights() const { return weights_; }

 private:
  std::vector<std::int64_t> sizes_;
  double slope_;
  std::vector<std::vector<double>> weights_;
};

// Standard deviation of all values; 1 when they are all the same.
[[nodiscard]] double overall_deviation(const std::vector<double>& values);

// L, `layers` times `width`, G.
[[nodiscard]] std::vector<std::int64_t> decoder_sizes(std::int64_t latents, std::int64_t layers, std::int64_t width,
                                                      std::int64_t genes);

}  // namespace brenier::data
