#include "ot/divergence/sinkhorn_divergence.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/error.h"
#include "ot/divergence/symmetric.h"
#include "ot/geometry/point_cloud.h"

namespace brenier::ot {
namespace sinkhorn_divergence_detail {

SinkhornOutput self_term(const LinearProblem& problem, const CheckedProblem& checked, bool first,
                         const SinkhornSettings& settings) {
  const auto& cloud = static_cast<const PointCloud&>(*problem.geometry);
  LinearProblem own = problem;
  const auto points = first ? cloud.row_leaf() : cloud.column_leaf();
  own.geometry = std::make_shared<PointCloud>(points, points, cloud.cost());
  own.a = own.b = first ? problem.a : problem.b;
  own.penalty_a = own.penalty_b = first ? problem.penalty_a : problem.penalty_b;
  auto record = std::make_shared<SinkhornRecord>();
  record->problem = own;
  record->settings = settings;
  // The scale of epsilon was taken once, from x against y.
  record->checked = checked;
  record->checked.a = record->checked.b = first ? checked.a : checked.b;
  record->solution = solve_symmetric(record->passes(), record->checked, settings);
  return sinkhorn_output(record);
}

}  // namespace sinkhorn_divergence_detail

SinkhornStatus DivergenceOutput::status() const {
  auto worst = xy.status;
  for (const auto status : {xx.status, yy ? yy->status : SinkhornStatus::kConverged})
    if (status != SinkhornStatus::kConverged) worst = status;
  return worst;
}

DivergenceOutput sinkhorn_divergence(const LinearProblem& problem, const DivergenceSettings& settings) {
  if (dynamic_cast<const PointCloud*>(problem.geometry.get()) == nullptr) {
    throw Error(ErrorKind::kUsage, "the Sinkhorn divergence needs points, to compare each measure with itself")
        .found(problem.geometry ? "a " + problem.geometry->name() : "no geometry")
        .expected("a point cloud");
  }
  if (problem.reference != Reference::kProduct) {
    throw Error(ErrorKind::kUsage, "the Sinkhorn divergence is defined for the product reference")
        .found("the counting reference")
        .expected("Reference::kProduct");
  }
  DivergenceOutput out;
  out.xy = sinkhorn(problem, settings.sinkhorn);
  const auto& checked = out.xy.record->checked;
  out.xx = sinkhorn_divergence_detail::self_term(problem, checked, true, settings.sinkhorn);
  out.value = out.xy.value - out.xx.value / 2;
  if (settings.value_bb) {
    out.value_bb = *settings.value_bb;
    out.value = out.value - out.value_bb / 2;
  } else {
    out.yy = sinkhorn_divergence_detail::self_term(problem, checked, false, settings.sinkhorn);
    out.value_bb = out.yy->dual;
    out.value = out.value - (settings.static_b ? out.yy->value.detach() : out.yy->value) / 2;
  }
  if (!checked.balanced()) {
    const auto mass = [](const at::Tensor& weights, double known) {
      return weights.defined() ? weights.sum() : at::scalar_tensor(known, at::TensorOptions().dtype(at::kDouble));
    };
    const auto difference = mass(problem.a, checked.a.mass) - mass(problem.b, checked.b.mass);
    const auto epsilon = problem.epsilon.defined() ? problem.epsilon.reshape({}) * checked.scale
                                                   : at::scalar_tensor(checked.epsilon, out.value.options());
    out.value = out.value + (epsilon * difference.square() / 2).to(out.value.scalar_type());
  }
  return out;
}

}  // namespace brenier::ot
