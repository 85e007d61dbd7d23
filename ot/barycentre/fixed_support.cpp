#include "ot/barycentre/fixed_support.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string>
#include <utility>

#include "core/error.h"
#include "core/number_text.h"
#include "ot/barycentre/convex_weights.h"
#include "ot/barycentre/differentiable_weights.h"
#include "ot/problem/linear_problem.h"
#include "ot/sinkhorn/tangent_tensors.h"

namespace brenier::ot {
namespace fixed_support_detail {

void check_limits(const FixedSupportSettings& settings) {
  if (!(settings.threshold > 0) || std::isinf(settings.threshold)) {
    throw Error(ErrorKind::kUsage, "the threshold of a barycentre is out of range")
        .at("threshold")
        .found(number_text(settings.threshold))
        .expected("a finite number above 0");
  }
  if (settings.max_iterations < 1) {
    throw Error(ErrorKind::kUsage, "a barycentre needs iterations")
        .at("max_iterations")
        .found(std::to_string(settings.max_iterations))
        .expected("at least 1");
  }
}

// The geometry of each histogram, on one support.
std::vector<std::shared_ptr<const Geometry>> geometries_of(const FixedSupportProblem& problem) {
  const std::size_t count = problem.histograms.size();
  if (count == 0) {
    throw Error(ErrorKind::kUsage, "a barycentre needs histograms")
        .at("histograms")
        .found("none")
        .expected("one or more");
  }
  auto out = problem.geometries;
  if (out.size() == 1) out.resize(count, out.front());
  if (out.size() != count) {
    throw Error(ErrorKind::kUsage, "a barycentre needs one geometry, or one a histogram")
        .at("geometries")
        .found(std::to_string(out.size()) + " for " + std::to_string(count) + " histograms")
        .expected("1 or " + std::to_string(count));
  }
  for (std::size_t k = 0; k < count; ++k) {
    const auto where = "geometry " + std::to_string(k);
    if (!out[k]) throw Error(ErrorKind::kUsage, "a barycentre has no geometry").at(where).found("null");
    if (out[k]->rows() != out[0]->rows() || out[k]->dtype() != out[0]->dtype()) {
      throw Error(ErrorKind::kData, "the geometries of a barycentre have different supports")
          .at(where)
          .found(std::to_string(out[k]->rows()) + " rows of " + c10::toString(out[k]->dtype()))
          .expected(std::to_string(out[0]->rows()) + " rows of " + c10::toString(out[0]->dtype()));
    }
  }
  return out;
}

// Rows and columns must be exchangeable: compared on the sums of one uneven potential.
void check_symmetric(const Geometry& self, double epsilon) {
  const auto n = static_cast<std::size_t>(self.rows());
  std::vector<double> potential(n);
  for (std::size_t i = 0; i < n; ++i) potential[i] = std::sin(static_cast<double>(i));
  std::vector<double> rows(n);
  std::vector<double> columns(n);
  self.passes().log_sums(Direction::kRows, 1 / epsilon, potential.data(), rows.data());
  self.passes().log_sums(Direction::kColumns, 1 / epsilon, potential.data(), columns.data());
  const double largest = self.passes().summary().largest / epsilon;
  const double tolerance = 1e3 * self.passes().precision() * std::max(1.0, std::abs(largest));
  for (std::size_t i = 0; i < n; ++i) {
    if (std::abs(rows[i] - columns[i]) <= tolerance) continue;
    throw Error(ErrorKind::kData, "the cost of the support against itself is not symmetric")
        .at("row and column " + std::to_string(i))
        .expected("a symmetric cost");
  }
}

const Geometry& self_of(const FixedSupportProblem& problem, const Geometry& first) {
  const auto* self = problem.self ? problem.self.get() : problem.geometries.size() == 1 ? &first : nullptr;
  if (self == nullptr) {
    throw Error(ErrorKind::kUsage, "a debiased barycentre needs the support against itself")
        .at("self")
        .found("none, and several geometries")
        .expected("the geometry of the support against itself");
  }
  if (self->rows() != first.rows() || self->columns() != first.rows() || self->dtype() != first.dtype()) {
    throw Error(ErrorKind::kData, "a debiased barycentre needs the support against itself")
        .at("self")
        .found(std::to_string(self->rows()) + " x " + std::to_string(self->columns()) + " of " +
               c10::toString(self->dtype()))
        .expected(std::to_string(first.rows()) + " x " + std::to_string(first.rows()) + " of " +
                  c10::toString(first.dtype()));
  }
  check_symmetric(*self, problem.epsilon);
  return *self;
}

// The histogram's numbers, checked like the weights of any transport problem.
std::vector<double> numbers_of(const FixedSupportProblem& problem, std::size_t k,
                               const std::shared_ptr<const Geometry>& geometry, double& mass) {
  const auto name = "histogram " + std::to_string(k);
  if (!problem.histograms[k].defined()) {
    throw Error(ErrorKind::kData, "a histogram is missing").at(name).found("an undefined tensor");
  }
  auto side = with_context(name, [&] {
    auto one = linear_problem(geometry, problem.epsilon);
    one.penalty_a = MarginalPenalty::rho(1);  // the other side is not there yet: masses may differ
    one.b = problem.histograms[k].detach();
    return check_problem(one).b;
  });
  const double tolerance = geometry->dtype() == at::kFloat ? 1e-5 : 1e-9;
  if (k == 0) mass = side.mass;
  if (std::abs(side.mass - mass) > tolerance * mass) {
    throw Error(ErrorKind::kData, "the histograms of a barycentre have different masses")
        .at(name)
        .found("a mass of " + number_text(side.mass))
        .expected(number_text(mass) + ", that of histogram 0")
        .hint("divide each by its sum");
  }
  for (double& weight : side.weights) weight *= mass / side.mass;
  return std::move(side.weights);
}

at::Tensor times(const std::vector<double>& scaled, double epsilon, at::ScalarType dtype) {
  auto values = scaled;
  for (double& value : values) value *= epsilon;
  const auto count = static_cast<Index>(values.size());
  return to_tensor(values, {count}, dtype);
}

}  // namespace fixed_support_detail

FixedSupportProblem barycentre_problem(std::shared_ptr<const Geometry> geometry, const at::Tensor& histograms,
                                       double epsilon) {
  check_matrix(histograms, "histograms", -1, geometry ? geometry->columns() : -1);
  FixedSupportProblem problem;
  problem.geometries = {std::move(geometry)};
  problem.histograms = histograms.unbind(0);
  problem.epsilon = epsilon;
  return problem;
}

FixedSupportOutput fixed_support_barycentre(const FixedSupportProblem& problem, const FixedSupportSettings& settings) {
  const auto begun = std::chrono::steady_clock::now();
  fixed_support_detail::check_limits(settings);
  const auto geometries = fixed_support_detail::geometries_of(problem);
  const auto dtype = geometries[0]->dtype();
  auto record = std::make_shared<BarycentreRecord>();
  record->geometries = geometries;
  record->implicit = settings.implicit;
  if (record->implicit.tolerance == 0) record->implicit.tolerance = dtype == at::kFloat ? 1e-6 : 1e-10;
  auto& core = record->problem;
  core.lambda = convex_weights(problem.lambda, geometries.size());
  core.epsilon = problem.epsilon;
  for (std::size_t k = 0; k < geometries.size(); ++k) {
    core.passes.push_back(&geometries[k]->passes());
    core.histograms.push_back(fixed_support_detail::numbers_of(problem, k, geometries[k], core.mass));
  }
  if (settings.debiased) core.self = &fixed_support_detail::self_of(problem, *geometries[0]).passes();
  record->solution = bregman_projections(core, {settings.threshold, settings.max_iterations, settings.progress});
  const auto& solution = record->solution;

  FixedSupportOutput out;
  out.weights = settings.debiased ? to_tensor(solution.barycentre, {geometries[0]->rows()}, dtype)
                                  : differentiable_weights(record, problem.histograms);
  for (std::size_t k = 0; k < geometries.size(); ++k) {
    out.f.push_back(fixed_support_detail::times(solution.F[k], problem.epsilon, dtype));
    out.g.push_back(fixed_support_detail::times(solution.G[k], problem.epsilon, dtype));
  }
  if (settings.debiased) out.self_potential = fixed_support_detail::times(solution.D, problem.epsilon, dtype);
  out.marginal_error = solution.marginal_error;
  out.iterations = solution.iterations;
  out.status = solution.status;
  out.errors = solution.errors;
  out.epsilon = problem.epsilon;
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  return out;
}

}  // namespace brenier::ot
