#include "ot/passes/tile_passes.h"

#include <cmath>
#include <limits>
#include <utility>

#include "ot/passes/tile_loop.h"

namespace brenier::ot {

using tile_loop::for_each_plan_tile;
using tile_loop::for_each_strip;
using tile_loop::narrowed;

namespace tile_passes_detail {

// log sum_j exp(bias_j - scale C_ij) for the rows of one strip, joined over tiles with the largest exponent taken out.
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

// The same in one exponential a pair, with exponents in float64, where exp(L_i - guess_i) is in the range of the type.
template <class T>
void strip_guessed_log_sums(const TileSource<T>& source, const double* potential, const std::vector<T>& bias,
                            double scale, Index first, Index rows, const double* guess, double* out) {
  const Index width = std::min(tile_loop::tile_columns(source), source.columns());
  std::vector<T> plan(static_cast<std::size_t>(rows * width));
  std::vector<double> shift(static_cast<std::size_t>(rows));
  std::vector<double> mass(static_cast<std::size_t>(rows), 0.0);
  for (Index i = 0; i < rows; ++i) shift[static_cast<std::size_t>(i)] = std::isfinite(guess[i]) ? -guess[i] : 0.0;
  for (Index column = 0; column < source.columns(); column += width) {
    const Tile tile{first, column, rows, std::min(width, source.columns() - column)};
    source.exact_plan(tile, shift.data(), potential + column, scale, plan.data(), mass.data());
  }
  for (Index i = 0; i < rows; ++i) {
    const double sum = mass[static_cast<std::size_t>(i)];
    if (tile_loop::whole<T>(sum)) {
      out[i] = std::log(sum) - shift[static_cast<std::size_t>(i)];
    } else {
      strip_log_sums(source, bias, scale, first + i, 1, out + i);
    }
  }
}

}  // namespace tile_passes_detail

template <class T>
TilePasses<T>::TilePasses(std::unique_ptr<const TileSource<T>> source)
    : source_(std::move(source)), transposed_(source_->transposed()) {}

template <class T>
std::string TilePasses<T>::method() const {
  return source_->method() + (sizeof(T) == sizeof(float) ? " float32" : " float64");
}

template <class T>
double TilePasses<T>::precision() const {
  return static_cast<double>(std::numeric_limits<T>::epsilon()) / 2;
}

template <class T>
CostSummary TilePasses<T>::summary() const {
  // Sums about the first cost, so that the variance keeps its digits; one partial result a row, joined in order.
  const Index n = rows();
  T first = 0;
  source_->costs({0, 0, 1, 1}, &first);
  struct Part {
    double sum = 0;
    double squares = 0;
    double largest = -std::numeric_limits<double>::infinity();
    double smallest = std::numeric_limits<double>::infinity();
  };
  std::vector<Part> parts(static_cast<std::size_t>(n));
  const Index width = std::min(tile_loop::tile_columns(*source_), columns());
  for_each_strip(*source_, [&](Index row, Index count) {
    std::vector<T> costs(static_cast<std::size_t>(count * width));
    for (Index column = 0; column < columns(); column += width) {
      const Tile tile{row, column, count, std::min(width, columns() - column)};
      source_->costs(tile, costs.data());
      for (Index i = 0; i < count; ++i) {
        auto& part = parts[static_cast<std::size_t>(row + i)];
        for (Index j = 0; j < tile.columns; ++j) {
          const auto cost = static_cast<double>(costs[static_cast<std::size_t>(i * tile.columns + j)]);
          const double off = cost - static_cast<double>(first);
          part.sum += off;
          part.squares += off * off;
          part.largest = std::max(part.largest, cost);
          part.smallest = std::min(part.smallest, cost);
        }
      }
    }
  });
  Part all;
  for (const auto& part : parts) {
    all.sum += part.sum;
    all.squares += part.squares;
    all.largest = std::max(all.largest, part.largest);
    all.smallest = std::min(all.smallest, part.smallest);
  }
  const double pairs = static_cast<double>(n) * static_cast<double>(columns());
  const double mean = all.sum / pairs;
  return {mean + static_cast<double>(first), std::sqrt(std::max(0.0, all.squares / pairs - mean * mean)), all.largest,
          all.smallest};
}

template <class T>
double TilePasses<T>::mean_cost() const {
  const auto known = source_->mean_cost();
  return known ? *known : summary().mean;
}

template <class T>
void TilePasses<T>::log_sums(Direction direction, double inverse_epsilon, const double* potential, double* out,
                             const double* guess) const {
  const auto& source = direction == Direction::kRows ? *source_ : *transposed_;
  const auto bias = narrowed<T>(potential, source.columns());
  for_each_strip(source, [&](Index first, Index count) {
    if (guess == nullptr) {
      tile_passes_detail::strip_log_sums(source, bias, inverse_epsilon, first, count, out + first);
    } else {
      tile_passes_detail::strip_guessed_log_sums(source, potential, bias, inverse_epsilon, first, count, guess + first,
                                                 out + first);
    }
  });
}

template <class T>
void TilePasses<T>::sweep(double inverse_epsilon, const PotentialUpdate& update, double* F, const double* G,
                          double* row_logs, double* column_logs) const {
  constexpr double kNone = -std::numeric_limits<double>::infinity();
  constexpr Index kMaxStrip = tile_loop::kSerialRows;
  const auto& source = *source_;
  const Index n = rows();
  const Index m = columns();
  const auto bias = narrowed<T>(G, m);
  const auto scale = static_cast<T>(inverse_epsilon);
  const Index height = tile_loop::strip_rows(source);
  const Index width = tile_loop::tile_columns(source);
  const Index strips = (n + height - 1) / height;
  // Column sums gather in a fixed number of groups of strips, whatever the number of threads.
  const Index groups = std::min<Index>(strips, 32);
  std::vector<std::vector<double>> sums(static_cast<std::size_t>(groups));

  // A tile of the plan at given row potentials, [rows, tile.columns].
  const auto plan_tile = [&](const Tile& tile, const double* potentials, T* out, double* mass) {
    if (update.exact) {
      source.exact_plan(tile, potentials, G + tile.column, inverse_epsilon, out, mass);
      return;
    }
    T shift[kMaxStrip];
    for (Index i = 0; i < tile.rows; ++i) shift[i] = static_cast<T>(potentials[i]);
    source.plan(tile, shift, bias.data() + tile.column, scale, out, mass);
  };
  // Logs belong to the potentials that were used.
  const auto used = [&](double potential) {
    return update.exact ? potential : static_cast<double>(static_cast<T>(potential));
  };
  const auto do_strip = [&](Index first, Index count, std::vector<T>& plan, double* total) {
    double mass[kMaxStrip] = {};
    // Tile after tile, each [count, tile.columns].
    for (Index column = 0; column < m; column += width)
      plan_tile({first, column, count, std::min(width, m - column)}, F + first, plan.data() + count * column, mass);
    T factor[kMaxStrip] = {};
    for (Index i = 0; i < count; ++i) {
      const Index row = first + i;
      if (update.base[row] == kNone) {
        // A row of weight zero takes no part; its sum is still what the potential of a new point there would need.
        F[row] = kNone;
        row_logs[row] = kNone;
        continue;
      }
      const double before = used(F[row]);
      const bool whole = tile_loop::whole<T>(mass[i]);
      if (whole) {
        row_logs[row] = std::log(mass[i]) - before;
      } else {
        tile_passes_detail::strip_log_sums(source, bias, inverse_epsilon, row, 1, row_logs + row);
      }
      F[row] = update.moved(row, row_logs[row], F[row]);
      const double change = F[row] - before;
      if (whole && std::abs(change) < (sizeof(T) == sizeof(float) ? 50.0 : 500.0)) {
        factor[i] = static_cast<T>(std::exp(change));
        continue;
      }
      // What was computed at the old potential does not reach the new one: this row once more.
      factor[i] = T(1);
      for (Index column = 0; column < m; column += width) {
        double unused = 0;
        plan_tile({row, column, 1, std::min(width, m - column)}, F + row,
                  plan.data() + count * column + i * std::min(width, m - column), &unused);
      }
    }
    for (Index column = 0; column < m; column += width) {
      const Index here = std::min(width, m - column);
      simd::add_weighted_rows(factor, plan.data() + count * column, count, here, here, total + column);
    }
  };
  const auto do_group = [&](Index group) {
    auto& total = sums[static_cast<std::size_t>(group)];
    total.assign(static_cast<std::size_t>(m), 0.0);
    std::vector<T> plan(static_cast<std::size_t>(std::min(height, n) * m));
    for (Index strip = group * strips / groups; strip < (group + 1) * strips / groups; ++strip)
      do_strip(strip * height, std::min(height, n - strip * height), plan, total.data());
  };
  tile_loop::run_blocks(source, groups, do_group);

  std::vector<Index> lost;
  for (Index j = 0; j < m; ++j) {
    double total = 0;
    for (const auto& part : sums) total += part[static_cast<std::size_t>(j)];
    if (G[j] == kNone) {
      column_logs[j] = kNone;
    } else if (tile_loop::whole<T>(total)) {
      column_logs[j] = std::log(total) - used(G[j]);
    } else {
      lost.push_back(j);
    }
  }
  if (lost.empty()) return;
  const auto row_bias = narrowed<T>(F, n);
  if (static_cast<Index>(lost.size()) > m / 8) {
    std::vector<double> all(static_cast<std::size_t>(m));
    log_sums(Direction::kColumns, inverse_epsilon, F, all.data());
    for (const Index j : lost) column_logs[j] = all[static_cast<std::size_t>(j)];
    return;
  }
  for (const Index j : lost)
    tile_passes_detail::strip_log_sums(*transposed_, row_bias, inverse_epsilon, j, 1, column_logs + j);
}

template class TilePasses<float>;
template class TilePasses<double>;

}  // namespace brenier::ot
