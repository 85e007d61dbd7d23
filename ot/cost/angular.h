// Costs of the angle between two points seen as directions: with s = x.y / (|x| |y|),
//
//   Cosine:  c = 1 - s, in [0, 2]
//   Arccos:  c = arccos(s / (1 + margin)), the angle in radians: the distance on the sphere for margin 0
//
// A small margin (1e-4 in amos2023metaot) makes Arccos differentiable where points coincide; with margin 0 its
// derivative at angles 0 and pi is taken as 0. Points of zero length have no direction and are refused.
#pragma once

#include "ot/cost/pairwise_cost.h"

namespace brenier::ot {

struct AngularRule {
  bool angle = false;  // false: Cosine
  double margin = 0;

  [[nodiscard]] std::string name() const;
  template <class T>
  void values(const PairBlock<T>& block, T* out) const;
  template <class T>
  void gradient(const T* x, const T* y, Index dimension, double* out) const;
  template <class T>
  void second(const T* x, const T* y, const double* u, const double* v, Index dimension, double* out) const;

 private:
  // First and second derivative of the cost in s.
  void slopes(double s, double& first, double& second) const;
};

class Cosine final : public PairwiseCost<AngularRule> {
 public:
  Cosine() : PairwiseCost(AngularRule{}) {}
  void check_points(const at::Tensor& points, const std::string& what) const override;
};

class Arccos final : public PairwiseCost<AngularRule> {
 public:
  // kUsage when the margin is negative or not finite.
  explicit Arccos(double margin = 0);
  void check_points(const at::Tensor& points, const std::string& what) const override;
};

}  // namespace brenier::ot
