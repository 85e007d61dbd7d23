// The least that a Sinkhorn pass over points of the plane must do, without anything around it.
//
//   out[i, j] = 2^(bias[j] - (x_i0 - y_j0)^2 - (x_i1 - y_j1)^2),   sums[i] += sum_j out[i, j]
//
// A pair costs two subtractions, two fused multiply-adds, one 2^t by a polynomial of degree 5, one addition and one
// store, in float32. The points are scaled beforehand. By Highway with run-time dispatch, like ot/passes.
#pragma once

#include <cstdint>
#include <vector>

namespace brenier::bench {

// A tile that stays in the first-level cache: about 20 kB.
struct PairTile {
  static constexpr std::int64_t kRows = 8;
  static constexpr std::int64_t kColumns = 384;  // a multiple of every vector's length
  std::vector<float> x;                          // [kRows, 2]
  std::vector<float> y;                          // [2, kColumns]
  std::vector<float> bias;                       // [kColumns]
  std::vector<float> out;                        // [kRows, kColumns]
  std::vector<float> sums;                       // [kRows]
};
[[nodiscard]] PairTile make_pair_tile();

// Goes over the tile `times` times.
void run_pair_tile(PairTile& tile, std::int64_t times);

// The instruction set that was chosen, for example AVX3.
[[nodiscard]] const char* pair_loop_target();

}  // namespace brenier::bench
