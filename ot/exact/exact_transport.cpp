#include "ot/exact/exact_transport.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "core/error.h"
#include "core/shape.h"
#include "ot/exact/assignment.h"
#include "ot/exact/known_gradient.h"
#include "ot/exact/network_simplex.h"

namespace brenier::ot {
namespace exact_transport_detail {

bool all_equal(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [&](double value) { return value == values.front(); });
}

ExactPlan by_assignment(std::span<const double> cost, const Masses& masses) {
  const auto n = static_cast<std::int64_t>(masses.a.size());
  Assignment found = solve_assignment(cost, n);
  const double share = masses.total / static_cast<double>(n);
  ExactPlan plan;
  for (std::int64_t i = 0; i < n; ++i) plan.rows.push_back(i);
  plan.columns = std::move(found.column);
  plan.mass.assign(masses.a.size(), share);
  plan.value = found.value * share;
  plan.f = std::move(found.f);
  plan.g = std::move(found.g);
  plan.gap = found.gap * share;
  return plan;
}

at::Tensor plan_tensor(const ExactPlan& plan, const at::Tensor& cost) {
  const auto count = static_cast<std::int64_t>(plan.mass.size());
  at::Tensor indices = at::empty({2, count}, at::kLong);
  std::copy(plan.rows.begin(), plan.rows.end(), indices.mutable_data_ptr<std::int64_t>());
  std::copy(plan.columns.begin(), plan.columns.end(), indices.mutable_data_ptr<std::int64_t>() + count);
  const at::Tensor mass = from_doubles(plan.mass, {count}, cost);
  return at::sparse_coo_tensor(indices.to(cost.device()), mass, cost.sizes(), mass.options().layout(at::kSparse))
      ._coalesced_(true);
}

}  // namespace exact_transport_detail

ExactOutput exact_transport(const at::Tensor& cost, const at::Tensor& a, const at::Tensor& b,
                            const ExactSettings& settings) {
  namespace detail = exact_transport_detail;
  check_shape(cost, "cost", "[N, M]");
  check_floating(cost, "cost");
  const Masses masses = balanced_masses(weight_values(a, "a", cost.size(0), cost),
                                        weight_values(b, "b", cost.size(1), cost), mass_tolerance_of(cost));
  check_finite(cost, "cost");
  const at::Tensor doubles = to_doubles(cost);
  const bool assignment =
      masses.a.size() == masses.b.size() && detail::all_equal(masses.a) && detail::all_equal(masses.b);
  const ExactPlan plan =
      assignment ? detail::by_assignment(values_of(doubles), masses)
                 : network_simplex(values_of(doubles), masses.a, masses.b, {.memory_limit = settings.memory_limit});
  ExactOutput out;
  out.method = assignment ? "assignment" : "network simplex";
  out.gap = plan.gap;
  out.f = from_doubles(plan.f, {cost.size(0)}, cost);
  out.g = from_doubles(plan.g, {cost.size(1)}, cost);
  out.plan = detail::plan_tensor(plan, cost);
  const std::array<double, 1> value = {plan.value};
  out.value = from_doubles(value, {}, cost);
  if (needs_gradient({cost, a, b})) {
    KnownGradients known;
    known.inputs = {cost, a, b};
    known.gradients = {out.plan, out.f, out.g};
    known.piecewise_linear = !(needs_gradient({cost}) && needs_gradient({a, b}));
    out.value = with_known_gradients(out.value, known);
  }
  if (settings.dense_plan) out.plan = out.plan.to_dense();
  return out;
}

}  // namespace brenier::ot
