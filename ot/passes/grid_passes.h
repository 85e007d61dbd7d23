// Passes over a grid: rows and columns are products of axes and the cost is a sum over axes.
//
//   C_ij = sum_k C_k[i_k, j_k],  i = (i_1, ..., i_d) row-major (last axis fastest), i_k < n_k, j_k < m_k
//   sum_j exp(G_j - C_ij / eps) = sum over j_d of K_d ... sum over j_1 of K_1 exp(G),  K_k = exp(-C_k / eps)
//
// One axis after the other, in the log domain: N = n^d points take d N n operations instead of N^2, and memory O(N +
// M). An axis whose cost over eps spans less than kSafeSpan is a matrix product of exponentials, with the largest
// exponent of each line taken out: no term that matters is lost. Wider ones take the largest exponent out for every
// output. Always float64. No leaves: leaf gradients are empty, and moves of leaves throw kDefect. Source:
// solomon2015convolutional (kernels that factor over axes), schmitz2018wasserstein (in the log domain).
#pragma once

#include <string>
#include <vector>

#include "ot/passes/passes.h"

namespace brenier::ot {

// The cost along one axis, row-major [rows, columns], finite.
struct GridAxis {
  Index rows = 0;
  Index columns = 0;
  std::vector<double> cost;
};

class GridPasses final : public Passes {
 public:
  static constexpr double kSafeSpan = 300;

  // kDefect: no axes, an empty one, or one whose cost has another size.
  explicit GridPasses(std::vector<GridAxis> axes);

  [[nodiscard]] Index rows() const override { return rows_; }
  [[nodiscard]] Index columns() const override { return columns_; }
  [[nodiscard]] std::string method() const override { return "separable grid float64"; }
  [[nodiscard]] double precision() const override;
  [[nodiscard]] CostSummary summary() const override;

  void log_sums(Direction direction, double inverse_epsilon, const double* potential, double* out,
                const LogSumHints& hints = {}) const override;
  void sweep(double inverse_epsilon, const PotentialUpdate& update, double* F, const double* G, double* row_logs,
             double* column_logs) const override;
  // Values of both signs: the parts above and below zero are summed apart, each in the log domain.
  void apply(Direction direction, const PlanView& plan, const double* values, Index width, double* out) const override;
  [[nodiscard]] Moments moments(Direction direction, const PlanView& plan) const override;
  void plan_rows(const PlanView& plan, Index first, Index count, double* out) const override;

  [[nodiscard]] LeafPair leaf_gradient(const PlanView& plan, const PairWeights& weights, bool want_row,
                                       bool want_column) const override;
  [[nodiscard]] std::vector<double> move_sums(Direction direction, const PlanView& plan,
                                              const LeafPair& move) const override;
  [[nodiscard]] LeafPair leaf_second(const PlanView& plan, const double* row, const double* column,
                                     const LeafPair& move, bool want_row, bool want_column) const override;

 private:
  // log sum exp(potential - k C + log w), w = C_a - min C_a for the axis a = cost_axis (-1: w = 1).
  [[nodiscard]] std::vector<double> axis_sums(Direction direction, double inverse_epsilon,
                                              std::vector<double> potential, Index cost_axis) const;

  std::vector<GridAxis> axes_;
  std::vector<double> smallest_;  // of each axis
  Index rows_ = 1;
  Index columns_ = 1;
};

}  // namespace brenier::ot
