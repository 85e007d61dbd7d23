#include "models/nn/activation.h"

#include "core/error.h"

namespace brenier::models {

const std::vector<std::string>& activation_names() {
  static const std::vector<std::string> names = {"leaky_relu", "softplus", "celu", "squared_relu"};
  return names;
}

Activation activation_from(const std::string& name) {
  const auto& names = activation_names();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<Activation>(i);
  }
  throw Error(ErrorKind::kDefect, "unknown activation").found("'" + name + "'").expected(quoted_list(names));
}

bool is_piecewise_linear(Activation activation) { return activation == Activation::kLeakyRelu; }

std::string activation_script(Activation activation) {
  std::string act;
  std::string slope;
  switch (activation) {
    case Activation::kLeakyRelu:
      act = "torch.leaky_relu(a, 0.2)";
      slope = "torch.where(a > 0, torch.ones_like(a), torch.full_like(a, 0.2))";
      break;
    case Activation::kSoftplus:
      act = "self.soft_plus(a)";
      slope = "torch.sigmoid(a)";
      break;
    case Activation::kCelu:
      act = "torch.celu(a)";
      slope = "torch.exp(torch.clamp(a, max=0.0))";
      break;
    case Activation::kSquaredRelu:
      act = "0.5 * torch.relu(a) * torch.relu(a)";
      slope = "torch.relu(a)";
      break;
  }
  const bool squared = is_piecewise_linear(activation);
  const std::string first_value = squared ? "self.value(a) * self.value(a)" : "self.value(a)";
  const std::string first_slope = squared ? "2.0 * self.value(a) * self.slope(a)" : "self.slope(a)";
  const auto method = [](const std::string& name, const std::string& body) {
    return "def " + name + "(self, a: Tensor) -> Tensor:\n    return " + body + "\n\n";
  };
  return method("soft_plus", "torch.clamp(a, min=0.0) + torch.log1p(torch.exp(-torch.abs(a)))") + method("value", act) +
         method("slope", slope) + method("first_value", first_value) + method("first_slope", first_slope);
}

}  // namespace brenier::models
