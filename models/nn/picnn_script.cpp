// The exported form of Picnn: TorchScript text over the same tensors. Kept apart from the network it mirrors; the
// agreement of both is a test.
#include <ATen/ATen.h>

#include "models/nn/picnn.h"

namespace brenier::models {
namespace picnn_script_detail {

std::string attribute(const std::string& name) {
  std::string text = "picnn_" + name;
  for (auto& c : text) {
    if (c == '.') c = '_';
  }
  return text;
}

std::string self(const std::string& name, std::size_t layer) {
  return "self." + attribute(name + "." + std::to_string(layer));
}

// Layer l of the effective weights, in the order A_l, b_l, W_l.
std::string potential(std::size_t hidden, const std::vector<Positivity>& positivity) {
  std::string text =
      "def potential(self, c: Tensor, kappa: Tensor) -> Tensor:\n"
      "    products = torch.bmm(self.picnn_quadratic_factor.transpose(1, 2), self.picnn_quadratic_factor)\n"
      "    d = products.size(1)\n"
      "    eye = torch.eye(d, dtype=products.dtype, device=products.device)\n"
      "    quadratic = (1.0 - kappa.sum()) * eye + torch.mm(kappa.unsqueeze(0), products.flatten(1)).view(d, d)\n"
      "    centres = torch.bmm(products, self.picnn_quadratic_centre.unsqueeze(2)).squeeze(2) - self.picnn_offset\n"
      "    parts = [quadratic.flatten(), torch.mv(centres.t(), kappa)]\n"
      "    u = c\n";
  for (std::size_t l = 0; l <= hidden; ++l) {
    text +=
        "    parts.append((" + self("x.kernel", l) + " * (torch.mv(" + self("x.scale", l) + ", u) + 1.0)).flatten())\n";
    text += "    parts.append(torch.mv(" + self("x.shift", l) + ", u) + " + self("x.bias", l) + ")\n";
    if (l > 0) {
      text += "    gate = self.soft_plus(torch.mv(" + self("z.gate", l) + ", u) + 0.54132485461291811)\n";
      text += "    parts.append((" + positivity_script(positivity[l], self("z.kernel", l)) + " * gate).flatten())\n";
    }
    if (l < hidden) {
      text += "    u = self.value(torch.mv(" + self("context.kernel", l) + ", u) + " + self("context.bias", l) + ")\n";
    }
  }
  return text + "    return torch.cat(parts)\n\n";
}

// T(x) = P x - r + sum_l A_l' d_l with the weights cut from the vector by constant offsets.
std::string transport(std::int64_t d, const std::vector<std::int64_t>& hidden) {
  std::string text = "def transport(self, x: Tensor, weights: Tensor) -> Tensor:\n";
  std::int64_t offset = 0;
  const auto cut = [&](const std::string& name, std::int64_t rows, std::int64_t cols) {
    const auto count = rows * (cols > 0 ? cols : 1);
    text += "    " + name + " = weights[" + std::to_string(offset) + ":" + std::to_string(offset + count) + "]";
    if (cols > 0) text += ".view(" + std::to_string(rows) + ", " + std::to_string(cols) + ")";
    text += "\n";
    offset += count;
  };
  cut("p", d, d);
  cut("r", d, 0);
  const std::size_t layers = hidden.size();
  for (std::size_t l = 0; l <= layers; ++l) {
    const auto n = std::to_string(l);
    const std::int64_t width = l == layers ? 1 : hidden[l];
    cut("a" + n, width, d);
    cut("b" + n, width, 0);
    if (l > 0) cut("w" + n, width, hidden[l - 1]);
    if (l == layers) break;
    text += "    s" + n + " = torch.addmm(b" + n + ", x, a" + n + ".t())\n";
    if (l == 0) {
      text += "    z = self.first_value(s0)\n";
    } else {
      text += "    s" + n + " = torch.addmm(s" + n + ", z, w" + n + ".t())\n";
      if (l + 1 < layers) text += "    z = self.value(s" + n + ")\n";
    }
  }
  const auto last = std::to_string(layers);
  text += "    y = torch.addmm((a" + last + " - r.unsqueeze(0)), x, p)\n";
  text += "    q = w" + last + "\n";
  for (std::size_t l = layers; l-- > 0;) {
    const auto n = std::to_string(l);
    text += std::string("    q = q * self.") + (l == 0 ? "first_slope" : "slope") + "(s" + n + ")\n";
    text += "    y = torch.addmm(y, q, a" + n + ")\n";
    if (l > 0) text += "    q = torch.mm(q, w" + n + ")\n";
  }
  return text + "    return y\n\n";
}

}  // namespace picnn_script_detail

Script Picnn::script() const {
  Script script;
  std::vector<Positivity> positivity;
  for (std::size_t l = 0; l < layers_.size(); ++l) positivity.push_back(positivity_of(l));
  script.source = activation_script(activation_) + picnn_script_detail::potential(settings_.hidden.size(), positivity) +
                  picnn_script_detail::transport(shape_.cell, settings_.hidden);
  for (const auto& [name, tensor] : state()) script.tensors.emplace_back(picnn_script_detail::attribute(name), tensor);
  return script;
}

}  // namespace brenier::models
