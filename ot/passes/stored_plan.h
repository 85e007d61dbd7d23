// A plan kept in memory, for many products or iterations with it: no exponentials, one read of the matrix a product,
// and one an iteration.
//
//   K_ij = exp(F0_i + G0_j - k C_ij)         stored in the precision of the geometry
//   sum_j exp(F_i + G_j - k C_ij) = e^(F_i - F0_i) sum_j K_ij e^(G_j - G0_j)
//
// An iteration takes a strip of rows at a time: while its rows are in cache they give the row sums, then, with the new
// F, their part of the column sums. Potentials may move by kFarthest from F0 and G0 before entries that were rounded to
// 0 would matter; then the plan is to be stored anew (a stabilised kernel, schmitzer2019stabilized).
// Results do not depend on the number of threads.
#pragma once

#include <memory>

#include "ot/passes/passes.h"
#include "ot/passes/tile_source.h"

namespace brenier::ot {

template <class T>
class StoredTiles final : public StoredPlan {
 public:
  // `passes` and `source` must outlive it.
  StoredTiles(const Passes& passes, const TileSource<T>& source, const PlanView& plan);
  // From entries that were computed already: matrix [N, M] of potentials F0, G0.
  StoredTiles(const Passes& passes, std::unique_ptr<T[]> matrix, std::vector<double> F0, std::vector<double> G0,
              double inverse_epsilon);

  [[nodiscard]] Index bytes() const override { return rows_ * columns_ * static_cast<Index>(sizeof(T)); }
  void multiply(Direction direction, const double* values, double* out) const override;
  void sweep(const PotentialUpdate& update, double* F, const double* G, double* row_logs,
             double* column_logs) const override;
  [[nodiscard]] std::vector<double> growth(Direction side, const double* potential) const override;
  [[nodiscard]] bool near(const double* F, const double* G) const override;
  [[nodiscard]] std::vector<double> marginal(Direction direction, const double* F, const double* G) const override;
  void shift_potentials(double c) override;
  // Rows [first, first + count) as they are stored, row-major [count, M].
  [[nodiscard]] const T* rows_from(Index first) const { return matrix_.get() + first * columns_; }
  // Whether it was made by these passes.
  [[nodiscard]] bool belongs_to(const Passes& passes) const { return &passes_ == &passes; }

 private:
  // The largest |F - F0| and |G - G0| of a plan in use.
  static constexpr double kFarthest = sizeof(T) == sizeof(float) ? 25 : 150;

  const Passes& passes_;
  Index rows_;
  Index columns_;
  double inverse_epsilon_;
  std::vector<double> F0_;
  std::vector<double> G0_;
  std::unique_ptr<T[]> matrix_;  // [N, M]
  // Iterations go to and fro through the matrix. Only one solver iterates on it.
  mutable Order order_ = Order::kForward;
};

}  // namespace brenier::ot
