#include "models/nn/positivity.h"

#include "core/error.h"

namespace brenier::models {

const std::vector<std::string>& positivity_names() {
  static const std::vector<std::string> names = {"clamp", "penalty", "softplus", "rectifier"};
  return names;
}

Positivity positivity_from(const std::string& name) {
  const auto& names = positivity_names();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<Positivity>(i);
  }
  throw Error(ErrorKind::kDefect, "unknown positivity").found("'" + name + "'").expected(quoted_list(names));
}

std::string positivity_script(Positivity positivity, const std::string& tensor) {
  if (positivity == Positivity::kSoftplus) return "self.soft_plus(" + tensor + ")";
  if (positivity == Positivity::kRectifier) return "torch.clamp(" + tensor + ", min=0.0)";
  return tensor;
}

}  // namespace brenier::models
