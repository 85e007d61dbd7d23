#include "ot/sinkhorn/tangent_tensors.h"

#include <ATen/ATen.h>

#include "core/error.h"
#include "core/shape.h"

namespace brenier::ot {
namespace tangent_tensors_detail {

void check_move(const at::Tensor& move, const at::Tensor& leaf, const std::string& name) {
  if (!move.defined()) return;
  if (!leaf.defined()) {
    throw Error(ErrorKind::kUsage, "a move is given for something that the geometry does not have").at(name);
  }
  if (move.sizes() == leaf.sizes()) return;
  throw Error(ErrorKind::kData, "a move has another shape than what it moves")
      .at(name)
      .found(std::to_string(move.numel()) + " values in " + std::to_string(move.dim()) + " axes")
      .expected(std::to_string(leaf.numel()) + " values in " + std::to_string(leaf.dim()) + " axes");
}

}  // namespace tangent_tensors_detail

ProblemTangent to_tangent(const SinkhornRecord& record, const SinkhornMove& move) {
  using tangent_tensors_detail::check_move;
  const auto& geometry = *record.problem.geometry;
  check_move(move.row_leaf, geometry.row_leaf(), "move of the row leaf");
  check_move(move.column_leaf, geometry.column_leaf(), "move of the column leaf");
  if (move.a.defined()) check_shape(move.a, "move of a", "[" + std::to_string(geometry.rows()) + "]");
  if (move.b.defined()) check_shape(move.b, "move of b", "[" + std::to_string(geometry.columns()) + "]");
  ProblemTangent out;
  out.leaves = {to_vector(move.row_leaf), to_vector(move.column_leaf)};
  out.a = to_vector(move.a);
  out.b = to_vector(move.b);
  if (move.epsilon.defined()) out.epsilon = record.checked.scale * move.epsilon.item<double>();
  return out;
}

SinkhornMove to_move(const SinkhornRecord& record, const ProblemTangent& tangent) {
  const auto& geometry = *record.problem.geometry;
  const auto dtype = geometry.dtype();
  const auto leaf = [&](const std::vector<double>& values, const at::Tensor& like) {
    return values.empty() ? at::Tensor() : to_tensor(values, like.sizes(), dtype);
  };
  SinkhornMove out;
  out.row_leaf = leaf(tangent.leaves.row, geometry.row_leaf());
  out.column_leaf = leaf(tangent.leaves.column, geometry.column_leaf());
  out.a = to_tensor(tangent.a, {geometry.rows()}, dtype);
  out.b = to_tensor(tangent.b, {geometry.columns()}, dtype);
  const auto& epsilon = record.problem.epsilon;
  if (epsilon.defined())
    out.epsilon = at::full(epsilon.sizes(), record.checked.scale * tangent.epsilon, epsilon.options());
  return out;
}

}  // namespace brenier::ot
