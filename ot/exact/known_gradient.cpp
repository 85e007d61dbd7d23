#include "ot/exact/known_gradient.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <sstream>

#include "core/error.h"
#include "core/shape.h"
#include "ot/exact/masses.h"

namespace brenier::ot {
namespace known_gradient_detail {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

class KnownGradientFunction : public torch::autograd::Function<KnownGradientFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& first, const at::Tensor& second,
                            const at::Tensor& third, const at::Tensor& fourth, const at::Tensor& value,
                            const KnownGradients& known) {
    (void)first, (void)second, (void)third, (void)fourth;
    context->save_for_backward(variable_list(known.gradients.begin(), known.gradients.end()));
    context->saved_data["piecewise_linear"] = known.piecewise_linear;
    return value.clone();
  }

  static variable_list backward(AutogradContext* context, const variable_list& output_gradients) {
    if (at::GradMode::is_enabled() && !context->saved_data["piecewise_linear"].toBool()) {
      throw Error(ErrorKind::kUsage, "exact transport has first derivatives only")
          .found("a backward pass that is to be differentiated again (create_graph)")
          .hint("take the entropic solver, which has second derivatives");
    }
    const variable_list saved = context->get_saved_variables();
    variable_list out;
    for (std::size_t k = 0; k < kKnownInputs; ++k) {
      if (!saved[k].defined() || !context->needs_input_grad(k)) {
        out.emplace_back();
        continue;
      }
      out.push_back(output_gradients[0] * (saved[k].is_sparse() ? saved[k].to_dense() : saved[k]));
    }
    out.resize(kKnownInputs + 2);  // the value and the record itself
    return out;
  }
};

std::string kind_text(const at::Tensor& tensor) {
  std::ostringstream text;
  text << tensor.scalar_type() << " on " << tensor.device();
  return text.str();
}

}  // namespace known_gradient_detail

bool needs_gradient(std::initializer_list<at::Tensor> tensors) {
  return at::GradMode::is_enabled() && std::any_of(tensors.begin(), tensors.end(), [](const at::Tensor& tensor) {
           return tensor.defined() && tensor.requires_grad();
         });
}

at::Tensor with_known_gradients(const at::Tensor& value, const KnownGradients& known) {
  std::array<at::Tensor, kKnownInputs> inputs = known.inputs;
  for (at::Tensor& input : inputs) {
    if (!input.defined()) input = at::empty({0}, value.options());
  }
  return known_gradient_detail::KnownGradientFunction::apply(inputs[0], inputs[1], inputs[2], inputs[3], value, known);
}

std::vector<double> weight_values(const at::Tensor& weights, const std::string& name, std::int64_t count,
                                  const at::Tensor& like) {
  const auto size = static_cast<std::size_t>(count);
  if (!weights.defined()) return std::vector<double>(size, 1.0 / static_cast<double>(count));
  check_shape(weights, name, "[" + std::to_string(count) + "]");
  check_floating(weights, name);
  check_same_kind(weights, name, like, "the points or costs");
  return to_vector(weights);
}

double mass_tolerance_of(const at::Tensor& like) {
  return like.scalar_type() == at::kFloat ? kMassToleranceSingle : kMassTolerance;
}

void check_same_kind(const at::Tensor& a, const std::string& a_name, const at::Tensor& b, const std::string& b_name) {
  if (a.scalar_type() == b.scalar_type() && a.device() == b.device()) return;
  throw Error(ErrorKind::kData, a_name + " and " + b_name + " differ in dtype or device")
      .found(a_name + " is " + known_gradient_detail::kind_text(a) + ", " + b_name + " " +
             known_gradient_detail::kind_text(b))
      .expected("one dtype and one device");
}

}  // namespace brenier::ot
