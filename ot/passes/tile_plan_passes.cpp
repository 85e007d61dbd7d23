// The passes of TilePasses over a finished plan: application, moments, derivatives.
#include <algorithm>
#include <cmath>
#include <limits>

#include "ot/passes/stored_plan.h"
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
  bool quick = false;
  const StoredTiles<T>* stored = nullptr;  // the same plan in memory, row by row of this side
};

// The plan in memory when these passes made it and the potentials are near.
template <class T>
const StoredTiles<T>* usable(const Passes& passes, const PlanView& plan) {
  const auto* stored = dynamic_cast<const StoredTiles<T>*>(plan.stored);
  return stored != nullptr && stored->belongs_to(passes) && stored->near(plan.F, plan.G) ? stored : nullptr;
}

// visit(tile, null, plan) for all tiles, as for_each_plan_tile.
template <class T, class Visit>
void for_each_stored_tile(const Side<T>& side, Visit&& visit) {
  const Index m = side.source.columns();
  const auto rows = side.stored->growth(Direction::kRows, side.own);
  const auto columns = tile_loop::narrowed<T>(side.stored->growth(Direction::kColumns, side.other).data(), m);
  const Index width = std::min(tile_loop::tile_columns(side.source), m);
  tile_loop::for_each_strip(side.source, [&](Index first, Index count) {
    std::vector<T> plan(static_cast<std::size_t>(count * width));
    for (Index column = 0; column < m; column += width) {
      const Tile tile{first, column, count, std::min(width, m - column)};
      for (Index i = 0; i < count; ++i) {
        const auto factor = static_cast<T>(rows[static_cast<std::size_t>(first + i)]);
        const T* from = side.stored->rows_from(first + i) + column;
        const T* grown = columns.data() + column;
        T* to = plan.data() + i * tile.columns;
        for (Index j = 0; j < tile.columns; ++j) to[j] = factor * (from[j] * grown[j]);
      }
      visit(tile, static_cast<const T*>(nullptr), plan.data());
    }
  });
}

// W_ij of passes.h, in place of the plan's tile. `column`: weights.column in T, 0 where there are none.
template <class T>
void weigh(const Tile& tile, const T* costs, const PairWeights& weights, const std::vector<T>& column, T* plan) {
  for (Index i = 0; i < tile.rows; ++i) {
    const Index row = tile.row + i;
    const double base = weights.row != nullptr ? weights.row[row] : 0.0;
    T* line = plan + i * tile.columns;
    if (weights.cost_factor == 0 && weights.rank == 0) {
      simd::multiply_by_sum(line, tile.columns, static_cast<T>(base), column.data() + tile.column);
      continue;
    }
    for (Index j = 0; j < tile.columns; ++j) {
      if (line[j] == T(0)) continue;
      const Index place = tile.column + j;
      double factor = base + static_cast<double>(column[static_cast<std::size_t>(place)]);
      if (weights.cost_factor != 0) factor += weights.cost_factor * static_cast<double>(costs[i * tile.columns + j]);
      for (Index k = 0; k < weights.rank; ++k)
        factor += weights.left[row * weights.rank + k] * weights.right[place * weights.rank + k];
      line[j] = static_cast<T>(static_cast<double>(line[j]) * factor);
    }
  }
}

template <class T>
std::vector<double> gradient(const Side<T>& side, const PairWeights& weights) {
  std::vector<double> leaf(static_cast<std::size_t>(side.source.leaf_size()), 0.0);
  if (leaf.empty()) return leaf;
  const auto m = side.source.columns();
  const auto column = weights.column != nullptr ? tile_loop::narrowed<T>(weights.column, m)
                                                : std::vector<T>(static_cast<std::size_t>(m), T(0));
  const auto visit = [&](const Tile& tile, const T* costs, T* plan) {
    weigh(tile, costs, weights, column, plan);
    side.source.add_gradient(tile, plan, leaf.data());
  };
  if (weights.cost_factor == 0 && side.stored != nullptr) {
    for_each_stored_tile(side, visit);
  } else if (weights.cost_factor != 0) {
    for_each_plan_tile<true>(side.source, side.own, side.other, side.inverse_epsilon, side.quick, visit);
  } else {
    for_each_plan_tile<false>(side.source, side.own, side.other, side.inverse_epsilon, side.quick, visit);
  }
  return leaf;
}

template <class T>
std::vector<double> second(const Side<T>& side, const double* own_move, const double* other_move,
                           const LeafMove& move) {
  std::vector<double> leaf(static_cast<std::size_t>(side.source.leaf_size()), 0.0);
  if (leaf.empty()) return leaf;
  for_each_plan_tile<false>(
      side.source, side.own, side.other, side.inverse_epsilon, side.quick, [&](const Tile& tile, const T*, T* plan) {
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
  const Index m = source.columns();
  std::fill_n(out, source.rows() * width, 0.0);
  // One vector after the other, [width, M].
  std::vector<T> vectors(static_cast<std::size_t>(width * m));
  for (Index j = 0; j < m; ++j)
    for (Index k = 0; k < width; ++k)
      vectors[static_cast<std::size_t>(k * m + j)] = static_cast<T>(values[j * width + k]);
  for_each_plan_tile<false>(source, by_rows ? plan.F : plan.G, by_rows ? plan.G : plan.F, plan.inverse_epsilon, true,
                            [&](const Tile& tile, const T*, const T* entries) {
                              simd::add_products(entries, tile.rows, tile.columns, tile.columns,
                                                 vectors.data() + tile.column, m, width, out + tile.row * width);
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
  auto potential = tile_loop::narrowed<T>(other, source.columns());
  for (auto& value : potential)
    if (!std::isfinite(value)) value = T(0);
  for_each_plan_tile<true>(source, own, other, plan.inverse_epsilon, plan.quick,
                           [&](const Tile& tile, const T* costs, const T* entries) {
                             for (Index i = 0; i < tile.rows; ++i) {
                               double sums[3] = {};
                               simd::add_moments(entries + i * tile.columns, costs + i * tile.columns,
                                                 potential.data() + tile.column, tile.columns, sums);
                               if (sums[0] == 0) continue;
                               const auto k = static_cast<std::size_t>(tile.row + i);
                               out.mass[k] += sums[0];
                               out.cost[k] += sums[1];
                               out.entropy[k] += own[tile.row + i] * sums[0] + sums[2] - plan.inverse_epsilon * sums[1];
                             }
                           });
  return out;
}

template <class T>
bool TilePasses<T>::storable(Index limit_bytes) const {
  // Measured (bench/ot_limits, two threads): a pair of a stored plan costs .08 ns in the caches and .145 beyond, a
  // computed one .145 in the plane, .165 in four dimensions, .25 in ten.
  constexpr Index kCacheBytes = Index{24} << 20;
  constexpr Index kDear = 8;
  const Index bytes = rows() * columns() * static_cast<Index>(sizeof(T));
  return !serial() && bytes <= limit_bytes && (bytes <= kCacheBytes || source_->work() >= kDear);
}

template <class T>
std::unique_ptr<StoredPlan> TilePasses<T>::store(const PlanView& plan, Index limit_bytes) const {
  if (!storable(limit_bytes)) return nullptr;
  return std::make_unique<StoredTiles<T>>(*this, *source_, plan);
}

template <class T>
void TilePasses<T>::plan_rows(const PlanView& plan, Index first, Index count, double* out) const {
  const Index m = columns();
  std::vector<T> row(static_cast<std::size_t>(m));
  for (Index i = 0; i < count; ++i) {
    double sum = 0;
    source_->exact_plan({first + i, 0, 1, m}, plan.F + first + i, plan.G, plan.inverse_epsilon, row.data(), &sum);
    for (Index j = 0; j < m; ++j) out[i * m + j] = static_cast<double>(row[static_cast<std::size_t>(j)]);
  }
}

template <class T>
LeafPair TilePasses<T>::leaf_gradient(const PlanView& plan, const PairWeights& weights, bool want_row,
                                      bool want_column) const {
  using tile_plan_detail::Side;
  LeafPair out;
  if (want_row) {
    const auto* stored = tile_plan_detail::usable<T>(*this, plan);
    out.row = gradient(Side<T>{*source_, plan.F, plan.G, plan.inverse_epsilon, plan.quick, stored}, weights);
  }
  if (want_column) {
    const PairWeights turned{weights.column, weights.row,  weights.cost_factor,
                             weights.right,  weights.left, weights.rank};
    out.column = gradient(Side<T>{*transposed_, plan.G, plan.F, plan.inverse_epsilon, plan.quick}, turned);
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
  for_each_plan_tile<false>(source, by_rows ? plan.F : plan.G, by_rows ? plan.G : plan.F, plan.inverse_epsilon,
                            plan.quick, [&](const Tile& tile, const T*, const T* entries) {
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
    out.row = second(Side<T>{*source_, plan.F, plan.G, plan.inverse_epsilon, plan.quick}, row, column,
                     LeafMove{pointer(move.row), pointer(move.column)});
  }
  if (want_column) {
    out.column = second(Side<T>{*transposed_, plan.G, plan.F, plan.inverse_epsilon, plan.quick}, column, row,
                        LeafMove{pointer(move.column), pointer(move.row)});
  }
  return out;
}

template void TilePasses<float>::apply(Direction, const PlanView&, const double*, Index, double*) const;
template void TilePasses<double>::apply(Direction, const PlanView&, const double*, Index, double*) const;
template Moments TilePasses<float>::moments(Direction, const PlanView&) const;
template Moments TilePasses<double>::moments(Direction, const PlanView&) const;
template bool TilePasses<float>::storable(Index) const;
template bool TilePasses<double>::storable(Index) const;
template std::unique_ptr<StoredPlan> TilePasses<float>::store(const PlanView&, Index) const;
template std::unique_ptr<StoredPlan> TilePasses<double>::store(const PlanView&, Index) const;
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
