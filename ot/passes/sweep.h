// One Sinkhorn iteration over tiles, with one exponential a pair (DESIGN of the layer).
//
// For row i, s_j = exp(F_i + G_j - k C_ij) and r_i = sum_j s_j; then F_i moves to F_i', and the same s_j times
// exp(F_i' - F_i), the new plan's row, join the column sums. Rows are worked on in strips: while the exponentials of
// one strip keep the processor busy, the strip before it, whose F' is known by then, gives its part of the column sums.
// A row or column whose sum leaves the range of the type is summed again with the largest exponent taken out.
// Column sums gather in a fixed number of groups of strips, so threads do not change results.
#pragma once

#include <vector>

#include "ot/passes/passes.h"
#include "ot/passes/tile_loop.h"
#include "ot/passes/tile_source.h"

namespace brenier::ot {

// What an iteration reads and writes, see Passes::sweep.
struct SweepVectors {
  double* F = nullptr;            // [N]
  const double* G = nullptr;      // [M]
  double* row_logs = nullptr;     // [N]
  double* column_logs = nullptr;  // [M]
};

template <class T>
class Sweep final {
 public:
  // All arguments must outlive it.
  Sweep(const TileSource<T>& source, const TileSource<T>& transposed, double inverse_epsilon,
        const PotentialUpdate& update, const SweepVectors& vectors);

  // Keeps the plan in `matrix` [N, M], and the potentials that its rows were computed at in `potentials` [N].
  void keep(T* matrix, double* potentials);

  // Returns whether every sum came from the plan's entries.
  bool run();

 private:
  static constexpr Index kMostRows = tile_loop::kSerialRows;
  // Columns of a tile that nobody else reads; a whole strip then stays in the second-level cache.
  static constexpr Index kStripColumns = 2048;

  // A strip whose entries wait for their place in the column sums.
  struct Strip {
    const T* plan = nullptr;  // [rows, M], tile after tile
    Index rows = 0;
    T factors[kMostRows] = {};
  };

  void do_group(Index first_strip, Index last_strip, double* sums, char& left_range);
  void compute_waiting(Index first, Index rows, T* plan, double* mass, const Strip& waiting, double* sums);
  void move_rows(Index first, Index rows, T* plan, const double* mass, T* factors, double* sums, char& left_range);
  void finish(const Strip& strip, double* sums);
  bool join(const std::vector<std::vector<double>>& parts);
  // Rows [first, first + rows) of the plan at F + first, [rows, tile.columns].
  void entries(const Tile& tile, T* out, double* mass) const;
  // Logs belong to the potentials that were used.
  [[nodiscard]] double used(double potential) const {
    return update_.exact ? potential : static_cast<double>(static_cast<T>(potential));
  }
  // Entries may be in any order.
  [[nodiscard]] bool streaming() const { return matrix_ == nullptr && !update_.exact; }

  const TileSource<T>& source_;
  const TileSource<T>& transposed_;
  double inverse_epsilon_;
  const PotentialUpdate& update_;
  SweepVectors at_;
  std::vector<T> bias_;
  Index height_;
  Index width_;
  T* matrix_ = nullptr;
  double* kept_ = nullptr;
};

}  // namespace brenier::ot
