#include "ot/cost/custom_cost.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include <utility>

#include "core/error.h"

namespace brenier::ot {
namespace custom_cost_detail {

template <class T>
at::Tensor view(const T* values, Index rows, Index columns) {
  // from_blob wants a pointer to mutable data; nothing here writes to it.
  return at::from_blob(const_cast<T*>(values), {rows, columns},  // NOLINT(cppcoreguidelines-pro-type-const-cast)
                       at::TensorOptions().dtype(c10::CppTypeToScalarType<T>::value));
}

template <class T>
void copy_to(const at::Tensor& from, T* out) {
  at::from_blob(out, from.sizes(), at::TensorOptions().dtype(c10::CppTypeToScalarType<T>::value)).copy_(from);
}

void add_to(const at::Tensor& from, double* out) {
  if (from.defined())
    at::from_blob(out, from.sizes(), at::TensorOptions().dtype(at::kDouble)).add_(from.to(at::kDouble));
}

// Points of a block as leaves of a fresh graph.
template <class T>
std::pair<at::Tensor, at::Tensor> leaves(const PairBlock<T>& block) {
  auto x = view(block.x, block.rows, block.dimension).clone();
  auto y = view(block.y, block.columns, block.dimension).clone();
  x.requires_grad_(true);
  y.requires_grad_(true);
  return {x, y};
}

at::Tensor gradient_of(const at::Tensor& output, const at::Tensor& input, const at::Tensor& cotangent, bool again) {
  const auto gradient = torch::autograd::grad({output}, {input}, {cotangent}, std::nullopt, again, true)[0];
  return gradient.defined() ? gradient : at::zeros_like(input);
}

// The move of the costs, d1 c . x' + d2 c . y', as a differentiable tensor: the derivative of the pullback in its
// cotangent.
template <class T>
at::Tensor moved(const at::Tensor& costs, const at::Tensor& x, const at::Tensor& y, const PairTangent& move) {
  auto dummy = at::zeros_like(costs);
  dummy.requires_grad_(true);
  auto total = at::zeros_like(costs);
  const auto add = [&](const at::Tensor& points, const double* direction) {
    if (direction == nullptr) return;
    const auto pulled = gradient_of(costs, points, dummy, true);
    if (!pulled.requires_grad()) return;
    const auto step = view(direction, points.size(0), points.size(1)).to(points.scalar_type());
    total = total + gradient_of(pulled, dummy, step, true);
  };
  add(x, move.x);
  add(y, move.y);
  return total;
}

}  // namespace custom_cost_detail

CustomCost::CustomCost(std::string name, Function function) : name_(std::move(name)), function_(std::move(function)) {}

at::Tensor CustomCost::evaluate(const at::Tensor& x, const at::Tensor& y, bool swapped) const {
  const auto costs = swapped ? function_(y, x) : function_(x, y);
  const auto rows = swapped ? y.size(0) : x.size(0);
  const auto columns = swapped ? x.size(0) : y.size(0);
  if (!costs.defined() || costs.dim() != 2 || costs.size(0) != rows || costs.size(1) != columns) {
    throw Error(ErrorKind::kData, "the cost function returned another shape than it was asked for")
        .at("cost '" + name_ + "'")
        .found(costs.defined() ? "[" +
                                     [&] {
                                       std::string text;
                                       for (const auto size : costs.sizes())
                                         text += (text.empty() ? "" : ", ") + std::to_string(size);
                                       return text;
                                     }() +
                                     "]"
                               : "no tensor")
        .expected("[" + std::to_string(rows) + ", " + std::to_string(columns) + "], one cost a pair");
  }
  return (swapped ? costs.t() : costs).to(x.scalar_type());
}

template <class T>
void CustomCost::values_of(const PairBlock<T>& block, T* out) const {
  const at::NoGradGuard no_grad;
  const auto x = custom_cost_detail::view(block.x, block.rows, block.dimension);
  const auto y = custom_cost_detail::view(block.y, block.columns, block.dimension);
  custom_cost_detail::copy_to(evaluate(x, y, block.swapped), out);
}

template <class T>
void CustomCost::gradient_of(const PairBlock<T>& block, const T* weights, double* out) const {
  const at::AutoGradMode enabled(true);
  const auto [x, y] = custom_cost_detail::leaves(block);
  const auto costs = evaluate(x, y, block.swapped);
  if (!costs.requires_grad()) return;
  custom_cost_detail::add_to(
      custom_cost_detail::gradient_of(costs, x, custom_cost_detail::view(weights, block.rows, block.columns), false),
      out);
}

template <class T>
void CustomCost::tangents_of(const PairBlock<T>& block, const PairTangent& move, T* out) const {
  const at::AutoGradMode enabled(true);
  const auto [x, y] = custom_cost_detail::leaves(block);
  const auto costs = evaluate(x, y, block.swapped);
  auto total = at::zeros_like(costs);
  if (costs.requires_grad()) total = custom_cost_detail::moved<T>(costs, x, y, move);
  custom_cost_detail::copy_to(total.detach(), out);
}

template <class T>
void CustomCost::second_of(const PairBlock<T>& block, const T* weights, const PairTangent& move, double* out) const {
  const at::AutoGradMode enabled(true);
  const auto [x, y] = custom_cost_detail::leaves(block);
  const auto costs = evaluate(x, y, block.swapped);
  if (!costs.requires_grad()) return;
  const auto total = custom_cost_detail::moved<T>(costs, x, y, move);
  if (!total.requires_grad()) return;
  custom_cost_detail::add_to(
      custom_cost_detail::gradient_of(total, x, custom_cost_detail::view(weights, block.rows, block.columns), false),
      out);
}

void CustomCost::values(const PairBlock<float>& block, float* out) const { values_of(block, out); }
void CustomCost::values(const PairBlock<double>& block, double* out) const { values_of(block, out); }
void CustomCost::gradient(const PairBlock<float>& block, const float* weights, double* out) const {
  gradient_of(block, weights, out);
}
void CustomCost::gradient(const PairBlock<double>& block, const double* weights, double* out) const {
  gradient_of(block, weights, out);
}
void CustomCost::tangents(const PairBlock<float>& block, const PairTangent& move, float* out) const {
  tangents_of(block, move, out);
}
void CustomCost::tangents(const PairBlock<double>& block, const PairTangent& move, double* out) const {
  tangents_of(block, move, out);
}
void CustomCost::second(const PairBlock<float>& block, const float* weights, const PairTangent& move,
                        double* out) const {
  second_of(block, weights, move, out);
}
void CustomCost::second(const PairBlock<double>& block, const double* weights, const PairTangent& move,
                        double* out) const {
  second_of(block, weights, move, out);
}

}  // namespace brenier::ot
