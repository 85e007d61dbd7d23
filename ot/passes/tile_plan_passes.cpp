// The passes of TilePasses over a finished plan: application, moments, derivatives.
#include <cmath>
#include <limits>

#include "ot/passes/tile_loop.h"
#include "ot/passes/tile_passes.h"

namespace brenier::ot {
namespace tile_plan_detail {

using tile_loop::for_each_plan_tile;

// One side of a plan: the source whose rows are that side, its potentials and weights in that order.
template <class T>
struct Side {
  const TileSource<T>& source;
  const double* own = nullptr;    // potentials of the side's points
  const double* other = nullptr;  // of those summed over
  double inverse_epsilon = 0;
};

// W_ij of passes.h, in place of the plan's tile.
template <class T>
void weigh(const Tile& tile, const T* costs, const PairWeights& weights, T* plan) {
  for (Index i = 0; i < tile.rows; ++i) {
    const Index row = tile.row + i;
    const double base = weights.row != nullptr ? weights.row[row] : 0.0;
    T* line = plan + i * tile.columns;
    for (Index j = 0; j < tile.columns; ++j) {
      if (line[j] == T(0)) continue;
      const Index column = tile.column + j;
      double factor = base + weights.cost_factor * static_cast<double>(costs[i * tile.columns + j]);
      if (weights.column != nullptr) factor += weights.column[column];
      for (Index k = 0; k < weights.rank; ++k)
        factor += weights.left[row * weights.rank + k] * weights.right[column * weights.rank + k];
      line[j] = static_cast<T>(static_cast<double>(line[j]) * factor);
    }
  }
}

template <class T>
std::vector<double> gradient(const Side<T>& side, const PairWeights& weights) {
  std::vector<double> leaf(static_cast<std::size_t>(side.source.leaf_size()), 0.0);
  if (leaf.empty()) return leaf;
  for_each_plan_tile(side.source, side.own, side.other, side.inverse_epsilon,
                     [&](const Tile& tile, const T* costs, T* plan) {
                       weigh(tile, costs, weights, plan);
                       side.source.add_gradient(tile, plan, leaf.data());
                     });
  return leaf;
}

template <class T>
std::vector<double> second(const Side<T>& side, const double* own_move, const double* other_move,
                           const LeafMove& move) {
  std::vector<double> leaf(static_cast<std::size_t>(side.source.leaf_size()), 0.0);
  if (leaf.empty()) return leaf;
  for_each_plan_tile(side.source, side.own, side.other, side.inverse_epsilon, [&](const Tile& tile, const T*, T* plan) {
    side.source.add_second(tile, plan, move, leaf.data());
    std::vector<T> tangent(static_cast<std::size_t>(tile.rows * tile.columns));
    side.source.tangents(tile, move, tangent.data());
    for (Index i = 0; i < tile.rows; ++i) {
      for (Index j = 0; j < tile.columns; ++j) {
        auto& entry = plan[i * tile.columns + j];
        if (entry == T(0)) continue;
        const double factor =
            own_move[tile.row + i] + other_move[tile.column + j] -
            side.inverse_epsilon * static_cast<double>(tangent[static_cast<std::size_t>(i * tile.columns + j)]);
        entry = static_cast<T>(static_cast<double>(entry) * factor);
      }
    }
    side.source.add_gradient(tile, plan, leaf.data());
  });
  return leaf;
}

inline const double* pointer(const std::vector<double>& values) { return values.empty() ? nullptr : values.data(); }

}  // namespace tile_plan_detail

using tile_loop::for_each_plan_tile;

template <class T>
void TilePasses<T>::apply(Direction direction, const PlanView& plan, const double* values, Index width,
                          double* out) const {
  const bool by_rows = direction == Direction::kRows;
  const auto& source = by_rows ? *source_ : *transposed_;
  std::fill_n(out, source.rows() * width, 0.0);
  for_each_plan_tile(source, by_rows ? plan.F : plan.G, by_rows ? plan.G : plan.F, plan.inverse_epsilon,
                     [&](const Tile& tile, const T*, const T* entries) {
                       for (Index i = 0; i < tile.rows; ++i) {
                         double* target = out + (tile.row + i) * width;
                         const T* line = entries + i * tile.columns;
                         const double* from = values + tile.column * width;
                         if (width == 1) {
                           double sum = 0;
                           for (Index j = 0; j < tile.columns; ++j) {
                             if (line[j] != T(0)) sum += static_cast<double>(line[j]) * from[j];
                           }
                           target[0] += sum;
                           continue;
                         }
                         for (Index j = 0; j < tile.columns; ++j) {
                           const auto weight = static_cast<double>(line[j]);
                           if (weight == 0) continue;
                           for (Index k = 0; k < width; ++k) target[k] += weight * from[j * width + k];
                         }
                       }
                     });
}

template <class T>
Moments TilePasses<T>::moments(Direction direction, const PlanView& plan) const {
  const bool by_rows = direction == Direction::kRows;
  const auto& source = by_rows ? *source_ : *transposed_;
  const double* own = by_rows ? plan.F : plan.G;
  const double* other = by_rows ? plan.G : plan.F;
  const auto count = static_cast<std::size_t>(source.rows());
  Moments out{std::vector<double>(count), std::vector<double>(count), std::vector<double>(count)};
  for_each_plan_tile(source, own, other, plan.inverse_epsilon, [&](const Tile& tile, const T* costs, const T* entries) {
    for (Index i = 0; i < tile.rows; ++i) {
      double mass = 0;
      double cost = 0;
      double entropy = 0;
      for (Index j = 0; j < tile.columns; ++j) {
        const auto entry = static_cast<double>(entries[i * tile.columns + j]);
        if (entry == 0) continue;
        const auto pair_cost = static_cast<double>(costs[i * tile.columns + j]);
        mass += entry;
        cost += entry * pair_cost;
        entropy += entry * (own[tile.row + i] + other[tile.column + j] - plan.inverse_epsilon * pair_cost);
      }
      const auto k = static_cast<std::size_t>(tile.row + i);
      out.mass[k] += mass;
      out.cost[k] += cost;
      out.entropy[k] += entropy;
    }
  });
  return out;
}

template <class T>
void TilePasses<T>::plan_rows(const PlanView& plan, Index first, Index count, double* out) const {
  const Index m = columns();
  const auto bias = tile_loop::narrowed<T>(plan.G, m);
  std::vector<T> row(static_cast<std::size_t>(m));
  for (Index i = 0; i < count; ++i) {
    source_->costs({first + i, 0, 1, m}, row.data());
    simd::exponentials(row.data(), m, static_cast<T>(plan.F[first + i]), bias.data(),
                       static_cast<T>(plan.inverse_epsilon));
    for (Index j = 0; j < m; ++j) out[i * m + j] = static_cast<double>(row[static_cast<std::size_t>(j)]);
  }
}

template <class T>
LeafPair TilePasses<T>::leaf_gradient(const PlanView& plan, const PairWeights& weights, bool want_row,
                                      bool want_column) const {
  using tile_plan_detail::Side;
  LeafPair out;
  if (want_row) out.row = gradient(Side<T>{*source_, plan.F, plan.G, plan.inverse_epsilon}, weights);
  if (want_column) {
    const PairWeights turned{weights.column, weights.row,  weights.cost_factor,
                             weights.right,  weights.left, weights.rank};
    out.column = gradient(Side<T>{*transposed_, plan.G, plan.F, plan.inverse_epsilon}, turned);
  }
  return out;
}

template <class T>
std::vector<double> TilePasses<T>::move_sums(Direction direction, const PlanView& plan, const LeafPair& move) const {
  const bool by_rows = direction == Direction::kRows;
  const auto& source = by_rows ? *source_ : *transposed_;
  const LeafMove leaf_move{tile_plan_detail::pointer(by_rows ? move.row : move.column),
                           tile_plan_detail::pointer(by_rows ? move.column : move.row)};
  std::vector<double> out(static_cast<std::size_t>(source.rows()), 0.0);
  for_each_plan_tile(source, by_rows ? plan.F : plan.G, by_rows ? plan.G : plan.F, plan.inverse_epsilon,
                     [&](const Tile& tile, const T*, const T* entries) {
                       std::vector<T> tangent(static_cast<std::size_t>(tile.rows * tile.columns));
                       source.tangents(tile, leaf_move, tangent.data());
                       for (Index i = 0; i < tile.rows; ++i) {
                         double sum = 0;
                         for (Index j = 0; j < tile.columns; ++j) {
                           const auto k = static_cast<std::size_t>(i * tile.columns + j);
                           if (entries[k] != T(0))
                             sum += static_cast<double>(entries[k]) * static_cast<double>(tangent[k]);
                         }
                         out[static_cast<std::size_t>(tile.row + i)] += sum;
                       }
                     });
  return out;
}

template <class T>
LeafPair TilePasses<T>::leaf_second(const PlanView& plan, const double* row, const double* column, const LeafPair& move,
                                    bool want_row, bool want_column) const {
  using tile_plan_detail::pointer;
  using tile_plan_detail::Side;
  LeafPair out;
  if (want_row) {
    out.row = second(Side<T>{*source_, plan.F, plan.G, plan.inverse_epsilon}, row, column,
                     LeafMove{pointer(move.row), pointer(move.column)});
  }
  if (want_column) {
    out.column = second(Side<T>{*transposed_, plan.G, plan.F, plan.inverse_epsilon}, column, row,
                        LeafMove{pointer(move.column), pointer(move.row)});
  }
  return out;
}

template void TilePasses<float>::apply(Direction, const PlanView&, const double*, Index, double*) const;
template void TilePasses<double>::apply(Direction, const PlanView&, const double*, Index, double*) const;
template Moments TilePasses<float>::moments(Direction, const PlanView&) const;
template Moments TilePasses<double>::moments(Direction, const PlanView&) const;
template void TilePasses<float>::plan_rows(const PlanView&, Index, Index, double*) const;
template void TilePasses<double>::plan_rows(const PlanView&, Index, Index, double*) const;
template LeafPair TilePasses<float>::leaf_gradient(const PlanView&, const PairWeights&, bool, bool) const;
template LeafPair TilePasses<double>::leaf_gradient(const PlanView&, const PairWeights&, bool, bool) const;
template std::vector<double> TilePasses<float>::move_sums(Direction, const PlanView&, const LeafPair&) const;
template std::vector<double> TilePasses<double>::move_sums(Direction, const PlanView&, const LeafPair&) const;
template LeafPair TilePasses<float>::leaf_second(const PlanView&, const double*, const double*, const LeafPair&, bool,
                                                 bool) const;
template LeafPair TilePasses<double>::leaf_second(const PlanView&, const double*, const double*, const LeafPair&, bool,
                                                  bool) const;

}  // namespace brenier::ot
