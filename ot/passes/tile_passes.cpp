#include "ot/passes/tile_passes.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>
#include <utility>

#include "ot/passes/stored_plan.h"
#include "ot/passes/sweep.h"
#include "ot/passes/tile_log_sums.h"
#include "ot/passes/tile_loop.h"

namespace brenier::ot {

using tile_loop::for_each_strip;
using tile_loop::narrowed;

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
                             const LogSumHints& hints) const {
  const auto& source = direction == Direction::kRows ? *source_ : *transposed_;
  const auto bias = narrowed<T>(potential, source.columns());
  std::vector<double> start;
  const double* guess = hints.guess;
  if (guess == nullptr && hints.quick) {
    // Without potentials the exponents lie about the mean one; where that is small, their sums lie in the range.
    const auto mean = source.mean_cost();
    if (mean && inverse_epsilon * *mean < tile_loop::kNearExponent<T>) {
      start.assign(static_cast<std::size_t>(source.rows()), -inverse_epsilon * *mean);
      guess = start.data();
    }
  }
  for_each_strip(source, [&](Index first, Index count) {
    if (guess == nullptr) {
      tile_log_sums::strip_log_sums(source, bias, inverse_epsilon, first, count, out + first);
    } else {
      tile_log_sums::strip_guessed_log_sums(source, {potential, bias}, {guess + first, hints.quick}, inverse_epsilon,
                                            first, count, out + first);
    }
  });
}

template <class T>
void TilePasses<T>::sweep(double inverse_epsilon, const PotentialUpdate& update, double* F, const double* G,
                          double* row_logs, double* column_logs) const {
  Sweep<T>(*source_, *transposed_, inverse_epsilon, update, {F, G, row_logs, column_logs}).run();
}

template <class T>
std::unique_ptr<StoredPlan> TilePasses<T>::storing_sweep(double inverse_epsilon, const PotentialUpdate& update,
                                                         double* F, const double* G, double* row_logs,
                                                         double* column_logs) const {
  const std::size_t pairs = static_cast<std::size_t>(rows() * columns());
  std::unique_ptr<T[]> matrix(new (std::nothrow) T[pairs]);
  if (!matrix) return Passes::storing_sweep(inverse_epsilon, update, F, G, row_logs, column_logs);
  std::vector<double> kept_F(static_cast<std::size_t>(rows()));
  Sweep<T> sweep(*source_, *transposed_, inverse_epsilon, update, {F, G, row_logs, column_logs});
  sweep.keep(matrix.get(), kept_F.data());
  if (!sweep.run()) return nullptr;
  std::vector<double> kept_G(G, G + columns());
  if (!update.exact)
    for (double& value : kept_G) value = static_cast<double>(static_cast<T>(value));
  return std::make_unique<StoredTiles<T>>(*this, std::move(matrix), std::move(kept_F), std::move(kept_G),
                                          inverse_epsilon);
}

template class TilePasses<float>;
template class TilePasses<double>;

}  // namespace brenier::ot
