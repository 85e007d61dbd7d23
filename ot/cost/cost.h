// A ground cost c(x, y) between points, and its derivatives, on blocks of pairs.
//
// Blocks keep memory small: nobody stores a cost matrix who does not ask for one. W are weights of pairs (a plan, or a
// plan times a cotangent), d1 and d2 derivatives in the first and the second argument.
//
//   values:    C_ij = c(x_i, y_j)
//   gradient:  out_i += sum_j W_ij d1 c(x_i, y_j)
//   tangents:  C'_ij = d1 c . x'_i + d2 c . y'_j
//   second:    out_i += sum_j W_ij (d1d1 c x'_i + d1d2 c y'_j)
//
// The first argument is always the row's point. A geometry that looks at its pairs the other way round (columns as
// rows) says so with `swapped`, and then the cost is c(y_j, x_i); symmetric costs need not care.
// At points where a cost has no derivative (Euclidean at x = y) the derivative is 0, the smallest subgradient.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <vector>

#include "ot/passes/parallel.h"

namespace brenier::ot {

template <class T>
struct PairBlock {
  const T* x = nullptr;             // [rows, D] row-major
  const T* y = nullptr;             // [columns, D] row-major
  const T* y_by_feature = nullptr;  // [D, stride]: the same points feature-major
  Index rows = 0;
  Index columns = 0;
  Index dimension = 0;  // D
  Index stride = 0;
  bool swapped = false;
};

// Moves of the points of a block, row-major, [rows, D] and [columns, D]; null: that side stands still.
struct PairTangent {
  const double* x = nullptr;
  const double* y = nullptr;
};

class Cost {
 public:
  virtual ~Cost() = default;
  [[nodiscard]] virtual std::string name() const = 0;
  // One block after the other, because a block is computed by code that has threads of its own.
  [[nodiscard]] virtual bool serial() const { return false; }
  // What points must be beyond finite ("no zero vectors"); throws an Error that names the first that is not.
  virtual void check_points(const at::Tensor& points, const std::string& what) const;

  // out, W [rows, columns] row-major; gradients and moves in float64.
  virtual void values(const PairBlock<float>& block, float* out) const = 0;
  virtual void values(const PairBlock<double>& block, double* out) const = 0;
  virtual void gradient(const PairBlock<float>& block, const float* weights, double* out) const = 0;
  virtual void gradient(const PairBlock<double>& block, const double* weights, double* out) const = 0;
  virtual void tangents(const PairBlock<float>& block, const PairTangent& move, float* out) const = 0;
  virtual void tangents(const PairBlock<double>& block, const PairTangent& move, double* out) const = 0;
  virtual void second(const PairBlock<float>& block, const float* weights, const PairTangent& move,
                      double* out) const = 0;
  virtual void second(const PairBlock<double>& block, const double* weights, const PairTangent& move,
                      double* out) const = 0;
};

// The dense cost matrix [N, M], differentiable in x [N, D] and y [M, D] (once). For those who want to see it: solvers
// never call it.
[[nodiscard]] at::Tensor cost_matrix(const std::shared_ptr<const Cost>& cost, const at::Tensor& x, const at::Tensor& y);

// By the names of the command line: sqeuclidean, euclidean, cosine, arccos, pnorm:P (the p-norm), and
// pnorm:P:Q (its power Q). kUsage for another.
[[nodiscard]] std::shared_ptr<const Cost> cost_by_name(const std::string& name);
[[nodiscard]] const std::vector<std::string>& cost_names();

}  // namespace brenier::ot
