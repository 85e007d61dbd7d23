#include "models/condot/deep_set.h"

#include <ATen/ATen.h>

namespace brenier::models {
namespace deep_set_detail {

constexpr std::int64_t kHidden = 8;

}  // namespace deep_set_detail

DeepSet::DeepSet(std::int64_t width, RandomStream& stream)
    : encoder_({width, deep_set_detail::kHidden, deep_set_detail::kHidden}, "set_encoder", parameters_, stream),
      decoder_({deep_set_detail::kHidden, deep_set_detail::kHidden, width}, "set_decoder", parameters_, stream) {}

at::Tensor DeepSet::operator()(const at::Tensor& items) const {
  const auto pooled = items.size(0) == 0 ? at::zeros({1, deep_set_detail::kHidden}, items.options())
                                         : encoder_(items).amax(0, /*keepdim=*/true);
  return at::sigmoid(decoder_(pooled)).squeeze(0);
}

State DeepSet::state() const {
  State state;
  parameters_.append_to(state, "");
  return state;
}

Script DeepSet::script() const {
  Script script;
  script.source = encoder_.script("set_encode") + decoder_.script("set_decode") +
                  "def deep_set(self, items: Tensor) -> Tensor:\n"
                  "    pooled = torch.zeros([1, " +
                  std::to_string(deep_set_detail::kHidden) +
                  "])\n"
                  "    if items.size(0) > 0:\n"
                  "        pooled = torch.amax(self.set_encode(items), [0], True)\n"
                  "    return torch.sigmoid(self.set_decode(pooled)).squeeze(0)\n\n";
  encoder_.append_script_tensors(script.tensors);
  decoder_.append_script_tensors(script.tensors);
  return script;
}

}  // namespace brenier::models
