#include "models/svae/shifts.h"

#include <ATen/ATen.h>

namespace brenier::models {

at::Tensor Shifts::effective() const {
  const auto mask = masks();
  return mask.defined() ? values() * (mask > 0.5).to(values().scalar_type()) : values();
}

at::Tensor Shifts::fixed_logits(const at::Tensor& masks) { return (masks > 0.5).to(at::kFloat) * 80.0 - 40.0; }

}  // namespace brenier::models
