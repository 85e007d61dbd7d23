#include "ops/transport.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <memory>

#include "core/error.h"
#include "ot/batch/sinkhorn_batch.h"
#include "ot/cost/cost.h"
#include "ot/divergence/sinkhorn_divergence.h"
#include "ot/geometry/point_cloud.h"
#include "ot/initialise/initialiser.h"
#include "ot/plan/entropic_map.h"
#include "ot/plan/plan.h"

namespace brenier::ops {
namespace transport_detail {

ot::LinearProblem problem_of(const at::Tensor& x, const at::Tensor& y, const MaybeTensor& a, const MaybeTensor& b,
                             const MaybeTensor& epsilon, double tau_a, double tau_b, const std::string& cost,
                             const std::string& epsilon_scale, const std::string& reference) {
  ot::LinearProblem out;
  out.geometry = std::make_shared<ot::PointCloud>(x, y, ot::cost_by_name(cost));
  if (a) out.a = *a;
  if (b) out.b = *b;
  if (epsilon) out.epsilon = *epsilon;
  out.epsilon_scale = ot::epsilon_scale_by_name(epsilon_scale);
  out.penalty_a = ot::MarginalPenalty::tau(tau_a);
  out.penalty_b = ot::MarginalPenalty::tau(tau_b);
  out.reference = ot::reference_by_name(reference);
  return out;
}

ot::SinkhornSettings settings_of(double threshold, std::int64_t max_iterations, std::int64_t fixed_iterations = 0) {
  ot::SinkhornSettings out;
  out.threshold = threshold;
  out.max_iterations = max_iterations;
  out.fixed_iterations = fixed_iterations;
  // The operators return neither.
  out.certify = false;
  out.transport_cost = false;
  return out;
}

ot::SinkhornOutput solve(const ot::LinearProblem& problem, const ot::SinkhornSettings& settings,
                         const std::string& init) {
  return ot::sinkhorn(problem, settings, ot::initialiser_by_name(init)->start(problem));
}

// An entry of a list of weights, or none when the list is empty.
MaybeTensor entry(at::TensorList list, std::size_t k, std::size_t count, const std::string& name) {
  if (list.empty()) return std::nullopt;
  if (list.size() == count) return list[k];
  throw Error(ErrorKind::kUsage, "a batch needs one tensor a problem")
      .at(name)
      .found(std::to_string(list.size()) + " tensors for " + std::to_string(count) + " problems");
}

}  // namespace transport_detail

Solved sinkhorn(const at::Tensor& x, const at::Tensor& y, const MaybeTensor& a, const MaybeTensor& b,
                const MaybeTensor& epsilon, double tau_a, double tau_b, double threshold, std::int64_t max_iterations,
                const std::string& cost, const std::string& epsilon_scale, const std::string& reference,
                const std::string& init, std::int64_t fixed_iterations) {
  const auto problem = transport_detail::problem_of(x, y, a, b, epsilon, tau_a, tau_b, cost, epsilon_scale, reference);
  const auto out = transport_detail::solve(
      problem, transport_detail::settings_of(threshold, max_iterations, fixed_iterations), init);
  return {out.f, out.g, out.value, out.marginal_error, out.iterations};
}

SolvedBatch sinkhorn_batch(at::TensorList x, at::TensorList y, at::TensorList a, at::TensorList b,
                           const MaybeTensor& epsilon, double tau_a, double tau_b, double threshold,
                           std::int64_t max_iterations, const std::string& cost, const std::string& epsilon_scale,
                           const std::string& reference, const std::string& init, std::int64_t fixed_iterations) {
  using transport_detail::entry;
  const std::size_t count = x.size();
  const auto initialiser = ot::initialiser_by_name(init);
  std::vector<ot::LinearProblem> problems;
  std::vector<ot::SinkhornStart> starts;
  for (std::size_t k = 0; k < count; ++k) {
    with_context("problem " + std::to_string(k + 1) + " of " + std::to_string(count), [&] {
      problems.push_back(transport_detail::problem_of(x[k], *entry(y, k, count, "y"), entry(a, k, count, "a"),
                                                      entry(b, k, count, "b"), epsilon, tau_a, tau_b, cost,
                                                      epsilon_scale, reference));
      starts.push_back(initialiser->start(problems.back()));
    });
  }
  const auto solved = ot::sinkhorn_batch(
      problems, {transport_detail::settings_of(threshold, max_iterations, fixed_iterations), nullptr}, starts);
  std::vector<at::Tensor> f;
  std::vector<at::Tensor> g;
  std::vector<at::Tensor> values;
  auto errors = at::empty({static_cast<std::int64_t>(count)}, at::TensorOptions().dtype(at::kDouble));
  auto iterations = at::empty({static_cast<std::int64_t>(count)}, at::TensorOptions().dtype(at::kLong));
  for (std::size_t k = 0; k < count; ++k) {
    f.push_back(solved[k].f);
    g.push_back(solved[k].g);
    values.push_back(solved[k].value);
    errors.data_ptr<double>()[k] = solved[k].marginal_error;
    iterations.data_ptr<std::int64_t>()[k] = solved[k].iterations;
  }
  const auto stacked = values.empty() ? at::empty({0}) : at::stack(values);
  return {std::move(f), std::move(g), stacked, errors, iterations};
}

Diverged sinkhorn_divergence(const at::Tensor& x, const at::Tensor& y, const MaybeTensor& a, const MaybeTensor& b,
                             const MaybeTensor& epsilon, double tau_a, double tau_b, double threshold,
                             std::int64_t max_iterations, const std::string& cost, const std::string& epsilon_scale,
                             bool static_b) {
  const auto problem = transport_detail::problem_of(x, y, a, b, epsilon, tau_a, tau_b, cost, epsilon_scale, "kl");
  ot::DivergenceSettings settings;
  settings.sinkhorn = transport_detail::settings_of(threshold, max_iterations);
  settings.static_b = static_b;
  const auto out = ot::sinkhorn_divergence(problem, settings);
  return {out.value, std::max({out.xy.marginal_error, out.xx.marginal_error, out.yy->marginal_error}),
          out.xy.iterations + out.xx.iterations + out.yy->iterations};
}

Mapped entropic_map(const at::Tensor& x, const at::Tensor& y, const MaybeTensor& a, const MaybeTensor& b,
                    const MaybeTensor& epsilon, double tau_a, double tau_b, double threshold,
                    std::int64_t max_iterations, const std::string& cost, const std::string& epsilon_scale,
                    const std::string& reference, const std::string& init, const MaybeTensor& points) {
  const auto problem = transport_detail::problem_of(x, y, a, b, epsilon, tau_a, tau_b, cost, epsilon_scale, reference);
  const auto out = transport_detail::solve(problem, transport_detail::settings_of(threshold, max_iterations), init);
  const auto images = points ? ot::entropic_map(out, *points) : ot::barycentric_map(out);
  return {images, out.marginal_error, out.iterations};
}

}  // namespace brenier::ops
