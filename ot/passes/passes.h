// What a solver needs from a geometry: sums over the pairs of a plan, never the plan itself.
//
// A plan is given by scaled potentials F = f/eps, G = g/eps: P_ij = exp(F_i + G_j - k C_ij) with k = 1/eps (k = 0: the
// product measure exp(F_i) exp(G_j)). A potential of -inf means an exact row or column of zeros. All vectors are
// float64 on the CPU; the pairs are computed in the precision of the geometry, their sums in float64. Results do not
// depend on the number of threads.
//
// `Direction::kRows` sums over columns and returns one value a row; `kColumns` the other way round.
#pragma once

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "ot/passes/parallel.h"

namespace brenier::ot {

enum class Direction { kRows, kColumns };

class StoredPlan;

struct PlanView {
  const double* F = nullptr;  // [N]
  const double* G = nullptr;  // [M]
  double inverse_epsilon = 0;
  bool quick = false;                  // exponents in the precision of the geometry will do
  const StoredPlan* stored = nullptr;  // the plan in memory, where it is; used while it is near
};

// F_i' = (1 - relaxation) F_i + relaxation (base_i - tau L_i), with L_i = log sum_j exp(G_j - k C_ij).
struct PotentialUpdate {
  const double* base = nullptr;  // -inf keeps a row at -inf
  double tau = 1;
  double relaxation = 1;
  bool exact = false;  // exponents in float64, for errors below the rounding of float32 potentials

  // F_i' from L_i and F_i.
  [[nodiscard]] double moved(Index i, double log_sum, double before) const {
    const double target = base[i] - tau * log_sum;
    return relaxation == 1 ? target : before + relaxation * (target - before);
  }
};

struct Moments {
  std::vector<double> mass;     // sum P
  std::vector<double> cost;     // sum P C
  std::vector<double> entropy;  // sum P log P, 0 log 0 = 0
};

// W_ij = P_ij (row_i + column_j + cost_factor C_ij + sum_k left_ik right_jk); null pointers count as 0.
struct PairWeights {
  const double* row = nullptr;     // [N]
  const double* column = nullptr;  // [M]
  double cost_factor = 0;
  const double* left = nullptr;   // [N, rank]
  const double* right = nullptr;  // [M, rank]
  Index rank = 0;
};

// What a caller knows of log sums that it asks for.
struct LogSumHints {
  const double* guess = nullptr;  // values near the result; saves an exponential
  bool quick = false;             // exponents in the precision of the geometry will do
};

struct CostSummary {
  double mean = 0;
  double standard_deviation = 0;
  double largest = 0;
  double smallest = 0;
};

// A move or a gradient of what the costs are computed from: points x and y, or the cost matrix (in `row`) alone.
struct LeafPair {
  std::vector<double> row;     // [N, D], or [N, M] for a dense cost; empty: none
  std::vector<double> column;  // [M, D]; empty: none
};

// A plan kept in memory (passes/stored_plan.h).
class StoredPlan {
 public:
  virtual ~StoredPlan() = default;
  [[nodiscard]] virtual Index bytes() const = 0;
  // out = P v [N] for kRows, P^T v [M] for kColumns.
  virtual void multiply(Direction direction, const double* values, double* out) const = 0;
  // exp(F - F0) [N] for kRows with F [N], exp(G - G0) [M] for kColumns: the plan of F and G is that of this object with
  // its rows and columns multiplied by these.
  [[nodiscard]] virtual std::vector<double> growth(Direction side, const double* potential) const = 0;
  // What Passes::sweep does, at the epsilon of the plan.
  virtual void sweep(const PotentialUpdate& update, double* F, const double* G, double* row_logs,
                     double* column_logs) const = 0;
  // Whether potentials are still near enough to those of the plan for its entries to be exact.
  [[nodiscard]] virtual bool near(const double* F, const double* G) const = 0;
  // P 1 [N] or P^T 1 [M] at potentials that are near; empty where entries left the range of the type.
  [[nodiscard]] virtual std::vector<double> marginal(Direction direction, const double* F, const double* G) const = 0;
  // The same plan with potentials F + c and G - c.
  virtual void shift_potentials(double c) = 0;
};

class Passes {
 public:
  virtual ~Passes() = default;
  [[nodiscard]] virtual Index rows() const = 0;
  [[nodiscard]] virtual Index columns() const = 0;
  // How pairs are computed, for the output: "streaming float64".
  [[nodiscard]] virtual std::string method() const = 0;
  // Only one thread may use these passes at a time (a user's cost function has threads of its own).
  [[nodiscard]] virtual bool serial() const { return false; }
  // Rounding error of one pair, 2^-24 or 2^-53: what a solver cannot go below.
  [[nodiscard]] virtual double precision() const = 0;
  [[nodiscard]] virtual CostSummary summary() const = 0;
  [[nodiscard]] virtual double mean_cost() const { return summary().mean; }

  // log sum of exp(potential - k C) over the other side; `potential` belongs to the side that is summed over.
  virtual void log_sums(Direction direction, double inverse_epsilon, const double* potential, double* out,
                        const LogSumHints& hints = {}) const = 0;

  // One Sinkhorn iteration's passes: row_logs_i = L_i (with the old F's row sums = exp(F_i + L_i)), then F is updated
  // in place, then column_logs_j = log sum_i exp(F_i - k C_ij) with the new F.
  virtual void sweep(double inverse_epsilon, const PotentialUpdate& update, double* F, const double* G,
                     double* row_logs, double* column_logs) const = 0;

  // out = P V [N, width] for kRows with V [M, width]; out = P^T V [M, width] for kColumns with V [N, width].
  virtual void apply(Direction direction, const PlanView& plan, const double* values, Index width,
                     double* out) const = 0;

  [[nodiscard]] virtual Moments moments(Direction direction, const PlanView& plan) const = 0;

  // The plan in memory, for many products or iterations; null when that takes more than `limit_bytes` or does not pay.
  // Must not outlive the passes.
  [[nodiscard]] virtual std::unique_ptr<StoredPlan> store(const PlanView& /*plan*/, Index /*limit_bytes*/) const {
    return nullptr;
  }
  // Whether store() gives one.
  [[nodiscard]] virtual bool storable(Index /*limit_bytes*/) const { return false; }
  static constexpr Index kStoredLimit = Index{72} << 20;  // where the caller has no reason for another
  // What sweep does, and the plan of the F it came with, which an iteration computes anyway. Null when a row or a
  // column left the range of the type.
  virtual std::unique_ptr<StoredPlan> storing_sweep(double inverse_epsilon, const PotentialUpdate& update, double* F,
                                                    const double* G, double* row_logs, double* column_logs) const {
    sweep(inverse_epsilon, update, F, G, row_logs, column_logs);
    return nullptr;
  }

  // Rows [first, first + count) of the plan, row-major [count, M].
  virtual void plan_rows(const PlanView& plan, Index first, Index count, double* out) const = 0;

  // Derivatives in the leaves. A geometry without leaves (a fixed grid) returns empty parts and takes no moves.
  // sum_ij W_ij dC_ij / d leaf.
  [[nodiscard]] virtual LeafPair leaf_gradient(const PlanView& plan, const PairWeights& weights, bool want_row,
                                               bool want_column) const = 0;
  // sum P C' over the other side, with C' the move of the costs under a move of the leaves.
  [[nodiscard]] virtual std::vector<double> move_sums(Direction direction, const PlanView& plan,
                                                      const LeafPair& move) const = 0;
  // The move of the gradient sum_ij P_ij dC_ij/d leaf when the leaves move and log P_ij moves by
  // row_i + column_j - k C'_ij.
  [[nodiscard]] virtual LeafPair leaf_second(const PlanView& plan, const double* row, const double* column,
                                             const LeafPair& move, bool want_row, bool want_column) const = 0;
};

// The size of a task on these passes for parallel_tasks: serial ones run alone.
[[nodiscard]] inline Index task_size(const Passes& passes) {
  return passes.serial() ? std::numeric_limits<Index>::max() : passes.rows() * passes.columns();
}

}  // namespace brenier::ot
