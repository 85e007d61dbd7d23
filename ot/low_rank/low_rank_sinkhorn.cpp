#include "ot/low_rank/low_rank_sinkhorn.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <utility>

#include "core/error.h"
#include "core/number_text.h"
#include "ot/geometry/node_input.h"
#include "ot/low_rank/low_rank_start.h"
#include "ot/problem/linear_problem.h"

namespace brenier::ot {
namespace low_rank_sinkhorn_detail {

using Eigen::VectorXd;
using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

void check(bool good, const std::string& name, double value, const std::string& expected) {
  if (good) return;
  throw Error(ErrorKind::kUsage, "a setting of low-rank Sinkhorn is out of range")
      .at(name)
      .found(number_text(value))
      .expected(expected);
}

void check_settings(const LowRankSettings& settings) {
  const auto number = [](Index value) { return static_cast<double>(value); };
  check(settings.rank >= 1, "rank", number(settings.rank), "at least 1");
  check(settings.epsilon >= 0 && std::isfinite(settings.epsilon), "epsilon", settings.epsilon,
        "a finite number of at least 0");
  check(settings.threshold > 0 && std::isfinite(settings.threshold), "threshold", settings.threshold,
        "a finite number above 0");
  check(settings.max_iterations >= 1, "max_iterations", number(settings.max_iterations), "at least 1");
  check(settings.step > 0 && std::isfinite(settings.step), "step", settings.step, "a finite number above 0");
  check(settings.projection_threshold > 0 && std::isfinite(settings.projection_threshold), "projection_threshold",
        settings.projection_threshold, "a finite number above 0");
  check(settings.projection_iterations >= 1, "projection_iterations", number(settings.projection_iterations),
        "at least 1");
  check(settings.floor > 0 && settings.floor < 1, "floor", settings.floor, "a number in (0, 1)");
}

constexpr double kGrowth = 1.5;
constexpr Index kLeastIterations = 5;

double entropy_part(double value) { return value > 0 ? value * (std::log(value) - 1) : 0; }

// sum (p - q) (log p - log q). Logarithms may lack a constant a row, which has no effect on equal row sums.
double both_divergences(const RowMatrix& p, const RowMatrix& log_p, const RowMatrix& q, const RowMatrix& log_q) {
  return ((p - q).array() * (log_p - log_q).array()).sum();
}

double largest_row_spread(const RowMatrix& gradient, const VectorXd& weights) {
  double out = 0;
  for (Index i = 0; i < gradient.rows(); ++i)
    if (weights[i] > 0) out = std::max(out, gradient.row(i).maxCoeff() - gradient.row(i).minCoeff());
  return out;
}

class Run final {
 public:
  Run(const ReadCost& cost, FactorSides sides, const LowRankSettings& settings)
      : cost_(cost), sides_(std::move(sides)), settings_(settings), mass_(sides_.a.sum()), step_(settings.step) {
    const Index rank =
        std::min({settings.rank, static_cast<Index>(sides_.a.size()), static_cast<Index>(sides_.b.size())});
    sides_.floor = settings.floor * mass_ / static_cast<double>(rank);
    factors_ = project(start_kernels(settings.start, cost, sides_, rank, settings.seed));
    value_ = evaluate(factors_);
  }

  void iterate(LowRankOutput& out) {
    while (out.iterations < settings_.max_iterations) {
      const double before = out.change;
      const bool moved = advance(out);
      ++out.iterations;
      out.values.push_back(value_);
      if (settings_.progress && !settings_.progress({out.iterations, value_, out.change, step_})) {
        out.status = SinkhornStatus::kCancelled;
        break;
      }
      // A change that still grows is a start near a saddle point, like equal factors.
      const bool calm = out.iterations >= kLeastIterations && out.change <= before;
      if (moved && calm && out.change <= settings_.threshold && factors_.error <= settings_.projection_threshold) {
        out.status = SinkhornStatus::kConverged;
        break;
      }
      if (!moved) {
        out.status = SinkhornStatus::kStalled;
        break;
      }
    }
    out.projection_iterations = projections_;
    out.projection_error = factors_.error;
    round_factors(sides_, factors_);
    value_ = evaluate(factors_);
    out.transport_cost = transport_;
  }

  [[nodiscard]] const LowRankFactors& factors() const { return factors_; }
  [[nodiscard]] const FactorSides& sides() const { return sides_; }
  [[nodiscard]] double value() const { return value_; }

 private:
  LowRankFactors project(const FactorKernels& kernels) {
    auto out = project_factors(kernels, sides_, settings_.projection_threshold, settings_.projection_iterations);
    projections_ += out.iterations;
    return out;
  }

  // V; keeps C R and <P, C> of these factors.
  double evaluate(const LowRankFactors& factors) {
    cost_r_ = cost_.cost.times(factors.r);
    shares_ = (factors.q.array() * cost_r_.array()).colwise().sum().transpose();
    transport_ = shares_.cwiseQuotient(factors.g).sum();
    if (settings_.epsilon == 0) return transport_;
    double entropy = 0;
    for (Index k = 0; k < factors.q.size(); ++k) entropy += entropy_part(factors.q.data()[k]);
    for (Index k = 0; k < factors.r.size(); ++k) entropy += entropy_part(factors.r.data()[k]);
    for (const double value : factors.g) entropy += entropy_part(value);
    return transport_ + settings_.epsilon * entropy;
  }

  // One step, with step_ halved until V does not rise; false when no step lowers it.
  bool advance(LowRankOutput& out) {
    const Eigen::RowVectorXd inverse = factors_.g.cwiseInverse().transpose();
    const RowMatrix gradient_q = cost_r_.array().rowwise() * inverse.array();
    const RowMatrix gradient_r = cost_.cost.transposed_times(factors_.q).array().rowwise() * inverse.array();
    VectorXd gradient_g = -shares_.array() / factors_.g.array().square();
    gradient_g.array() -= gradient_g.minCoeff();  // a constant has no effect on the projection
    const double spread = std::max(
        {largest_row_spread(gradient_q, sides_.a), largest_row_spread(gradient_r, sides_.b), gradient_g.maxCoeff()});
    const double before = value_;
    const double slack = 1e-12 * std::abs(before) + settings_.projection_threshold * spread * mass_;
    for (int attempt = 0; attempt < 30; ++attempt) {
      // The entropy is taken at the new factors, so that large epsilon shortens the step by itself.
      const double gamma = spread > 0 ? step_ / spread : 0;
      const double keep = 1 / (1 + gamma * settings_.epsilon);
      auto next = project({keep * (factors_.log_q - gamma * gradient_q), keep * (factors_.log_r - gamma * gradient_r),
                           keep * (factors_.g.array().log().matrix() - gamma * gradient_g)});
      const double value = evaluate(next);
      if (std::isnan(value)) {
        throw Error(ErrorKind::kNumerical, "factors of low-rank Sinkhorn are no longer numbers")
            .at("iteration " + std::to_string(out.iterations + 1));
      }
      if (value <= before + slack && next.error <= std::max(settings_.projection_threshold, factors_.error)) {
        const VectorXd log_ratio = (next.g.array() / factors_.g.array()).log();
        const double length = both_divergences(next.q, next.log_q, factors_.q, factors_.log_q) +
                              both_divergences(next.r, next.log_r, factors_.r, factors_.log_r) +
                              (next.g - factors_.g).dot(log_ratio);
        const double unit = keep * gamma * std::max(std::abs(transport_), 1e-9 * spread * mass_) / mass_;
        out.change = spread > 0 ? length / (unit * unit * mass_) : 0;
        factors_ = std::move(next);
        value_ = value;
        if (++since_halved_ > 4) step_ *= kGrowth;
        return true;
      }
      step_ /= 2;
      since_halved_ = 0;
    }
    evaluate(factors_);
    return false;
  }

  const ReadCost& cost_;
  FactorSides sides_;
  const LowRankSettings& settings_;
  double mass_;
  double step_;  // gamma times the spread of the gradients
  Index since_halved_ = 4;
  LowRankFactors factors_;
  RowMatrix cost_r_;  // C R
  VectorXd shares_;   // diag(Q^T C R)
  double transport_ = 0;
  double value_ = 0;
  Index projections_ = 0;
};

struct Node : public Function<Node> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& row, const at::Tensor& column,
                            const at::Tensor& value, const LeafGradients& gradients) {
    (void)row, (void)column;
    ctx->save_for_backward({gradients.row, gradients.column});
    return value.clone();
  }
  static variable_list backward(AutogradContext* ctx, const variable_list& cotangents) {
    if (at::GradMode::is_enabled()) {
      throw Error(ErrorKind::kUsage, "second derivatives of a low-rank transport value are not computed")
          .hint("the full-rank solver has them");
    }
    const auto saved = ctx->get_saved_variables();
    variable_list out(4);
    for (std::size_t k = 0; k < 2; ++k)
      if (saved[k].defined()) out[k] = cotangents[0] * saved[k];
    return out;
  }
};

at::Tensor product(const LowRankOutput& output, bool by_rows, const at::Tensor& values) {
  RowMatrix inner = multiply_transposed(to_row_matrix(by_rows ? output.r : output.q), to_row_matrix(values));
  inner.array().colwise() /= to_row_matrix(output.g).col(0).array();
  return to_tensor(multiply(to_row_matrix(by_rows ? output.q : output.r), inner), values.scalar_type());
}

struct Apply : public Function<Apply> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& values, const LowRankOutput& output, bool by_rows) {
    ctx->save_for_backward({output.q, output.r, output.g});
    ctx->saved_data["by_rows"] = by_rows;
    return product(output, by_rows, values);
  }
  static variable_list backward(AutogradContext* ctx, const variable_list& cotangents) {
    const auto saved = ctx->get_saved_variables();
    LowRankOutput factors;
    factors.q = saved[0];
    factors.r = saved[1];
    factors.g = saved[2];
    return {apply(cotangents[0], factors, !ctx->saved_data["by_rows"].toBool()), at::Tensor(), at::Tensor()};
  }
};

}  // namespace low_rank_sinkhorn_detail

LowRankOutput low_rank_sinkhorn(std::shared_ptr<const Geometry> geometry, const at::Tensor& a, const at::Tensor& b,
                                const LowRankSettings& settings) {
  const auto begun = std::chrono::steady_clock::now();
  if (!geometry) throw Error(ErrorKind::kUsage, "low-rank Sinkhorn needs a geometry").found("none");
  low_rank_sinkhorn_detail::check_settings(settings);
  auto weights = linear_problem(geometry, 1);
  weights.a = a;
  weights.b = b;
  const auto checked = check_problem(weights);
  FactorSides sides{to_eigen(checked.a.weights), to_eigen(checked.b.weights)};
  sides.b *= sides.a.sum() / sides.b.sum();

  const auto cost = read_cost(*geometry, settings.limit_bytes);
  low_rank_sinkhorn_detail::Run run(cost, std::move(sides), settings);
  LowRankOutput out;
  run.iterate(out);
  const auto& factors = run.factors();
  const double mass = run.sides().a.sum();
  const Eigen::VectorXd right = factors.r.colwise().sum().transpose().cwiseQuotient(factors.g);
  const Eigen::VectorXd left = factors.q.colwise().sum().transpose().cwiseQuotient(factors.g);
  out.row_error = (factors.q * right - run.sides().a).lpNorm<1>() / mass;
  out.column_error = (factors.r * left - run.sides().b).lpNorm<1>() / mass;
  const auto dtype = geometry->dtype();
  out.q = to_tensor(factors.q, dtype);
  out.r = to_tensor(factors.r, dtype);
  out.g = to_tensor(factors.g, dtype);

  // dV/dC = Q diag(1/g) R^T.
  const RowMatrix scaled = factors.q.array().rowwise() / factors.g.transpose().array();
  const auto gradients = leaf_gradients(cost, CostOperator(scaled, factors.r));
  out.value = low_rank_sinkhorn_detail::Node::apply(present(cost.row), present(cost.column),
                                                    at::scalar_tensor(run.value(), at::TensorOptions().dtype(dtype)),
                                                    gradients);
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  return out;
}

at::Tensor apply_plan(const LowRankOutput& output, Direction direction, const at::Tensor& values) {
  const bool by_rows = direction == Direction::kRows;
  check_matrix(values, "values moved along a low-rank plan", by_rows ? output.r.size(0) : output.q.size(0));
  if (values.scalar_type() != output.q.scalar_type()) {
    throw Error(ErrorKind::kData, "values have another type than the plan")
        .at("values moved along a low-rank plan")
        .found(c10::toString(values.scalar_type()))
        .expected(c10::toString(output.q.scalar_type()));
  }
  return low_rank_sinkhorn_detail::Apply::apply(values, output, by_rows);
}

at::Tensor dense_plan(const LowRankOutput& output, Index limit_bytes) {
  check_dense_request("low-rank plan", output.q.size(0), output.r.size(0), output.q.scalar_type(), limit_bytes);
  const RowMatrix scaled =
      to_row_matrix(output.q).array().rowwise() / to_row_matrix(output.g).col(0).transpose().array();
  return to_tensor(multiply_by_transposed(scaled, to_row_matrix(output.r)), output.q.scalar_type());
}

}  // namespace brenier::ot
