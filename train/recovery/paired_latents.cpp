#include "train/recovery/paired_latents.h"

#include <ATen/ATen.h>

#include <string>

#include "core/error.h"
#include "core/shape.h"

namespace brenier::train {

void check_paired_latents(const at::Tensor& latents, const at::Tensor& truth) {
  ShapeLetters letters;
  letters.check(latents, "latents", "[N, L]");
  letters.check(truth, "true latents", "[N, M]");
  check_finite(latents, "latents");
  check_finite(truth, "true latents");
  if (latents.size(0) < 2) {
    throw Error(ErrorKind::kData, "latents are compared on at least two cells").found(std::to_string(latents.size(0)));
  }
}

}  // namespace brenier::train
