#include "models/cmonge/context_map.h"

#include <ATen/ATen.h>

namespace brenier::models {
namespace context_map_detail {

// mean over rows of gelu(layer(rows)), 0 without rows.
at::Tensor pooled(const Mlp& layer, const at::Tensor& rows, std::int64_t width) {
  if (rows.size(0) == 0) return at::zeros({width}, rows.options());
  return at::gelu(layer(rows)).mean(0);
}

}  // namespace context_map_detail

ContextMap::ContextMap(const ContextMapShape& shape, RandomStream& stream) : shape_(shape) {
  if (shape.actions > 0)
    actions_.emplace(std::vector{shape.actions, shape.action_width}, "map_actions", parameters_, stream);
  if (shape.doses > 0) doses_.emplace(std::vector{shape.doses, shape.doses}, "map_doses", parameters_, stream);
  if (shape.covariates > 0 && shape.covariate_width > 0) {
    covariates_.emplace(std::vector{shape.covariates, shape.covariate_width}, "map_covariates", parameters_, stream);
  }
  std::vector<std::int64_t> widths = {shape.width + code_width()};
  widths.insert(widths.end(), shape.hidden.begin(), shape.hidden.end());
  widths.push_back(shape.width);
  displacement_.emplace(widths, "map_displacement", parameters_, stream, MlpActivation::kGelu);
  displacement_->zero_last();
}

std::int64_t ContextMap::code_width() const {
  return (actions_ ? shape_.action_width : 0) + (doses_ ? shape_.doses : 0) +
         (covariates_ ? shape_.covariate_width : 0);
}

at::Tensor ContextMap::code(const at::Tensor& items, const at::Tensor& covariates) const {
  using context_map_detail::pooled;
  std::vector<at::Tensor> parts = {at::zeros({0})};
  if (actions_) parts.push_back(pooled(*actions_, items.narrow(1, 0, shape_.actions), shape_.action_width));
  if (doses_) parts.push_back(pooled(*doses_, items.narrow(1, shape_.actions, shape_.doses), shape_.doses));
  if (covariates_) parts.push_back(pooled(*covariates_, covariates.unsqueeze(0), shape_.covariate_width));
  return at::cat(parts);
}

at::Tensor ContextMap::operator()(const at::Tensor& x, const at::Tensor& code) const {
  return x + (*displacement_)(at::cat({x, code.unsqueeze(0).expand({x.size(0), code.size(0)})}, 1));
}

State ContextMap::state() const {
  State state;
  parameters_.append_to(state, "");
  return state;
}

Script ContextMap::script() const {
  Script script;
  std::string code = "def map_code(self, items: Tensor, covariates: Tensor) -> Tensor:\n    code = torch.zeros([0])\n";
  const auto add = [&](const Mlp& layer, const std::string& method, const std::string& rows, std::int64_t width) {
    script.source += layer.script(method);
    layer.append_script_tensors(script.tensors);
    code += "    part = torch.zeros([" + std::to_string(width) + "])\n    rows = " + rows +
            "\n    if rows.size(0) > 0:\n        part = torch.mean(torch.gelu(self." + method +
            "(rows)), 0)\n    code = torch.cat([code, part])\n";
  };
  const auto m = std::to_string(shape_.actions);
  if (actions_) add(*actions_, "embed_actions", "items[:, :" + m + "]", shape_.action_width);
  if (doses_) add(*doses_, "embed_doses", "items[:, " + m + ":]", shape_.doses);
  if (covariates_) add(*covariates_, "embed_covariates", "covariates.unsqueeze(0)", shape_.covariate_width);
  script.source += code + "    return code\n\n" + displacement_->script("map_displacement");
  displacement_->append_script_tensors(script.tensors);
  script.source +=
      "def map_cells(self, x: Tensor, code: Tensor) -> Tensor:\n"
      "    codes = code.unsqueeze(0).expand(x.size(0), code.size(0))\n"
      "    return x + self.map_displacement(torch.cat([x, codes], 1))\n\n";
  return script;
}

}  // namespace brenier::models
