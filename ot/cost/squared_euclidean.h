// c(x, y) = |x - y|^2, the cost of W2^2; not halved (GeomLoss halves it).
#pragma once

#include "ot/cost/cost.h"

namespace brenier::ot {

class SquaredEuclidean final : public Cost {
 public:
  [[nodiscard]] std::string name() const override { return "sqeuclidean"; }
  void values(const PairBlock<float>& block, float* out) const override;
  void values(const PairBlock<double>& block, double* out) const override;
  void gradient(const PairBlock<float>& block, const float* weights, double* out) const override;
  void gradient(const PairBlock<double>& block, const double* weights, double* out) const override;
  void tangents(const PairBlock<float>& block, const PairTangent& move, float* out) const override;
  void tangents(const PairBlock<double>& block, const PairTangent& move, double* out) const override;
  void second(const PairBlock<float>& block, const float* weights, const PairTangent& move, double* out) const override;
  void second(const PairBlock<double>& block, const double* weights, const PairTangent& move,
              double* out) const override;
};

}  // namespace brenier::ot
