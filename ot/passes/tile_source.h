// Costs by tiles: what TilePasses asks of a geometry whose pairs can be computed one by one.
//
// The tile's own leaf is that of its rows: points x for a cloud (gradient [N, D]), the matrix itself for a dense cost
// (gradient [N, M]). transposed() looks at the same pairs with rows and columns exchanged.
#pragma once

#include <memory>
#include <string>

#include "ot/passes/parallel.h"

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
