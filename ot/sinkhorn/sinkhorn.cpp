#include "ot/sinkhorn/sinkhorn.h"

#include <ATen/ATen.h>

#include <chrono>
#include <utility>

#include "ot/sinkhorn/outputs.h"
#include "ot/sinkhorn/tangent_tensors.h"

namespace brenier::ot {
SinkhornOutput sinkhorn(const LinearProblem& problem, const SinkhornSettings& settings, const SinkhornStart& start) {
  const auto begun = std::chrono::steady_clock::now();
  auto record = std::make_shared<SinkhornRecord>();
  record->problem = problem;
  record->checked = check_problem(problem);
  record->settings = memory_for(settings, wants_gradient(problem));
  record->solution = solve_sinkhorn(record->passes(), record->checked, start, record->settings);
  record->seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  return sinkhorn_outputs({std::move(record)}).front();
}

SinkhornMoved sinkhorn_jvp(const SinkhornOutput& output, const SinkhornMove& move) {
  const auto& record = *output.record;
  const auto tangent = to_tangent(record, move);
  const auto moved = potential_move(record.solved(), tangent, record.settings.implicit);
  const auto gradient = envelope_gradient(
      record.solved(), {!tangent.leaves.row.empty(), !tangent.leaves.column.empty(), tangent.epsilon != 0});
  double value = gradient.epsilon * tangent.epsilon;
  const auto add = [&value](const std::vector<double>& slope, const std::vector<double>& step) {
    for (std::size_t k = 0; k < step.size(); ++k) value += slope[k] * step[k];
  };
  add(gradient.leaves.row, tangent.leaves.row);
  add(gradient.leaves.column, tangent.leaves.column);
  add(gradient.a, tangent.a);
  add(gradient.b, tangent.b);
  const auto dtype = record.problem.geometry->dtype();
  return {to_tensor(moved.f, {record.passes().rows()}, dtype), to_tensor(moved.g, {record.passes().columns()}, dtype),
          at::scalar_tensor(value, at::TensorOptions().dtype(dtype))};
}

SinkhornMove sinkhorn_hvp(const SinkhornOutput& output, const SinkhornMove& move) {
  const auto& record = *output.record;
  const auto& geometry = *record.problem.geometry;
  auto out = to_move(record, envelope_move(record.solved(), to_tangent(record, move),
                                           {geometry.row_leaf().defined(), geometry.column_leaf().defined(), false},
                                           record.settings.implicit));
  out.epsilon = at::Tensor();
  return out;
}

}  // namespace brenier::ot
