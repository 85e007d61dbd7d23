#include "ot/passes/stored_plan.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "ot/passes/tile_loop.h"
#include "ot/passes/vector_math.h"

namespace brenier::ot {
namespace stored_plan_detail {

constexpr double kNone = -std::numeric_limits<double>::infinity();
constexpr Index kStrip = kStripRows;
// A stored pair costs less than a computed one, which tile_loop::run_blocks counts.
constexpr Index kCheap = 2;

// exp(now - then), 0 where there is nothing.
void growth(const double* now, const double* then, Index count, double* out) {
  for (Index k = 0; k < count; ++k) out[k] = now[k] == kNone || then[k] == kNone ? kNone : now[k] - then[k];
  vector_math::exponentials(out, count);
}

// work(first row, rows, column sums) over all strips, by groups whose column sums are joined in order.
template <class Work>
std::vector<double> column_sums(Index rows, Index columns, Order order, Work&& work) {
  const Index strips = (rows + kStrip - 1) / kStrip;
  const Index groups = tile_loop::column_groups(rows * columns, strips);
  std::vector<double> parts(static_cast<std::size_t>(groups * columns), 0.0);
  const auto do_group = [&](Index group) {
    const Index begin = group * strips / groups;
    const Index end = (group + 1) * strips / groups;
    for (Index k = begin; k < end; ++k) {
      const Index strip = order == Order::kForward ? k : begin + end - 1 - k;
      work(strip * kStrip, std::min(kStrip, rows - strip * kStrip), parts.data() + group * columns);
    }
  };
  tile_loop::run_blocks(rows * columns / kCheap, groups, do_group, order);
  for (Index group = 1; group < groups; ++group)
    for (Index j = 0; j < columns; ++j)
      parts[static_cast<std::size_t>(j)] += parts[static_cast<std::size_t>(group * columns + j)];
  parts.resize(static_cast<std::size_t>(columns));
  return parts;
}

}  // namespace stored_plan_detail

template <class T>
StoredTiles<T>::StoredTiles(const Passes& passes, const TileSource<T>& source, const PlanView& plan)
    : passes_(passes),
      rows_(source.rows()),
      columns_(source.columns()),
      inverse_epsilon_(plan.inverse_epsilon),
      F0_(plan.F, plan.F + rows_),
      G0_(plan.G, plan.G + columns_),
      matrix_(new T[static_cast<std::size_t>(rows_ * columns_)]) {
  tile_loop::for_each_strip(source, [&](Index first, Index count) {
    std::vector<double> sums(static_cast<std::size_t>(count));
    source.exact_plan({first, 0, count, columns_}, F0_.data() + first, G0_.data(), inverse_epsilon_,
                      matrix_.get() + first * columns_, sums.data());
  });
}

template <class T>
StoredTiles<T>::StoredTiles(const Passes& passes, std::unique_ptr<T[]> matrix, std::vector<double> F0,
                            std::vector<double> G0, double inverse_epsilon)
    : passes_(passes),
      rows_(static_cast<Index>(F0.size())),
      columns_(static_cast<Index>(G0.size())),
      inverse_epsilon_(inverse_epsilon),
      F0_(std::move(F0)),
      G0_(std::move(G0)),
      matrix_(std::move(matrix)) {}

template <class T>
std::vector<double> StoredTiles<T>::growth(Direction side, const double* potential) const {
  const auto& then = side == Direction::kRows ? F0_ : G0_;
  std::vector<double> out(then.size());
  stored_plan_detail::growth(potential, then.data(), static_cast<Index>(then.size()), out.data());
  return out;
}

template <class T>
std::vector<double> StoredTiles<T>::marginal(Direction direction, const double* F, const double* G) const {
  const bool by_rows = direction == Direction::kRows;
  const auto own = growth(direction, by_rows ? F : G);
  const auto other = growth(by_rows ? Direction::kColumns : Direction::kRows, by_rows ? G : F);
  std::vector<double> out(own.size());
  multiply(direction, other.data(), out.data());
  for (std::size_t k = 0; k < out.size(); ++k) {
    if (own[k] != 0 && !tile_loop::whole<T>(out[k])) return {};
    out[k] *= own[k];
  }
  return out;
}

template <class T>
void StoredTiles<T>::shift_potentials(double c) {
  for (double& value : F0_) value += c;
  for (double& value : G0_) value -= c;
}

template <class T>
bool StoredTiles<T>::near(const double* F, const double* G) const {
  const auto inside = [](const double* now, const std::vector<double>& then) {
    for (std::size_t k = 0; k < then.size(); ++k)
      if (now[k] != stored_plan_detail::kNone && !(std::abs(now[k] - then[k]) < kFarthest)) return false;
    return true;
  };
  return inside(F, F0_) && inside(G, G0_);
}

template <class T>
void StoredTiles<T>::multiply(Direction direction, const double* values, double* out) const {
  using stored_plan_detail::kStrip;
  if (direction == Direction::kRows) {
    const auto vector = tile_loop::narrowed<T>(values, columns_);
    std::fill_n(out, rows_, 0.0);
    const Index strips = (rows_ + kStrip - 1) / kStrip;
    tile_loop::run_blocks(rows_ * columns_ / stored_plan_detail::kCheap, strips, [&](Index strip) {
      const Index first = strip * kStrip;
      simd::add_products(matrix_.get() + first * columns_, std::min(kStrip, rows_ - first), columns_, columns_,
                         vector.data(), columns_, 1, out + first);
    });
    return;
  }
  const auto vector = tile_loop::narrowed<T>(values, rows_);
  // Products with rows and columns take turns: to and fro.
  const auto sums =
      stored_plan_detail::column_sums(rows_, columns_, Order::kBackward, [&](Index first, Index count, double* part) {
        simd::add_weighted_rows(vector.data() + first, matrix_.get() + first * columns_, count, columns_, columns_,
                                part);
      });
  std::copy(sums.begin(), sums.end(), out);
}

template <class T>
void StoredTiles<T>::sweep(const PotentialUpdate& update, double* F, const double* G, double* row_logs,
                           double* column_logs) const {
  using stored_plan_detail::growth;
  using stored_plan_detail::kNone;
  using stored_plan_detail::kStrip;
  const auto grown = this->growth(Direction::kColumns, G);
  const auto v = tile_loop::narrowed<T>(grown.data(), columns_);
  std::vector<char> lost(F0_.size(), 0);
  const auto do_strip = [&](Index first, Index count, double* part) {
    const T* rows = matrix_.get() + first * columns_;
    const double* then = F0_.data() + first;
    double mass[kStrip] = {};
    simd::add_products(rows, count, columns_, columns_, v.data(), columns_, 1, mass);
    double logs[kStrip];
    std::copy_n(mass, count, logs);
    vector_math::logarithms(logs, count);
    for (Index i = 0; i < count; ++i) {
      const Index row = first + i;
      if (update.base[row] == kNone) {
        F[row] = row_logs[row] = kNone;
      } else if (!tile_loop::whole<T>(mass[i])) {
        lost[static_cast<std::size_t>(row)] = 1;
      } else {
        row_logs[row] = logs[i] - then[i];
        F[row] = update.moved(row, row_logs[row], F[row]);
      }
    }
    double factor[kStrip];
    growth(F + first, then, count, factor);
    T u[kStrip] = {};
    for (Index i = 0; i < count; ++i) {
      char& state = lost[static_cast<std::size_t>(first + i)];
      if (state == 0 && !(factor[i] < 1e15)) state = 2;
      if (state == 0) u[i] = static_cast<T>(factor[i]);
    }
    simd::add_weighted_rows(u, rows, count, columns_, columns_, part);
  };
  const auto order = std::exchange(order_, order_ == Order::kForward ? Order::kBackward : Order::kForward);
  const auto sums = stored_plan_detail::column_sums(rows_, columns_, order, do_strip);
  std::copy(sums.begin(), sums.end(), column_logs);
  vector_math::logarithms(column_logs, columns_);
  bool again = false;
  for (std::size_t j = 0; j < sums.size(); ++j) {
    if (G[j] != kNone && !tile_loop::whole<T>(sums[j])) again = true;
    column_logs[j] = G[j] == kNone ? kNone : column_logs[j] - G0_[j];
  }
  for (const char state : lost) again = again || state != 0;
  if (!again) return;
  // A row or a column that the stored entries cannot give: everything that they would touch, from the points.
  std::vector<double> logs(F0_.size());
  if (std::find(lost.begin(), lost.end(), 1) != lost.end())
    passes_.log_sums(Direction::kRows, inverse_epsilon_, G, logs.data());
  for (std::size_t i = 0; i < lost.size(); ++i) {
    if (lost[i] != 1) continue;
    row_logs[i] = logs[i];
    F[i] = update.moved(static_cast<Index>(i), logs[i], F[i]);
  }
  passes_.log_sums(Direction::kColumns, inverse_epsilon_, F, column_logs);
}

template class StoredTiles<float>;
template class StoredTiles<double>;

}  // namespace brenier::ot
