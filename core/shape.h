// Checks of tensors by shape letters, so that a wrong tensor is named where it enters.
//
//   ShapeLetters letters({{"D", config.features}});
//   letters.check(x, "x", "[N, D]");   // learns N
//   letters.check(a, "a", "[N]");      // must agree with x
//
//   a has the wrong shape
//     found:    [10]
//     expected: [N] with N = 12 (from x [12, 3])
//
// A pattern lists axes: a letter (learnt when first seen, then fixed), a number, "_" for any size, or "..." first for
// any number of leading axes. Sizes of zero are sizes like any other. All checks throw `kind` (kData unless told
// otherwise: the tensors come from outside; callers that make their own tensors pass kDefect). Letters of the house: B
// batch, N source, M target, D features, G genes, L latent, P perturbations, K contexts, T times.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <string>

#include "core/error.h"

namespace brenier {

class ShapeLetters final {
 public:
  ShapeLetters() = default;
  explicit ShapeLetters(const std::map<std::string, std::int64_t>& known, ErrorKind kind = ErrorKind::kData);

  void check(const at::Tensor& tensor, const std::string& name, const std::string& pattern);
  // The size learnt for a letter; throws kDefect when none was.
  [[nodiscard]] std::int64_t size(const std::string& letter) const;

 private:
  struct Size {
    std::int64_t size = 0;
    std::string origin;  // "x [12, 3]"; empty when given
  };
  [[nodiscard]] std::string explain(const std::string& pattern) const;

  std::map<std::string, Size> letters_;
  ErrorKind kind_ = ErrorKind::kData;
};

// One tensor against one pattern.
void check_shape(const at::Tensor& tensor, const std::string& name, const std::string& pattern,
                 const std::map<std::string, std::int64_t>& known = {}, ErrorKind kind = ErrorKind::kData);
// Both have the same shape, dtype and device.
void check_alike(const at::Tensor& a, const std::string& a_name, const at::Tensor& b, const std::string& b_name,
                 ErrorKind kind = ErrorKind::kData);
// float32 or float64.
void check_floating(const at::Tensor& tensor, const std::string& name, ErrorKind kind = ErrorKind::kData);
// No NaN or infinity; names the first bad index, its value and how many there are.
void check_finite(const at::Tensor& tensor, const std::string& name, ErrorKind kind = ErrorKind::kData);

}  // namespace brenier
