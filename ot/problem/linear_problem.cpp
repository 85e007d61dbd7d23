#include "ot/problem/linear_problem.h"

#include <ATen/ATen.h>

#include <cmath>
#include <limits>
#include <utility>

#include "core/error.h"
#include "core/nearest_name.h"
#include "core/number_text.h"
#include "core/shape.h"

namespace brenier::ot {
namespace linear_problem_detail {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

template <class Value>
Value by_name(const std::string& what, const std::string& name, const std::vector<std::pair<std::string, Value>>& all) {
  std::vector<std::string> names;
  for (const auto& [known, value] : all) {
    if (known == name) return value;
    names.push_back(known);
  }
  Error error(ErrorKind::kUsage, "no " + what + " has this name");
  error.found("'" + name + "'").expected("one of " + quoted_list(names));
  throw error;
}

ProblemSide side_of(const at::Tensor& given, const std::string& name, Index count, at::ScalarType dtype) {
  ProblemSide side;
  if (!given.defined()) {
    side.weights.assign(static_cast<std::size_t>(count), 1.0 / static_cast<double>(count));
  } else {
    check_shape(given, name, "[" + std::to_string(count) + "]");
    if (given.scalar_type() != dtype || !given.device().is_cpu()) {
      throw Error(ErrorKind::kData, "weights have another type than the costs")
          .at(name)
          .found(std::string(c10::toString(given.scalar_type())) + " on " + given.device().str())
          .expected(std::string(c10::toString(dtype)) + " on cpu");
    }
    check_finite(given, name);
    const auto values = given.detach().to(at::kDouble).contiguous();
    const double* data = values.const_data_ptr<double>();
    side.weights.assign(data, data + count);
  }
  for (std::size_t i = 0; i < side.weights.size(); ++i) {
    const double weight = side.weights[i];
    if (weight < 0) {
      throw Error(ErrorKind::kData, "a weight is negative")
          .at(name)
          .found(number_text(weight) + " at index " + std::to_string(i))
          .expected("weights of at least 0");
    }
    side.mass += weight;
    side.log_weights.push_back(weight > 0 ? std::log(weight) : -kInfinity);
  }
  if (!(side.mass > 0)) {
    throw Error(ErrorKind::kData, "all weights are zero")
        .at(name)
        .found(std::to_string(count) + " zeros")
        .expected("at least one weight above 0");
  }
  return side;
}

void set_penalty(const MarginalPenalty& penalty, double epsilon, ProblemSide& side) {
  side.balanced = penalty.balanced();
  side.fixed_tau = penalty.is_tau();
  side.tau = penalty.tau_at(epsilon);
  side.rho = penalty.rho_at(epsilon);
}

double scale_of(const LinearProblem& problem) {
  const bool mean = problem.epsilon_scale == EpsilonScale::kMean || !problem.epsilon.defined();
  if (!mean && problem.epsilon_scale == EpsilonScale::kNone) return 1;
  const auto& passes = problem.geometry->passes();
  const double scale = mean                                                        ? passes.mean_cost()
                       : problem.epsilon_scale == EpsilonScale::kStandardDeviation ? passes.summary().standard_deviation
                                                                                   : passes.summary().largest;
  if (!(scale > 0)) {
    throw Error(ErrorKind::kData, "the cost gives no scale for epsilon")
        .at("epsilon_scale")
        .found("a statistic of the cost of " + number_text(scale))
        .expected("a positive one")
        .hint("give an absolute epsilon with the scale 'none'");
  }
  return scale;
}

}  // namespace linear_problem_detail

Reference reference_by_name(const std::string& name) {
  return linear_problem_detail::by_name<Reference>("reference measure", name,
                                                   {{"kl", Reference::kProduct}, {"counting", Reference::kCounting}});
}

EpsilonScale epsilon_scale_by_name(const std::string& name) {
  return linear_problem_detail::by_name<EpsilonScale>("scale of epsilon", name,
                                                      {{"none", EpsilonScale::kNone},
                                                       {"mean", EpsilonScale::kMean},
                                                       {"std", EpsilonScale::kStandardDeviation},
                                                       {"max", EpsilonScale::kMax}});
}

MarginalPenalty MarginalPenalty::tau(double value) {
  if (!(value > 0 && value <= 1)) {
    throw Error(ErrorKind::kUsage, "tau is out of range").found(number_text(value)).expected("a number in (0, 1]");
  }
  MarginalPenalty penalty;
  penalty.balanced_ = value == 1;
  penalty.value_ = value;
  return penalty;
}

MarginalPenalty MarginalPenalty::rho(double value) {
  if (!(value > 0)) {
    throw Error(ErrorKind::kUsage, "rho is out of range")
        .found(number_text(value))
        .expected("a number above 0, or inf");
  }
  MarginalPenalty penalty;
  penalty.balanced_ = std::isinf(value);
  penalty.is_tau_ = penalty.balanced_;
  penalty.value_ = penalty.balanced_ ? 1 : value;
  return penalty;
}

double MarginalPenalty::tau_at(double epsilon) const { return is_tau_ ? value_ : value_ / (value_ + epsilon); }

double MarginalPenalty::rho_at(double epsilon) const {
  if (balanced_) return linear_problem_detail::kInfinity;
  return is_tau_ ? epsilon * value_ / (1 - value_) : value_;
}

LinearProblem linear_problem(std::shared_ptr<const Geometry> geometry, double epsilon) {
  LinearProblem problem;
  problem.geometry = std::move(geometry);
  problem.epsilon = at::scalar_tensor(epsilon, at::TensorOptions().dtype(at::kDouble));
  return problem;
}

CheckedProblem check_problem(const LinearProblem& problem) {
  using linear_problem_detail::side_of;
  if (!problem.geometry) {
    throw Error(ErrorKind::kUsage, "a transport problem has no geometry").expected("a PointCloud, DenseCost or Grid");
  }
  const auto& geometry = *problem.geometry;
  CheckedProblem out;
  out.reference = problem.reference;
  double epsilon = 0.05;
  if (problem.epsilon.defined()) {
    if (problem.epsilon.numel() != 1) {
      throw Error(ErrorKind::kData, "epsilon is one number")
          .at("epsilon")
          .found(std::to_string(problem.epsilon.numel()) + " values")
          .expected("1 value");
    }
    epsilon = problem.epsilon.item<double>();
  }
  if (!(epsilon > 0) || !std::isfinite(epsilon)) {
    throw Error(ErrorKind::kData, "epsilon is out of range")
        .at("epsilon")
        .found(number_text(epsilon))
        .expected("a finite number above 0")
        .hint("transport without entropy is exact_transport");
  }
  out.a = side_of(problem.a, "weights a", geometry.rows(), geometry.dtype());
  out.b = side_of(problem.b, "weights b", geometry.columns(), geometry.dtype());
  out.scale = linear_problem_detail::scale_of(problem);
  out.epsilon = epsilon * out.scale;
  linear_problem_detail::set_penalty(problem.penalty_a, out.epsilon, out.a);
  linear_problem_detail::set_penalty(problem.penalty_b, out.epsilon, out.b);
  const double tolerance = geometry.dtype() == at::kFloat ? 1e-5 : 1e-9;
  if (out.balanced() && std::abs(out.a.mass - out.b.mass) > tolerance * std::max(out.a.mass, out.b.mass)) {
    throw Error(ErrorKind::kData, "the two sides have different masses, and both are balanced")
        .at("weights a and b")
        .found("masses " + number_text(out.a.mass) + " and " + number_text(out.b.mass))
        .expected("equal masses")
        .hint("normalise the weights, or give a side a penalty (tau below 1, or rho)");
  }
  return out;
}

}  // namespace brenier::ot
