// A given cost matrix C [N, M]; its gradient is dense too.
#pragma once

#include "ot/geometry/geometry.h"

namespace brenier::ot {

class DenseCost final : public Geometry {
 public:
  explicit DenseCost(at::Tensor cost);

  [[nodiscard]] Index rows() const override { return cost_.size(0); }
  [[nodiscard]] Index columns() const override { return cost_.size(1); }
  [[nodiscard]] at::ScalarType dtype() const override { return cost_.scalar_type(); }
  [[nodiscard]] std::string name() const override { return "cost matrix"; }
  [[nodiscard]] at::Tensor row_leaf() const override { return cost_; }
  [[nodiscard]] at::Tensor column_leaf() const override { return {}; }
  [[nodiscard]] const Passes& passes() const override;
  [[nodiscard]] at::Tensor cost_matrix(Index limit_bytes) const override;
  [[nodiscard]] std::shared_ptr<const Geometry> transposed() const override;

 private:
  at::Tensor cost_;
  std::shared_ptr<const Passes> passes_;
  std::uint32_t version_ = 0;
};

}  // namespace brenier::ot
