#include "ot/passes/sweep.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "ot/passes/tile_log_sums.h"
#include "ot/passes/vector_math.h"

namespace brenier::ot {
namespace sweep_detail {

constexpr double kNone = -std::numeric_limits<double>::infinity();

}  // namespace sweep_detail

template <class T>
Sweep<T>::Sweep(const TileSource<T>& source, const TileSource<T>& transposed, double inverse_epsilon,
                const PotentialUpdate& update, const SweepVectors& vectors)
    : source_(source),
      transposed_(transposed),
      inverse_epsilon_(inverse_epsilon),
      update_(update),
      at_(vectors),
      bias_(tile_loop::narrowed<T>(vectors.G, source.columns())),
      height_(tile_loop::strip_rows(source)),
      width_(source.serial() ? tile_loop::kSerialColumns : kStripColumns) {}

template <class T>
void Sweep<T>::keep(T* matrix, double* potentials) {
  matrix_ = matrix;
  kept_ = potentials;
}

template <class T>
void Sweep<T>::entries(const Tile& tile, T* out, double* mass) const {
  if (update_.exact) {
    source_.exact_plan(tile, at_.F + tile.row, at_.G + tile.column, inverse_epsilon_, out, mass);
    return;
  }
  T shift[kMostRows];
  for (Index i = 0; i < tile.rows; ++i) shift[i] = static_cast<T>(at_.F[tile.row + i]);
  source_.plan(tile, shift, bias_.data() + tile.column, static_cast<T>(inverse_epsilon_), out, mass);
}

// A strip in an order of its own, and on the way the column sums of the one that waits.
template <class T>
void Sweep<T>::compute_waiting(Index first, Index rows, T* plan, double* mass, const Strip& waiting, double* sums) {
  T shift[kMostRows];
  for (Index i = 0; i < rows; ++i) shift[i] = static_cast<T>(at_.F[first + i]);
  const Index m = source_.columns();
  for (Index column = 0; column < m; column += width_) {
    const Tile tile{first, column, rows, std::min(width_, m - column)};
    const simd::WeightedRows<T> part{waiting.factors, waiting.plan + waiting.rows * column, waiting.rows,
                                     sums + column};
    source_.strip(tile, shift, bias_.data() + column, static_cast<T>(inverse_epsilon_), plan + rows * column, mass,
                  waiting.plan != nullptr ? &part : nullptr);
  }
}

template <class T>
void Sweep<T>::finish(const Strip& strip, double* sums) {
  const Index m = source_.columns();
  for (Index column = 0; strip.plan != nullptr && column < m; column += width_)
    source_.finish({strip.factors, strip.plan + strip.rows * column, strip.rows, sums + column},
                   std::min(width_, m - column));
}

// The new potentials of a strip's rows, and what their entries are to be multiplied with.
template <class T>
void Sweep<T>::move_rows(Index first, Index rows, T* plan, const double* mass, T* factors, double* sums,
                         char& left_range) {
  using sweep_detail::kNone;
  const Index m = source_.columns();
  std::vector<T> line;
  double logs[kMostRows];
  double changes[kMostRows] = {};
  std::copy_n(mass, rows, logs);
  vector_math::logarithms(logs, rows);
  bool again[kMostRows] = {};
  for (Index i = 0; i < rows; ++i) {
    const Index row = first + i;
    if (kept_ != nullptr) kept_[row] = used(at_.F[row]);
    if (update_.base[row] == kNone) {
      // A row of weight zero takes no part; its sum is still what the potential of a new point there would need.
      at_.F[row] = kNone;
      at_.row_logs[row] = kNone;
      changes[i] = kNone;
      continue;
    }
    const double before = used(at_.F[row]);
    const bool whole = tile_loop::whole<T>(mass[i]);
    if (whole) {
      at_.row_logs[row] = logs[i] - before;
    } else {
      left_range = 1;
      tile_log_sums::strip_log_sums(source_, bias_, inverse_epsilon_, row, 1, at_.row_logs + row);
    }
    at_.F[row] = update_.moved(row, at_.row_logs[row], at_.F[row]);
    changes[i] = at_.F[row] - before;
    again[i] = !whole || !(std::abs(changes[i]) < (sizeof(T) == sizeof(float) ? 50.0 : 500.0));
    if (again[i]) changes[i] = kNone;
  }
  vector_math::exponentials(changes, rows);
  for (Index i = 0; i < rows; ++i) {
    factors[i] = static_cast<T>(changes[i]);
    if (!again[i]) continue;
    // What was computed at the old potential does not reach the new one: this row once more.
    const Index row = first + i;
    if (matrix_ == nullptr) line.resize(static_cast<std::size_t>(m));
    T* target = matrix_ != nullptr ? plan + i * m : line.data();
    double unused = 0;
    entries({row, 0, 1, m}, target, &unused);
    if (kept_ != nullptr) kept_[row] = used(at_.F[row]);
    const T one = 1;
    simd::add_weighted_rows(&one, target, 1, m, m, sums);
  }
}

template <class T>
void Sweep<T>::do_group(Index first_strip, Index last_strip, double* sums, char& left_range) {
  const Index m = source_.columns();
  const Index size = std::min(height_, source_.rows()) * m;
  // Two strips: one is computed, one waits. Left as they come: every entry is written before it is read.
  const std::unique_ptr<T[]> scratch(matrix_ != nullptr ? nullptr : new T[static_cast<std::size_t>(2 * size)]);
  Strip waiting;
  for (Index strip = first_strip; strip < last_strip; ++strip) {
    const Index first = strip * height_;
    const Index rows = std::min(height_, source_.rows() - first);
    T* plan = matrix_ != nullptr ? matrix_ + first * m : scratch.get() + strip % 2 * size;
    double mass[kMostRows] = {};
    if (streaming()) {
      compute_waiting(first, rows, plan, mass, waiting, sums);
      waiting = Strip{plan, rows};
      move_rows(first, rows, plan, mass, waiting.factors, sums, left_range);
      continue;
    }
    Strip now{plan, rows};
    entries({first, 0, rows, m}, plan, mass);
    move_rows(first, rows, plan, mass, now.factors, sums, left_range);
    simd::add_weighted_rows(now.factors, plan, rows, m, m, sums);
  }
  finish(waiting, sums);
}

template <class T>
bool Sweep<T>::run() {
  const Index n = source_.rows();
  const Index strips = (n + height_ - 1) / height_;
  const Index groups = tile_loop::column_groups(n * source_.columns(), strips);
  std::vector<std::vector<double>> parts(static_cast<std::size_t>(groups));
  std::vector<char> left_range(static_cast<std::size_t>(groups), 0);
  tile_loop::run_blocks(source_, groups, [&](Index group) {
    auto& sums = parts[static_cast<std::size_t>(group)];
    sums.assign(static_cast<std::size_t>(source_.columns()), 0.0);
    do_group(group * strips / groups, (group + 1) * strips / groups, sums.data(),
             left_range[static_cast<std::size_t>(group)]);
  });
  const bool whole = join(parts);
  return whole && std::find(left_range.begin(), left_range.end(), 1) == left_range.end();
}

// The logs of the column sums; whether all came from the entries.
template <class T>
bool Sweep<T>::join(const std::vector<std::vector<double>>& parts) {
  using sweep_detail::kNone;
  const Index m = source_.columns();
  std::vector<double> totals(parts.front());
  for (std::size_t group = 1; group < parts.size(); ++group)
    for (std::size_t j = 0; j < totals.size(); ++j) totals[j] += parts[group][j];
  std::copy(totals.begin(), totals.end(), at_.column_logs);
  vector_math::logarithms(at_.column_logs, m);
  std::vector<Index> lost;
  for (Index j = 0; j < m; ++j) {
    const double total = totals[static_cast<std::size_t>(j)];
    if (at_.G[j] == kNone) {
      at_.column_logs[j] = kNone;
    } else if (tile_loop::whole<T>(total)) {
      at_.column_logs[j] -= used(at_.G[j]);
    } else {
      lost.push_back(j);
    }
  }
  if (lost.empty()) return true;
  // Many at once by strips, few one by one.
  const auto row_bias = tile_loop::narrowed<T>(at_.F, source_.rows());
  if (static_cast<Index>(lost.size()) > m / 8) {
    std::vector<double> all(static_cast<std::size_t>(m));
    tile_loop::for_each_strip(transposed_, [&](Index first, Index count) {
      tile_log_sums::strip_log_sums(transposed_, row_bias, inverse_epsilon_, first, count, all.data() + first);
    });
    for (const Index j : lost) at_.column_logs[j] = all[static_cast<std::size_t>(j)];
  } else {
    for (const Index j : lost)
      tile_log_sums::strip_log_sums(transposed_, row_bias, inverse_epsilon_, j, 1, at_.column_logs + j);
  }
  return false;
}

template class Sweep<float>;
template class Sweep<double>;

}  // namespace brenier::ot
