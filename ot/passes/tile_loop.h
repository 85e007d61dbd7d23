// How TilePasses walks over the pairs: strips of rows in parallel, tiles of a strip one after the other.
#pragma once

#include <algorithm>
#include <vector>

#include "ot/passes/passes.h"
#include "ot/passes/simd.h"
#include "ot/passes/tile_source.h"

namespace brenier::ot::tile_loop {

inline constexpr Index kStripRows = 8;
inline constexpr Index kTileColumns = 512;
// A user's cost function is called a few times on large tiles instead.
inline constexpr Index kSerialRows = 256;
inline constexpr Index kSerialColumns = 4096;

template <class T>
Index strip_rows(const TileSource<T>& source) {
  return source.serial() ? kSerialRows : kStripRows;
}
template <class T>
Index tile_columns(const TileSource<T>& source) {
  return source.serial() ? kSerialColumns : kTileColumns;
}

template <class T>
std::vector<T> narrowed(const double* values, Index count) {
  std::vector<T> out(static_cast<std::size_t>(count));
  for (Index k = 0; k < count; ++k) out[static_cast<std::size_t>(k)] = static_cast<T>(values[k]);
  return out;
}

// strip(first_row, rows) for all strips, in parallel unless the source is serial.
template <class T, class Strip>
void for_each_strip(const TileSource<T>& source, Strip&& strip) {
  const Index height = strip_rows(source);
  const Index strips = (source.rows() + height - 1) / height;
  const auto work = [&](Index k) { strip(k * height, std::min(height, source.rows() - k * height)); };
  if (source.serial()) {
    for (Index k = 0; k < strips; ++k) work(k);
    return;
  }
  parallel_blocks(strips, work);
}

// visit(tile, costs, plan) for all tiles of a plan; costs and plan are [tile.rows, tile.columns]. Tiles of the same
// rows come in order of columns and on one thread.
template <class T, class Visit>
void for_each_plan_tile(const TileSource<T>& source, const double* F, const double* G, double inverse_epsilon,
                        Visit&& visit) {
  const auto bias = narrowed<T>(G, source.columns());
  const Index width = tile_columns(source);
  for_each_strip(source, [&](Index first, Index rows) {
    std::vector<T> costs(static_cast<std::size_t>(rows * std::min(width, source.columns())));
    std::vector<T> plan(costs.size());
    for (Index column = 0; column < source.columns(); column += width) {
      const Tile tile{first, column, rows, std::min(width, source.columns() - column)};
      source.costs(tile, costs.data());
      std::copy_n(costs.data(), tile.rows * tile.columns, plan.data());
      for (Index i = 0; i < rows; ++i) {
        simd::exponentials(plan.data() + i * tile.columns, tile.columns, static_cast<T>(F[first + i]),
                           bias.data() + column, static_cast<T>(inverse_epsilon));
      }
      visit(tile, costs.data(), plan.data());
    }
  });
}

}  // namespace brenier::ot::tile_loop
