#include "ot/plan/plan.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/error.h"
#include "core/number_text.h"
#include "core/shape.h"
#include "ot/geometry/held.h"
#include "ot/geometry/node_input.h"
#include "ot/geometry/point_cloud.h"
#include "ot/sinkhorn/tangent_tensors.h"

namespace brenier::ot {
namespace plan_detail {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

// sum_ij P_ij <left_i, right_j> log P_ij: each column of `right` joins the plan's potentials by its logarithm, the
// negative part apart.
double weighted_entropy(const SinkhornRecord& record, const PairWeights& weights) {
  const auto& passes = record.passes();
  const auto plan = record.plan();
  const Index n = passes.rows();
  const Index m = passes.columns();
  double total = 0;
  for (Index k = 0; k < weights.rank; ++k) {
    for (const double sign : {1.0, -1.0}) {
      std::vector<double> G(plan.G, plan.G + m);
      std::vector<double> own(static_cast<std::size_t>(m), 0.0);
      bool any = false;
      for (Index j = 0; j < m; ++j) {
        const double value = sign * weights.right[j * weights.rank + k];
        const auto at = static_cast<std::size_t>(j);
        if (value > 0 && std::isfinite(G[at])) {
          own[at] = std::log(value);
          G[at] += own[at];
          any = true;
        } else {
          G[at] = -std::numeric_limits<double>::infinity();
        }
      }
      if (!any) continue;
      // The moments' log is of P times the value: take the value's own logarithm out again.
      const PlanView scaled{plan.F, G.data(), plan.inverse_epsilon};
      const auto moments = passes.moments(Direction::kRows, scaled);
      std::vector<double> extra(static_cast<std::size_t>(n));
      passes.apply(Direction::kRows, scaled, own.data(), 1, extra.data());
      for (Index i = 0; i < n; ++i) {
        const auto at = static_cast<std::size_t>(i);
        total += sign * weights.left[i * weights.rank + k] * (moments.entropy[at] - extra[at]);
      }
    }
  }
  return total;
}

// W = P V. With cotangent U of W: dL/dV = P^T U, and Q_ij = P_ij <U_i, V_j> is the cotangent of log P_ij, so
// dL/df = Q 1 / eps, dL/dg = Q^T 1 / eps, dL/dC = -Q / eps, dL/deps = -sum Q log P / eps.
struct Apply : public Function<Apply> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& values, const at::Tensor& f, const at::Tensor& g,
                            const at::Tensor& row, const at::Tensor& column, const at::Tensor& epsilon,
                            const std::shared_ptr<const SinkhornRecord>& record, bool by_rows) {
    ctx->saved_data["record"] = hold(record);
    ctx->saved_data["by_rows"] = by_rows;
    const auto out = product(*record, by_rows, values);
    ctx->save_for_backward({values, f, g, row, column, epsilon, out});
    return out;
  }

  static at::Tensor product(const SinkhornRecord& record, bool by_rows, const at::Tensor& values) {
    const auto& passes = record.passes();
    const auto data = to_vector(values);
    const Index width = values.size(1);
    const Index count = by_rows ? passes.rows() : passes.columns();
    std::vector<double> out(static_cast<std::size_t>(count * width));
    passes.apply(by_rows ? Direction::kRows : Direction::kColumns, record.plan(), data.data(), width, out.data());
    return to_tensor(out, {count, width}, values.scalar_type());
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& cotangents) {
    const auto record = held<SinkhornRecord>(ctx->saved_data["record"]);
    const bool by_rows = ctx->saved_data["by_rows"].toBool();
    const auto saved = ctx->get_saved_variables();
    const auto& values = saved[0];
    const double epsilon = record->checked.epsilon;
    const auto cotangent = cotangents[0].detach();
    const auto pulled = product(*record, !by_rows, cotangent);
    // Of the potential on the side of the result, and on the other side.
    const auto own = (cotangent * saved[6]).sum(1) / epsilon;
    const auto other = (values.detach() * pulled).sum(1) / epsilon;

    variable_list out(8);
    if (wants(values)) out[0] = pulled;
    out[1] = by_rows ? own : other;
    out[2] = by_rows ? other : own;
    const auto u = to_vector(cotangent);
    const auto v = to_vector(values);
    PairWeights weights;
    weights.left = by_rows ? u.data() : v.data();
    weights.right = by_rows ? v.data() : u.data();
    weights.rank = values.size(1);
    if (wants(saved[3]) || wants(saved[4])) {
      ProblemTangent gradient;
      gradient.leaves = record->passes().leaf_gradient(record->plan(), weights, wants(saved[3]), wants(saved[4]));
      const auto leaves = to_move(*record, gradient);
      if (leaves.row_leaf.defined()) out[3] = -leaves.row_leaf / epsilon;
      if (leaves.column_leaf.defined()) out[4] = -leaves.column_leaf / epsilon;
    }
    if (wants(saved[5])) {
      const double slope = -weighted_entropy(*record, weights) / epsilon;
      out[5] = at::full(saved[5].sizes(), record->checked.scale * slope, saved[5].options());
    }
    return out;
  }
};

const PointCloud& cloud_of(const SinkhornOutput& output, const std::string& who) {
  const auto* cloud = dynamic_cast<const PointCloud*>(output.record->problem.geometry.get());
  if (cloud != nullptr) return *cloud;
  throw Error(ErrorKind::kUsage, who + " needs points")
      .found("a " + output.record->problem.geometry->name())
      .expected("a point cloud")
      .hint("apply_plan moves any values along the plan");
}

}  // namespace plan_detail

at::Tensor apply_plan(const SinkhornOutput& output, Direction direction, const at::Tensor& values) {
  const auto& record = *output.record;
  const auto& geometry = *record.problem.geometry;
  const bool by_rows = direction == Direction::kRows;
  check_matrix(values, "values moved along a plan", by_rows ? geometry.columns() : geometry.rows());
  if (values.scalar_type() != geometry.dtype()) {
    throw Error(ErrorKind::kData, "values have another type than the problem")
        .at("values moved along a plan")
        .found(c10::toString(values.scalar_type()))
        .expected(c10::toString(geometry.dtype()));
  }
  return plan_detail::Apply::apply(values, output.f, output.g, present(geometry.row_leaf()),
                                   present(geometry.column_leaf()), present(record.problem.epsilon), output.record,
                                   by_rows);
}

at::Tensor barycentric_map(const SinkhornOutput& output, Direction direction) {
  const auto& cloud = plan_detail::cloud_of(output, "the barycentric map");
  const bool by_rows = direction == Direction::kRows;
  const auto targets = by_rows ? cloud.column_leaf() : cloud.row_leaf();
  // The mass is one more column of values, so that its derivative is there too.
  const auto sums =
      apply_plan(output, direction, at::cat({targets, at::ones({targets.size(0), 1}, targets.options())}, 1));
  const auto mass = sums.slice(1, -1);
  const auto safe = at::where(mass > 0, mass, at::ones_like(mass));
  return sums.slice(1, 0, -1) / safe;
}

at::Tensor dense_plan(const SinkhornOutput& output, Index limit_bytes) {
  const auto& record = *output.record;
  const auto& geometry = *record.problem.geometry;
  check_dense_request("plan of a " + geometry.name(), geometry.rows(), geometry.columns(), geometry.dtype(),
                      limit_bytes);
  const auto cost = geometry.cost_matrix(limit_bytes);
  const auto epsilon = record.problem.epsilon.defined()
                           ? (record.problem.epsilon.reshape({}) * record.checked.scale).to(geometry.dtype())
                           : at::scalar_tensor(record.checked.epsilon, cost.options());
  // Rows and columns of weight zero have no finite potential: they get zeros without one.
  const auto finite = [](const at::Tensor& potential) {
    return at::where(at::isfinite(potential), potential, at::zeros_like(potential));
  };
  const auto kept = at::isfinite(output.f).unsqueeze(1) * at::isfinite(output.g).unsqueeze(0);
  const auto exponent = (finite(output.f).unsqueeze(1) + finite(output.g).unsqueeze(0) - cost) / epsilon;
  return at::where(kept, exponent, at::full_like(exponent, -std::numeric_limits<double>::infinity())).exp();
}

at::Tensor sparse_plan(const SinkhornOutput& output, double threshold) {
  if (!(threshold >= 0 && threshold <= 1)) {
    throw Error(ErrorKind::kUsage, "the threshold of a sparse plan is out of range")
        .found(number_text(threshold))
        .expected("a number in [0, 1]");
  }
  const auto& record = *output.record;
  const Index n = record.passes().rows();
  const Index m = record.passes().columns();
  std::vector<Index> rows;
  std::vector<Index> columns;
  std::vector<double> kept;
  std::vector<double> row(static_cast<std::size_t>(m));
  for (Index i = 0; i < n; ++i) {
    record.passes().plan_rows(record.plan(), i, 1, row.data());
    const double limit = threshold * *std::max_element(row.begin(), row.end());
    for (Index j = 0; j < m; ++j) {
      const double entry = row[static_cast<std::size_t>(j)];
      if (entry < limit || entry == 0) continue;
      rows.push_back(i);
      columns.push_back(j);
      kept.push_back(entry);
    }
  }
  const auto count = static_cast<Index>(kept.size());
  auto indices = at::empty({2, count}, at::kLong);
  std::copy(rows.begin(), rows.end(), indices.data_ptr<Index>());
  std::copy(columns.begin(), columns.end(), indices.data_ptr<Index>() + count);
  const auto& geometry = *record.problem.geometry;
  return at::sparse_coo_tensor(indices, to_tensor(kept, {count}, geometry.dtype()),
                               {geometry.rows(), geometry.columns()})
      .coalesce();
}

}  // namespace brenier::ot
