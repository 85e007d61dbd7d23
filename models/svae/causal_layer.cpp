#include "models/svae/causal_layer.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "core/error.h"

namespace brenier::models {
namespace causal_layer_detail {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

double activated(double u, bool relu) { return relu ? std::max(u, 0.0) : u; }

at::Tensor forward(const at::Tensor& exogenous, const at::Tensor& edges, bool relu) {
  auto out = exogenous.contiguous().clone();
  const auto matrix = edges.contiguous();
  const double* a = matrix.const_data_ptr<double>();
  double* u = out.mutable_data_ptr<double>();
  const auto width = out.size(1);
  for (std::int64_t b = 0; b < out.size(0); ++b, u += width) {
    for (std::int64_t j = 0; j < width; ++j) {
      const double value = activated(u[j], relu);
      const double* row = a + j * width;
      for (std::int64_t i = j + 1; i < width; ++i) u[i] += value * row[i];
    }
  }
  return out;
}

struct Layer final : torch::autograd::Function<Layer> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& exogenous, const at::Tensor& edges, bool relu) {
    auto out = causal_layer_detail::forward(exogenous, edges, relu);
    context->save_for_backward({out, edges});
    context->saved_data["relu"] = relu;
    return out;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const bool relu = context->saved_data["relu"].toBool();
    const auto u = saved[0].contiguous();
    const auto edges = saved[1].contiguous();
    auto exogenous = gradients[0].contiguous().clone();
    auto matrix = at::zeros_like(edges);
    const auto width = u.size(1);
    const double* a = edges.const_data_ptr<double>();
    const double* value = u.const_data_ptr<double>();
    double* da = matrix.mutable_data_ptr<double>();
    double* g = exogenous.mutable_data_ptr<double>();
    for (std::int64_t b = 0; b < u.size(0); ++b, value += width, g += width) {
      for (std::int64_t j = width - 1; j >= 0; --j) {
        const double phi = activated(value[j], relu);
        const bool open = !relu || value[j] > 0.0;
        double sum = 0.0;
        for (std::int64_t i = j + 1; i < width; ++i) {
          sum += a[j * width + i] * g[i];
          da[j * width + i] += phi * g[i];
        }
        if (open) g[j] += sum;
      }
    }
    return {exogenous, matrix, at::Tensor()};
  }
};

}  // namespace causal_layer_detail

at::Tensor causal_layer(const at::Tensor& exogenous, const at::Tensor& edges, CausalKind kind) {
  const bool fits = exogenous.dim() == 2 && edges.dim() == 2 && edges.size(0) == edges.size(1) &&
                    exogenous.size(1) == edges.size(0) && exogenous.scalar_type() == at::kDouble &&
                    edges.scalar_type() == at::kDouble;
  if (!fits) throw Error(ErrorKind::kDefect, "the causal layer takes float64 e [B, L] and A [L, L]");
  return causal_layer_detail::Layer::apply(exogenous, edges, kind == CausalKind::kRelu);
}

std::string causal_script(CausalKind kind) {
  const std::string phi = kind == CausalKind::kRelu ? "torch.relu(u[:, j])" : "u[:, j]";
  return "def causal(self, e: Tensor) -> Tensor:\n"
         "    u = e.clone()\n"
         "    a = torch.triu(self.edges, 1)\n"
         "    for j in range(u.size(1)):\n"
         "        u = u + torch.outer(" +
         phi +
         ", a[j])\n"
         "    return u\n\n";
}

}  // namespace brenier::models
