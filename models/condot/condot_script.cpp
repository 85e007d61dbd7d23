// The exported form of Condot: encode_context turns the control population into one vector, forward moves cells by it.
#include <string>

#include "core/number_text.h"
#include "models/condot/condot.h"

namespace brenier::models {

Script Condot::export_script() const {
  Script script;
  const auto append = [&script](const Script& part) {
    script.source += part.source;
    script.tensors.insert(script.tensors.end(), part.tensors.begin(), part.tensors.end());
  };
  append(latent_->script());
  append(features_.script());
  if (g_set_) append(g_set_->script());
  append(kernel_.script());
  append(g_.script());
  script.tensors.emplace_back("scale", scale_);
  script.tensors.emplace_back("floor", floor_);
  const auto width = std::to_string(latent_->width());
  // The context vector: control mean [L], shift [L], then the weights of the context's potential.
  script.source += R"(def encode_context(self, control: Tensor, actions: Tensor, covariates: Tensor) -> Tensor:
    z = self.encode(control)
    centre = torch.mean(z, 0)
    items = self.set_items(actions)
    place = self.set_place(items)
    traits = self.trait_row(covariates)
)";
  const auto known = std::to_string(features_.training_actions());
  const auto all = std::to_string(features_.vocabulary().actions.size());
  script.source += "    others = self.set_rows[" + known + ":" + all + "][actions[" + known + ":" + all + "] > 0]\n";
  script.source += "    unknown = ";
  script.source += features_.vocabulary().unknown_actions ? "float(actions[-1].item())\n" : "0.0\n";
  script.source += "    means = self.kernel_weights(actions[:" + known + "], centre, place, traits, others, unknown)\n";
  if (settings_.context == "none") {
    script.source += "    means = torch.full_like(means, 1.0 / means.size(0))\n";
  }
  script.source +=
      "    near = torch.clamp(means, min=0.0)\n"
      "    kappa = near\n"
      "    near = near / torch.clamp(torch.sum(near), min=1.0)\n";
  if (settings_.anchor_mean) script.source += "    kappa = near\n";
  if (settings_.context == "kernel") {
    script.source += "    path = kappa\n";
  } else if (settings_.context == "none") {
    script.source += "    path = torch.ones([1])\n";
  } else {
    script.source += std::string("    path = torch.cat([") + (g_set_ ? "self.deep_set(items)" : "place") +
                     ", self.other_covariates(covariates), traits])\n";
  }
  script.source += R"(    weights = self.potential(path, kappa)
    similar = torch.mv(self.kernel_descriptors.t(), near) / torch.sum(near)
)";
  script.source += settings_.relative ? "    origin = centre\n" : "    origin = self.origin\n";
  if (!settings_.relative) script.tensors.emplace_back("origin", origin_);
  script.source += std::string("    shift = ") + (settings_.anchor_mean ? "centre" : "origin") + " - " +
                   number_text(1.0 - settings_.retention) + " * (centre - similar)\n";
  if (settings_.anchor_mean) {
    script.source += R"(    moved = torch.mean(self.transport((z - origin) / self.scale, weights), 0)
    shift = shift + torch.mv(self.kernel_shifts.t(), means) - self.scale * moved
)";
  }
  script.source +=
      "    return torch.cat([origin, shift, weights])\n\n"
      "def forward(self, cells: Tensor, context: Tensor) -> Tensor:\n"
      "    z = self.encode(cells)\n"
      "    moved = self.transport((z - context[:" +
      width + "]) / self.scale, context[2 * " + width +
      ":])\n"
      "    x = self.decode(moved * self.scale + context[" +
      width + ":2 * " + width + "])\n";
  if (settings_.readout == "residual") script.source += "    x = cells + x - self.decode(z)\n";
  if (settings_.readout == "fold") {
    const auto offset = number_text(kFoldOffset);
    script.source += "    a = torch.clamp(self.decode(z), min=0.0) + " + offset +
                     "\n"
                     "    b = torch.clamp(x, min=0.0) + " +
                     offset +
                     "\n"
                     "    x = torch.where(b >= a, cells + b - a, cells * b / a)\n";
  }
  script.source += "    return torch.maximum(x, self.floor)\n\n";
  return script;
}

}  // namespace brenier::models
