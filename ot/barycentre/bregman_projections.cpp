#include "ot/barycentre/bregman_projections.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "core/error.h"

namespace brenier::ot {
namespace bregman_projections_detail {

using Vector = std::vector<double>;

// G = log h - log sums: the plan of F and G meets the histogram.
void meet_histogram(const Vector& histogram, Vector& logs) {
  for (std::size_t j = 0; j < logs.size(); ++j)
    logs[j] = histogram[j] > 0 ? std::log(histogram[j]) - logs[j] : -std::numeric_limits<double>::infinity();
}

// exp(values), scaled to the mass.
Vector of_mass(const Vector& values, double mass) {
  const double largest = *std::max_element(values.begin(), values.end());
  Vector out(values.size());
  double sum = 0;
  for (std::size_t i = 0; i < out.size(); ++i) sum += out[i] = std::exp(values[i] - largest);
  for (double& value : out) value *= mass / sum;
  return out;
}

// sum_i |exp(F_i + L_i) - p_i|.
double distance(const Vector& F, const Vector& L, const Vector& p) {
  double sum = 0;
  for (std::size_t i = 0; i < p.size(); ++i) sum += std::abs(std::exp(F[i] + L[i]) - p[i]);
  return sum;
}

}  // namespace bregman_projections_detail

BregmanSolution bregman_projections(const BregmanProblem& problem, const BregmanLimits& limits) {
  using bregman_projections_detail::distance;
  using bregman_projections_detail::Vector;
  const std::size_t count = problem.passes.size();
  const auto n = static_cast<std::size_t>(problem.passes.front()->rows());
  const bool debiased = problem.self != nullptr;
  const double k = 1 / problem.epsilon;
  BregmanSolution out;
  out.F.assign(count, Vector(n, 0.0));
  out.G.resize(count);
  for (std::size_t s = 0; s < count; ++s) out.G[s].resize(problem.histograms[s].size());
  if (debiased) out.D.assign(n, 0.0);
  std::vector<Vector> logs(count, Vector(n));
  Vector self_logs(debiased ? n : 0);
  Vector log_p(n);
  double precision = 0;
  for (const auto* passes : problem.passes) precision = std::max(precision, passes->precision());
  double best = std::numeric_limits<double>::infinity();
  Index since_best = 0;
  while (true) {
    log_p = debiased ? out.D : Vector(n, 0.0);
    for (std::size_t s = 0; s < count; ++s) {
      problem.passes[s]->log_sums(Direction::kColumns, k, out.F[s].data(), out.G[s].data());
      bregman_projections_detail::meet_histogram(problem.histograms[s], out.G[s]);
      problem.passes[s]->log_sums(Direction::kRows, k, out.G[s].data(), logs[s].data());
      for (std::size_t i = 0; i < n; ++i) log_p[i] += problem.lambda[s] * logs[s][i];
    }
    out.barycentre = bregman_projections_detail::of_mass(log_p, problem.mass);
    double error = 0;
    for (std::size_t s = 0; s < count; ++s) error = std::max(error, distance(out.F[s], logs[s], out.barycentre));
    if (debiased) {
      problem.self->log_sums(Direction::kRows, k, out.D.data(), self_logs.data());
      error = std::max(error, distance(out.D, self_logs, out.barycentre));
    }
    // A comparison with NaN is false, so max() would hide it.
    if (!std::all_of(out.barycentre.begin(), out.barycentre.end(), [](double p) { return std::isfinite(p); })) {
      throw Error(ErrorKind::kNumerical, "the weights of a barycentre are no longer numbers")
          .at("iteration " + std::to_string(out.iterations + 1))
          .hint("the costs may be too large for epsilon in this type; try float64 or a larger epsilon");
    }
    out.marginal_error = error / problem.mass;
    out.errors.push_back(out.marginal_error);
    ++out.iterations;
    if (out.marginal_error <= limits.threshold) {
      out.status = SinkhornStatus::kConverged;
      break;
    }
    if (limits.progress && !limits.progress({out.iterations, out.marginal_error})) {
      out.status = SinkhornStatus::kCancelled;
      break;
    }
    if (out.iterations >= limits.max_iterations) break;
    since_best = out.marginal_error < 0.999 * best ? 0 : since_best + 1;
    best = std::min(best, out.marginal_error);
    // Only rounding stalls it; a slow problem goes on to its limit.
    if (since_best >= 200 && out.marginal_error <= 1e6 * precision) {
      out.status = SinkhornStatus::kStalled;
      break;
    }
    for (std::size_t s = 0; s < count; ++s)
      for (std::size_t i = 0; i < n; ++i) out.F[s][i] = log_p[i] - logs[s][i];
    for (std::size_t i = 0; i < out.D.size(); ++i) out.D[i] = (out.D[i] + log_p[i] - self_logs[i]) / 2;
  }
  return out;
}

}  // namespace brenier::ot
