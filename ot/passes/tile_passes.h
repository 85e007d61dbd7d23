// Passes over a geometry by tiles: streaming, O(N + M) memory, one exponential a pair and iteration.
//
// Rows are worked on in fixed strips and column sums joined in strip order, so threads do not change results.
#pragma once

#include <memory>

#include "ot/passes/passes.h"
#include "ot/passes/tile_source.h"

namespace brenier::ot {

template <class T>
class TilePasses final : public Passes {
 public:
  explicit TilePasses(std::unique_ptr<const TileSource<T>> source);

  [[nodiscard]] Index rows() const override { return source_->rows(); }
  [[nodiscard]] Index columns() const override { return source_->columns(); }
  [[nodiscard]] std::string method() const override;
  [[nodiscard]] bool serial() const override { return source_->serial(); }
  [[nodiscard]] double precision() const override;
  [[nodiscard]] CostSummary summary() const override;
  [[nodiscard]] double mean_cost() const override;
  void log_sums(Direction direction, double inverse_epsilon, const double* potential, double* out,
                const LogSumHints& hints = {}) const override;
  void sweep(double inverse_epsilon, const PotentialUpdate& update, double* F, const double* G, double* row_logs,
             double* column_logs) const override;
  std::unique_ptr<StoredPlan> storing_sweep(double inverse_epsilon, const PotentialUpdate& update, double* F,
                                            const double* G, double* row_logs, double* column_logs) const override;
  void apply(Direction direction, const PlanView& plan, const double* values, Index width, double* out) const override;
  [[nodiscard]] Moments moments(Direction direction, const PlanView& plan) const override;
  [[nodiscard]] bool storable(Index limit_bytes) const override;
  [[nodiscard]] std::unique_ptr<StoredPlan> store(const PlanView& plan, Index limit_bytes) const override;
  void plan_rows(const PlanView& plan, Index first, Index count, double* out) const override;
  [[nodiscard]] LeafPair leaf_gradient(const PlanView& plan, const PairWeights& weights, bool want_row,
                                       bool want_column) const override;
  [[nodiscard]] std::vector<double> move_sums(Direction direction, const PlanView& plan,
                                              const LeafPair& move) const override;
  [[nodiscard]] LeafPair leaf_second(const PlanView& plan, const double* row, const double* column,
                                     const LeafPair& move, bool want_row, bool want_column) const override;

 private:
  std::unique_ptr<const TileSource<T>> source_;
  std::unique_ptr<const TileSource<T>> transposed_;
};

}  // namespace brenier::ot
