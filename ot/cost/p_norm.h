// c(x, y) = |x - y|_p^q with |z|_p = (sum_k |z_k|^p)^(1/p): p >= 1, q > 0 (1 unless told: the norm itself).
//
// p = q gives the cost of W_p^p, p = q = 1 the city-block cost. Where the power is not differentiable (a coordinate of
// x - y is 0 and p < 2, or x = y) that part of a derivative is 0.
#pragma once

#include "ot/cost/pairwise_cost.h"

namespace brenier::ot {

struct PNormRule {
  double p = 2;
  double q = 1;

  [[nodiscard]] std::string name() const;
  template <class T>
  void values(const PairBlock<T>& block, T* out) const;
  template <class T>
  void gradient(const T* x, const T* y, Index dimension, double* out) const;
  template <class T>
  void second(const T* x, const T* y, const double* u, const double* v, Index dimension, double* out) const;
};

class PNorm final : public PairwiseCost<PNormRule> {
 public:
  // kUsage when p < 1 or q <= 0 or either is not finite.
  explicit PNorm(double p, double q = 1);
};

}  // namespace brenier::ot
