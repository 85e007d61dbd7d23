#include "ot/barycentre/differentiable_weights.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <utility>

#include "core/error.h"
#include "ot/barycentre/barycentre_pullback.h"
#include "ot/geometry/held.h"
#include "ot/sinkhorn/tangent_tensors.h"

namespace brenier::ot {
namespace differentiable_weights_detail {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

// The gradient has no graph of its own: this says so instead of a silent zero.
struct OnceOnly : public Function<OnceOnly> {
  static at::Tensor forward(AutogradContext*, const at::Tensor& gradient, const at::Tensor& /*cotangent*/,
                            const at::Tensor& /*histograms*/) {
    return gradient.clone();
  }
  static variable_list backward(AutogradContext*, const variable_list&) {
    throw Error(ErrorKind::kUsage, "second derivatives of a barycentre are not computed")
        .at("weights of a barycentre")
        .hint("take finite differences of the gradient");
  }
};

// From all histograms, one after the other, to the weights.
struct Node : public Function<Node> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& histograms,
                            const std::shared_ptr<const BarycentreRecord>& record) {
    ctx->saved_data["record"] = hold(record);
    ctx->save_for_backward({histograms});
    const auto& weights = record->solution.barycentre;
    return to_tensor(weights, {static_cast<Index>(weights.size())}, histograms.scalar_type());
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& cotangents) {
    const auto record = held<BarycentreRecord>(ctx->saved_data["record"]);
    const auto gradients =
        barycentre_pullback(record->problem, record->solution, to_vector(cotangents[0]), record->implicit);
    std::vector<double> all;
    for (const auto& gradient : gradients) all.insert(all.end(), gradient.begin(), gradient.end());
    auto out = to_tensor(all, {static_cast<Index>(all.size())}, cotangents[0].scalar_type());
    if (at::GradMode::is_enabled()) out = OnceOnly::apply(out, cotangents[0], ctx->get_saved_variables()[0]);
    return {out, at::Tensor()};
  }
};

}  // namespace differentiable_weights_detail

at::Tensor differentiable_weights(std::shared_ptr<const BarycentreRecord> record,
                                  const std::vector<at::Tensor>& histograms) {
  return differentiable_weights_detail::Node::apply(at::cat(histograms), std::move(record));
}

}  // namespace brenier::ot
