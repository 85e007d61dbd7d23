// Where Sinkhorn's algorithm starts: better potentials cost fewer iterations and never change the answer.
//
//   auto out = sinkhorn(problem, settings, Gaussian().start(problem));
//
//   zeros      any geometry; lets the solver anneal epsilon
//   sorted     points on a line, convex cost of the distance: the exact dual without entropy
//   gaussian   squared Euclidean points: the exact potential of two Gaussians at this epsilon
//   subsample  points, any cost: a small problem solved and extended
//
// A start holds absolute potentials in units of the cost (f [N] in float64): P_ij = exp((f_i + g_j - C_ij) / eps). One
// with f alone is enough: the solver gets g by half an iteration. Rows of weight 0 may hold -inf; the solver takes them
// out whatever they hold. A start is not differentiated, and the solver does not anneal epsilon after one.
//
// A learned initialiser is a class of this kind too. It holds its network, reads what it was trained on from the
// problem (weights a and b; points through geometry->row_leaf() and column_leaf()), runs without gradients, and returns
// f as a vector (network output + eps log a where it was trained on potentials relative to a). It throws kUsage for a
// problem that it was not made for. A wrong prediction costs iterations only; one that is not a number counts as 0.
// thornton2023initialization, amos2023metaot.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ot/geometry/point_cloud.h"
#include "ot/problem/linear_problem.h"
#include "ot/sinkhorn/solver.h"

namespace brenier::ot {

class Initialiser {
 public:
  virtual ~Initialiser() = default;
  [[nodiscard]] virtual std::string name() const = 0;
  // kUsage for a geometry that it cannot serve, and what check_problem throws.
  [[nodiscard]] virtual SinkhornStart start(const LinearProblem& problem) const = 0;
};

// zeros, sorted, gaussian, subsample, subsample:POINTS. kUsage for another.
[[nodiscard]] std::shared_ptr<const Initialiser> initialiser_by_name(const std::string& name);
[[nodiscard]] const std::vector<std::string>& initialiser_names();

// The problem's geometry as points; kUsage that names the initialiser and the geometry when it is none.
[[nodiscard]] const PointCloud& require_points(const Initialiser& initialiser, const LinearProblem& problem);

// Throws kUsage: this initialiser cannot serve this geometry, for it needs `expected`.
[[noreturn]] void refuse_geometry(const Initialiser& initialiser, const LinearProblem& problem,
                                  const std::string& found, const std::string& expected);

}  // namespace brenier::ot
