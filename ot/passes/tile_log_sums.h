// Log-sum-exp over the columns for a strip of rows, tile after tile: what a pass falls back to where sums of the plan's
// own entries leave the range of the type, and where no potentials are known that would bring them into it.
#pragma once

#include <cmath>
#include <limits>
#include <vector>

#include "ot/passes/tile_loop.h"

namespace brenier::ot::tile_log_sums {

// out_i = log sum_j exp(bias_j - scale C_ij) for the rows of one strip, joined over tiles with the largest exponent
// taken out.
template <class T>
void strip_log_sums(const TileSource<T>& source, const std::vector<T>& bias, double scale, Index first, Index rows,
                    double* out) {
  const Index width = std::min(tile_loop::tile_columns(source), source.columns());
  std::vector<T> costs(static_cast<std::size_t>(rows * width));
  constexpr double kNone = -std::numeric_limits<double>::infinity();
  std::vector<double> largest(static_cast<std::size_t>(rows), kNone);
  std::vector<double> sum(static_cast<std::size_t>(rows), 0.0);
  for (Index column = 0; column < source.columns(); column += width) {
    const Tile tile{first, column, rows, std::min(width, source.columns() - column)};
    source.costs(tile, costs.data());
    for (Index i = 0; i < rows; ++i) {
      T* row = costs.data() + i * tile.columns;
      const T top = simd::exponents(row, tile.columns, bias.data() + column, static_cast<T>(scale));
      if (top == static_cast<T>(kNone)) continue;
      const double part = simd::sum_of_exponentials(row, tile.columns, top);
      auto& best = largest[static_cast<std::size_t>(i)];
      auto& total = sum[static_cast<std::size_t>(i)];
      if (static_cast<double>(top) > best) {
        total = total * std::exp(best - static_cast<double>(top)) + part;
        best = static_cast<double>(top);
      } else {
        total += part * std::exp(static_cast<double>(top) - best);
      }
    }
  }
  for (Index i = 0; i < rows; ++i) {
    const auto k = static_cast<std::size_t>(i);
    out[i] = largest[k] == kNone ? kNone : largest[k] + std::log(sum[k]);
  }
}

// Potentials of the columns, as they are and in the type of the costs.
template <class T>
struct ColumnPotentials {
  const double* exact;
  const std::vector<T>& narrow;
};

// The same in one exponential a pair, where exp(L_i - guess_i) is in the range of the type; exponents in float64 unless
// quick.
template <class T>
void strip_guessed_log_sums(const TileSource<T>& source, const ColumnPotentials<T>& potentials,
                            const LogSumHints& hints, double scale, Index first, Index rows, double* out) {
  const Index width = std::min(tile_loop::tile_columns(source), source.columns());
  std::vector<T> plan(static_cast<std::size_t>(rows * width));
  std::vector<double> shift(static_cast<std::size_t>(rows));
  std::vector<double> mass(static_cast<std::size_t>(rows), 0.0);
  for (Index i = 0; i < rows; ++i) {
    auto& own = shift[static_cast<std::size_t>(i)];
    own = std::isfinite(hints.guess[i]) ? -hints.guess[i] : 0.0;
    if (hints.quick) own = static_cast<double>(static_cast<T>(own));
  }
  const auto narrow = tile_loop::narrowed<T>(shift.data(), rows);
  for (Index column = 0; column < source.columns(); column += width) {
    const Tile tile{first, column, rows, std::min(width, source.columns() - column)};
    if (hints.quick) {
      source.plan(tile, narrow.data(), potentials.narrow.data() + column, static_cast<T>(scale), plan.data(),
                  mass.data());
    } else {
      source.exact_plan(tile, shift.data(), potentials.exact + column, scale, plan.data(), mass.data());
    }
  }
  for (Index i = 0; i < rows; ++i) {
    const double sum = mass[static_cast<std::size_t>(i)];
    if (tile_loop::whole<T>(sum)) {
      out[i] = std::log(sum) - shift[static_cast<std::size_t>(i)];
    } else {
      strip_log_sums(source, potentials.narrow, scale, first + i, 1, out + i);
    }
  }
}

}  // namespace brenier::ot::tile_log_sums
