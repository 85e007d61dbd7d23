#include "ot/gromov/gromov_loss.h"

#include <cmath>
#include <functional>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/number_text.h"

namespace brenier::ot {
namespace gromov_loss_detail {

// Equal to its transpose up to rounding of what it was computed from. Products are made of one cloud of points.
bool is_symmetric(const CostOperator& cost) {
  if (cost.factored()) return true;
  const auto& c = cost.left();
  const double largest = c.cwiseAbs().maxCoeff();
  for (Index i = 0; i < c.rows(); ++i)
    for (Index k = 0; k < i; ++k)
      if (std::abs(c(i, k) - c(k, i)) > 1e-13 * largest) return false;
  return true;
}

void check_range(const CostOperator& cost, const std::string& name, bool zero_allowed) {
  const RowMatrix& c = cost.left();
  for (Index k = 0; k < c.size(); ++k) {
    const double value = c.data()[k];
    if (value > 0 || (zero_allowed && value == 0)) continue;
    throw Error(ErrorKind::kData, "the KL loss is infinite or undefined for an entry of a cost matrix")
        .at(name)
        .found(number_text(value) + " at [" + std::to_string(k / c.cols()) + ", " + std::to_string(k % c.cols()) + "]")
        .expected(zero_allowed ? "entries of at least 0" : "entries above 0")
        .hint("distances have a zero diagonal: take the square loss, or similarities like exp(-distance)");
  }
}

CostOperator mapped(const CostOperator& cost, const std::function<double(double)>& function) {
  RowMatrix out = cost.left();
  for (Index k = 0; k < out.size(); ++k) out.data()[k] = function(out.data()[k]);
  return CostOperator(std::move(out));
}

Eigen::VectorXd squares_transposed_times(const CostOperator& cost, const Eigen::VectorXd& values) {
  return CostOperator(RowMatrix(cost.left().transpose())).squares_times(values);
}

double xlogx(double value) { return value > 0 ? value * std::log(value) : 0; }

// p p^T scaled by C elementwise, less the cross term: 2 (C_ik p_i p_k - D_ik), D = left right^T when factored.
CostOperator square_gradient(const CostOperator& cost, const Eigen::VectorXd& p, const RowMatrix& cross_left,
                             const RowMatrix& cross_right, bool cross_factored) {
  if (cost.factored() && cross_factored) {
    const Index own = cost.left().cols();
    RowMatrix left(p.size(), own + cross_left.cols());
    RowMatrix right(p.size(), left.cols());
    left.leftCols(own) = 2 * (cost.left().array().colwise() * p.array());
    left.rightCols(cross_left.cols()) = -2 * cross_left;
    right.leftCols(own) = cost.right().array().colwise() * p.array();
    right.rightCols(cross_right.cols()) = cross_right;
    return {std::move(left), std::move(right)};
  }
  RowMatrix out = cost.whole();
  out.array().colwise() *= p.array();
  out.array().rowwise() *= p.transpose().array();
  out -= cross_factored ? multiply_by_transposed(cross_left, cross_right) : cross_left;
  return CostOperator(2 * out);
}

}  // namespace gromov_loss_detail

GromovLoss gromov_loss_by_name(const std::string& name) {
  if (name == "square") return GromovLoss::kSquare;
  if (name == "kl") return GromovLoss::kKl;
  throw Error(ErrorKind::kUsage, "no loss of Gromov-Wasserstein has this name")
      .found("'" + name + "'")
      .expected("one of 'square', 'kl'");
}

GromovObjective::GromovObjective(GromovLoss loss, CostOperator c1, CostOperator c2)
    : loss_(loss), c1_(std::move(c1)), c2_(std::move(c2)) {
  using gromov_loss_detail::is_symmetric;
  if (loss_ == GromovLoss::kKl) {
    c1_ = CostOperator(c1_.whole());
    c2_ = CostOperator(c2_.whole());
    gromov_loss_detail::check_range(c1_, "C1", true);
    gromov_loss_detail::check_range(c2_, "C2", false);
    f1_ = gromov_loss_detail::mapped(c1_, [](double value) { return gromov_loss_detail::xlogx(value) - value; });
    h2_ = gromov_loss_detail::mapped(c2_, [](double value) { return std::log(value); });
  }
  symmetric_ = is_symmetric(c1_) && is_symmetric(c2_);
  if (!symmetric_) {
    c1_ = CostOperator(c1_.whole());
    c2_ = CostOperator(c2_.whole());
  }
}

GromovObjective::Parts GromovObjective::parts(const RowMatrix& plan) const {
  const Eigen::VectorXd p = plan.rowwise().sum();
  const Eigen::VectorXd q = plan.colwise().sum().transpose();
  Parts out;
  if (loss_ == GromovLoss::kSquare) {
    out.x = c1_.squares_times(p);
    out.y = c2_.squares_times(q);
    out.cross = 2 * c2_.applied_to_rows(c1_.times(plan));
    if (!symmetric_) {
      out.x = (out.x + gromov_loss_detail::squares_transposed_times(c1_, p)) / 2;
      out.y = (out.y + gromov_loss_detail::squares_transposed_times(c2_, q)) / 2;
      out.cross = (out.cross + 2 * multiply(c1_.transposed_times(plan), c2_.left())) / 2;
    }
    return out;
  }
  out.x = f1_.times(p).col(0);
  out.y = c2_.times(q).col(0);
  out.cross = h2_.applied_to_rows(c1_.times(plan));
  if (!symmetric_) {
    out.x = (out.x + f1_.transposed_times(p).col(0)) / 2;
    out.y = (out.y + c2_.transposed_times(q).col(0)) / 2;
    out.cross = (out.cross + multiply(c1_.transposed_times(plan), h2_.left())) / 2;
  }
  return out;
}

double GromovObjective::value(const RowMatrix& plan, const Parts& parts) const {
  const double sides = plan.rowwise().sum().dot(parts.x) + plan.colwise().sum().dot(parts.y.transpose());
  return sides - (parts.cross.array() * plan.array()).sum();
}

RowMatrix GromovObjective::gradient(const Parts& parts) const {
  RowMatrix out = -2 * parts.cross;
  out.array().colwise() += 2 * parts.x.array();
  out.array().rowwise() += 2 * parts.y.transpose().array();
  return out;
}

CostOperator GromovObjective::gradient_c1(const RowMatrix& plan) const {
  const Eigen::VectorXd p = plan.rowwise().sum();
  const CostOperator& h2 = loss_ == GromovLoss::kSquare ? c2_ : h2_;
  // P h2(C2) P^T.
  const bool factored = h2.factored();
  const RowMatrix left = multiply(plan, h2.left());
  const RowMatrix right = factored ? multiply(plan, h2.right()) : plan;
  if (loss_ == GromovLoss::kSquare) {
    if (factored) return gromov_loss_detail::square_gradient(c1_, p, left, right, true);
    return gromov_loss_detail::square_gradient(c1_, p, multiply_by_transposed(left, right), {}, false);
  }
  RowMatrix out = c1_.left().array().log();
  out.array().colwise() *= p.array();
  out.array().rowwise() *= p.transpose().array();
  out -= multiply_by_transposed(left, right);
  return CostOperator(std::move(out));
}

CostOperator GromovObjective::gradient_c2(const RowMatrix& plan) const {
  const Eigen::VectorXd q = plan.colwise().sum().transpose();
  // P^T C1 P.
  const bool factored = c1_.factored();
  const RowMatrix left = multiply_transposed(plan, factored ? c1_.left() : c1_.times(plan));
  const RowMatrix right = factored ? multiply_transposed(plan, c1_.right()) : RowMatrix();
  if (loss_ == GromovLoss::kSquare) return gromov_loss_detail::square_gradient(c2_, q, left, right, factored);
  RowMatrix out = RowMatrix(q * q.transpose()) - RowMatrix(left.array() / c2_.left().array());
  return CostOperator(std::move(out));
}

}  // namespace brenier::ot
