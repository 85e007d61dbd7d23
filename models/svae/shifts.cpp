#include "models/svae/shifts.h"

#include <ATen/ATen.h>

namespace brenier::models {

at::Tensor Shifts::effective() const {
  const auto mask = masks();
  return mask.defined() ? values() * (mask > 0.5).to(values().scalar_type()) : values();
}

}  // namespace brenier::models
