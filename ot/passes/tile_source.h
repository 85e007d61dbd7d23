// Costs by tiles: what TilePasses asks of a geometry whose pairs can be computed one by one.
//
// The tile's own leaf is that of its rows: points x for a cloud (gradient [N, D]), the matrix itself for a dense cost
// (gradient [N, M]). transposed() looks at the same pairs with rows and columns exchanged.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ot/passes/simd.h"

namespace brenier::ot {

struct Tile {
  Index row = 0;
  Index column = 0;
  Index rows = 0;
  Index columns = 0;
};

// Moves of the leaves of a source, null: still. A dense cost has only `row`.
struct LeafMove {
  const double* row = nullptr;
  const double* column = nullptr;
};

template <class T>
class TileSource {
 public:
  virtual ~TileSource() = default;
  [[nodiscard]] virtual Index rows() const = 0;
  [[nodiscard]] virtual Index columns() const = 0;
  [[nodiscard]] virtual std::string method() const = 0;
  // One tile after the other (a user's cost function has threads of its own).
  [[nodiscard]] virtual bool serial() const = 0;
  [[nodiscard]] virtual std::unique_ptr<const TileSource> transposed() const = 0;

  // out [tile.rows, tile.columns] row-major, as are weights below.
  virtual void costs(const Tile& tile, T* out) const = 0;

  // out_ij = exp(shift_i + bias_j - scale C_ij), and sums_i += sum_j out_ij; shift [tile.rows] and bias [tile.columns]
  // are those of the tile.
  virtual void plan(const Tile& tile, const T* shift, const T* bias, T scale, T* out, double* sums) const {
    costs(tile, out);
    for (Index i = 0; i < tile.rows; ++i)
      sums[i] += simd::exponentials(out + i * tile.columns, tile.columns, shift[i], bias, scale);
  }

  // The same with an order of entries in `out` that only finish() knows. On the way, where given: finish(finished), an
  // earlier strip of the same columns.
  virtual void strip(const Tile& tile, const T* shift, const T* bias, T scale, T* out, double* sums,
                     const simd::WeightedRows<T>* finished) const {
    if (finished != nullptr) finish(*finished, tile.columns);
    plan(tile, shift, bias, scale, out, sums);
  }
  // sums_j += sum_i factors_i P_ij of a strip.
  virtual void finish(const simd::WeightedRows<T>& strip, Index columns) const {
    simd::add_weighted_rows(strip.factors, strip.values, strip.rows, columns, columns, strip.sums);
  }

  // The same as plan from potentials in float64, with exponents in float64.
  virtual void exact_plan(const Tile& tile, const double* shift, const double* bias, double scale, T* out,
                          double* sums) const {
    costs(tile, out);
    const std::vector<T> zeros(static_cast<std::size_t>(tile.columns), T(0));
    for (Index i = 0; i < tile.rows; ++i) {
      T* row = out + i * tile.columns;
      for (Index j = 0; j < tile.columns; ++j)
        row[j] = static_cast<T>(shift[i] + bias[j] - scale * static_cast<double>(row[j]));
      sums[i] += simd::exponentials(row, tile.columns, T(0), zeros.data(), T(-1));
    }
  }
  // The mean cost, where it is known without looking at all pairs.
  [[nodiscard]] virtual std::optional<double> mean_cost() const { return std::nullopt; }
  // About how many multiplications a pair's cost takes.
  [[nodiscard]] virtual Index work() const { return 100; }

  // Values in the gradient of the rows' leaf (N D or N M); 0: the rows have none.
  [[nodiscard]] virtual Index leaf_size() const = 0;
  // leaf += sum over the tile of W_ij dC_ij / d leaf. Different rows write different values.
  virtual void add_gradient(const Tile& tile, const T* weights, double* leaf) const = 0;
  // out_ij = C'_ij.
  virtual void tangents(const Tile& tile, const LeafMove& move, T* out) const = 0;
  // leaf += sum over the tile of P_ij (d/d leaf)' C_ij: how the derivative moves.
  virtual void add_second(const Tile& tile, const T* weights, const LeafMove& move, double* leaf) const = 0;
};

}  // namespace brenier::ot
