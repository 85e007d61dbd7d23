#include "ot/low_rank/factor_projection.h"

#include <algorithm>
#include <cmath>

namespace brenier::ot {
namespace factor_projection_detail {

constexpr Index kRows = 512;

// One factor while it is projected: diag(u) K diag(v) with each row of K at most 1.
class Side final {
 public:
  Side(RowMatrix log_kernel, const Eigen::VectorXd& weights)
      : log_(std::move(log_kernel)), weights_(weights), u_(Eigen::VectorXd::Zero(weights.size())) {
    kernel_.resize(log_.rows(), log_.cols());
    parallel_blocks(blocks(), [&](Index k) {
      for (Index i = k * kRows; i < std::min((k + 1) * kRows, rows()); ++i) {
        const double top = log_.row(i).maxCoeff();
        log_.row(i) = (log_.row(i).array() - top).max(-FactorKernels::kDeepest);
        kernel_.row(i) = log_.row(i).array().exp();
      }
    });
    v_ = Eigen::VectorXd::Ones(log_.cols());
  }

  // u <- a / (K v); returns the column sums of diag(u) K. `error_` is that of the row sums before.
  Eigen::VectorXd update_rows() {
    const auto count = static_cast<std::size_t>(blocks());
    std::vector<Eigen::VectorXd> sums(count);
    std::vector<double> errors(count);
    parallel_blocks(blocks(), [&](Index k) {
      Eigen::VectorXd sum = Eigen::VectorXd::Zero(v_.size());
      double error = 0;
      for (Index i = k * kRows; i < std::min((k + 1) * kRows, rows()); ++i) {
        const double row = kernel_.row(i).dot(v_.transpose());
        error += std::abs(u_[i] * row - weights_[i]);
        u_[i] = weights_[i] / row;
        sum += u_[i] * kernel_.row(i).transpose();
      }
      sums[static_cast<std::size_t>(k)] = std::move(sum);
      errors[static_cast<std::size_t>(k)] = error;
    });
    Eigen::VectorXd out = Eigen::VectorXd::Zero(v_.size());
    error_ = 0;
    for (std::size_t k = 0; k < count; ++k) {
      out += sums[k];
      error_ += errors[k];
    }
    return out;
  }

  void set_columns(const Eigen::VectorXd& v) { v_ = v; }
  [[nodiscard]] double error() const { return error_; }

  // The factor with the present u and v, and its logarithm up to a constant a row.
  void finish(RowMatrix& factor, RowMatrix& log_factor) {
    const Eigen::RowVectorXd log_v = v_.array().log().transpose();
    parallel_blocks(blocks(), [&](Index k) {
      for (Index i = k * kRows; i < std::min((k + 1) * kRows, rows()); ++i) {
        log_.row(i) += log_v;
        kernel_.row(i).array() *= u_[i] * v_.transpose().array();
      }
    });
    factor = std::move(kernel_);
    log_factor = std::move(log_);
  }

 private:
  [[nodiscard]] Index rows() const { return log_.rows(); }
  [[nodiscard]] Index blocks() const { return (rows() + kRows - 1) / kRows; }

  RowMatrix log_;
  RowMatrix kernel_;
  const Eigen::VectorXd& weights_;
  Eigen::VectorXd u_;
  Eigen::VectorXd v_;
  double error_ = 0;
};

void round_factor(const Eigen::VectorXd& rows, const Eigen::VectorXd& columns, RowMatrix& factor) {
  const auto shrink = [](const Eigen::VectorXd& target, const Eigen::VectorXd& sums) {
    Eigen::VectorXd scale(target.size());
    for (Index i = 0; i < target.size(); ++i) scale[i] = sums[i] > target[i] ? target[i] / sums[i] : 1.0;
    return scale;
  };
  factor.array().colwise() *= shrink(rows, factor.rowwise().sum()).array();
  factor.array().rowwise() *= shrink(columns, factor.colwise().sum().transpose()).transpose().array();
  const Eigen::VectorXd row_rest = (rows - factor.rowwise().sum()).cwiseMax(0.0);
  const Eigen::VectorXd column_rest = (columns - factor.colwise().sum().transpose()).cwiseMax(0.0);
  const double rest = column_rest.sum();
  if (rest > 0) factor += row_rest * (column_rest / rest).transpose();
}

}  // namespace factor_projection_detail

LowRankFactors project_factors(const FactorKernels& kernels, const FactorSides& sides, double threshold,
                               Index max_iterations) {
  factor_projection_detail::Side left(kernels.log_q, sides.a);
  factor_projection_detail::Side right(kernels.log_r, sides.b);
  const double mass = sides.a.sum();
  LowRankFactors out;
  out.g.resize(kernels.log_g.size());
  while (true) {
    const Eigen::VectorXd s = left.update_rows();
    const Eigen::VectorXd t = right.update_rows();
    out.error = (left.error() + right.error()) / mass;
    if (out.iterations > 0 && out.error <= threshold) break;
    if (out.iterations == max_iterations) break;
    ++out.iterations;
    for (Index k = 0; k < out.g.size(); ++k)
      out.g[k] = std::max(sides.floor, std::exp((kernels.log_g[k] + std::log(s[k]) + std::log(t[k])) / 3));
    left.set_columns(out.g.cwiseQuotient(s));
    right.set_columns(out.g.cwiseQuotient(t));
  }
  left.finish(out.q, out.log_q);
  right.finish(out.r, out.log_r);
  return out;
}

void round_factors(const FactorSides& sides, LowRankFactors& factors) {
  factors.g *= sides.a.sum() / factors.g.sum();
  factor_projection_detail::round_factor(sides.a, factors.g, factors.q);
  factor_projection_detail::round_factor(sides.b * (sides.a.sum() / sides.b.sum()), factors.g, factors.r);
}

}  // namespace brenier::ot
