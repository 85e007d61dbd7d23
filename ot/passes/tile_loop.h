// How TilePasses walks over the pairs: strips of rows in parallel, tiles of a strip one after the other.
#pragma once

#include <algorithm>
#include <vector>

#include "ot/passes/gaussian_tile.h"
#include "ot/passes/passes.h"
#include "ot/passes/simd.h"
#include "ot/passes/tile_source.h"

namespace brenier::ot::tile_loop {

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

// Whether a sum of exponentials has all its digits: no part of it that matters was lost below or overflowed above.
template <class T>
bool whole(double sum) {
  return sizeof(T) == sizeof(float) ? sum > 1e-25 && sum < 1e30 : sum > 1e-250 && sum < 1e280;
}

// Exponents whose sums are surely whole, a few units on either side.
template <class T>
inline constexpr double kNearExponent = sizeof(T) == sizeof(float) ? 40.0 : 400.0;

// Pairs below which starting threads costs more than they save.
inline constexpr Index kSmall = Index{1} << 17;

// In how many groups the strips of a pass gather column sums: fixed by the size, so that threads do not change results;
// few where joining them would cost as much as the pairs.
inline Index column_groups(Index pairs, Index strips) {
  return std::min(strips, std::clamp(pairs / (Index{1} << 14), Index{1}, Index{32}));
}

// work(k) for all blocks of a pass over so many pairs.
template <class Work>
void run_blocks(Index pairs, Index blocks, Work&& work, Order order = Order::kForward) {
  if (pairs <= kSmall) {
    for (Index k = 0; k < blocks; ++k) work(k);
  } else {
    parallel_blocks(blocks, work, order);
  }
}

template <class T, class Work>
void run_blocks(const TileSource<T>& source, Index blocks, Work&& work) {
  run_blocks(source.serial() ? 0 : source.rows() * source.columns(), blocks, work);
}

// strip(first_row, rows) for all strips, in parallel unless the source is serial.
template <class T, class Strip>
void for_each_strip(const TileSource<T>& source, Strip&& strip) {
  const Index height = strip_rows(source);
  const Index strips = (source.rows() + height - 1) / height;
  run_blocks(source, strips, [&](Index k) { strip(k * height, std::min(height, source.rows() - k * height)); });
}

// visit(tile, costs, plan) for all tiles of a plan; costs and plan are [tile.rows, tile.columns], costs null unless
// kCosts. Exponents in float64, or quick in the type of the geometry. Tiles of the same rows come in order of columns
// and on one thread.
template <bool kCosts, class T, class Visit>
void for_each_plan_tile(const TileSource<T>& source, const double* F, const double* G, double inverse_epsilon,
                        bool quick, Visit&& visit) {
  const auto bias = narrowed<T>(G, quick ? source.columns() : 0);
  const Index width = tile_columns(source);
  for_each_strip(source, [&](Index first, Index rows) {
    std::vector<T> plan(static_cast<std::size_t>(rows * std::min(width, source.columns())));
    std::vector<T> costs(kCosts ? plan.size() : 0);
    std::vector<double> sums(static_cast<std::size_t>(rows));
    const auto shift = narrowed<T>(F + first, quick ? rows : 0);
    for (Index column = 0; column < source.columns(); column += width) {
      const Tile tile{first, column, rows, std::min(width, source.columns() - column)};
      if constexpr (kCosts) source.costs(tile, costs.data());
      if (quick) {
        source.plan(tile, shift.data(), bias.data() + column, static_cast<T>(inverse_epsilon), plan.data(),
                    sums.data());
      } else {
        source.exact_plan(tile, F + first, G + column, inverse_epsilon, plan.data(), sums.data());
      }
      visit(tile, kCosts ? costs.data() : nullptr, plan.data());
    }
  });
}

}  // namespace brenier::ot::tile_loop
