#include "core/shape.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/isfinite.h>

#include <cctype>
#include <cstddef>
#include <utility>
#include <vector>

#include "core/number_text.h"

namespace brenier {
namespace shape_detail {

std::string shape_text(c10::IntArrayRef sizes) {
  std::string text = "[";
  for (std::size_t i = 0; i < sizes.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(sizes[i]);
  return text + "]";
}

// "[..., N, 3]" -> {"...", "N", "3"}.
std::vector<std::string> axes_of(const std::string& pattern) {
  std::vector<std::string> axes;
  std::string axis;
  const auto finish = [&] {
    if (!axis.empty()) axes.push_back(std::exchange(axis, ""));
  };
  for (const char c : pattern) {
    if (c == '[' || c == ']' || c == ',' || c == ' ') {
      finish();
    } else {
      axis += c;
    }
  }
  finish();
  return axes;
}

bool is_number(const std::string& axis) { return std::isdigit(static_cast<unsigned char>(axis[0])) != 0; }

void check_defined(const at::Tensor& tensor, const std::string& name, ErrorKind kind) {
  if (!tensor.defined()) throw Error(kind, name + " is an undefined tensor").expected("a tensor with values");
}

// Whether all values are finite: 0 times a NaN or an infinity is NaN, and stays in the sum.
template <class T>
bool has_finite_sum(const at::Tensor& tensor) {
  const T* values = tensor.const_data_ptr<T>();
  T sum = 0;
  for (std::int64_t k = 0; k < tensor.numel(); ++k) sum += T(0) * values[k];
  return sum == T(0);
}

// True where all values are certainly finite.
bool plainly_finite(const at::Tensor& tensor) {
  if (!tensor.device().is_cpu() || !tensor.is_contiguous()) return false;
  if (tensor.scalar_type() == at::kFloat) return has_finite_sum<float>(tensor);
  if (tensor.scalar_type() == at::kDouble) return has_finite_sum<double>(tensor);
  return false;
}

}  // namespace shape_detail

ShapeLetters::ShapeLetters(const std::map<std::string, std::int64_t>& known, ErrorKind kind) : kind_(kind) {
  for (const auto& [letter, size] : known) letters_[letter] = {size, ""};
}

std::int64_t ShapeLetters::size(const std::string& letter) const {
  const auto found = letters_.find(letter);
  if (found == letters_.end())
    throw Error(ErrorKind::kDefect, "no tensor was checked that has the axis '" + letter + "'");
  return found->second.size;
}

std::string ShapeLetters::explain(const std::string& pattern) const {
  std::string text;
  for (const std::string& axis : shape_detail::axes_of(pattern)) {
    const auto known = letters_.find(axis);
    if (known == letters_.end()) continue;
    const std::string part = axis + " = " + std::to_string(known->second.size) +
                             (known->second.origin.empty() ? "" : " (from " + known->second.origin + ")");
    if (text.find(part) == std::string::npos) text += (text.empty() ? " with " : ", ") + part;
  }
  return pattern + text;
}

void ShapeLetters::check(const at::Tensor& tensor, const std::string& name, const std::string& pattern) {
  shape_detail::check_defined(tensor, name, kind_);
  std::vector<std::string> axes = shape_detail::axes_of(pattern);
  const bool leading = !axes.empty() && axes[0] == "...";
  if (leading) axes.erase(axes.begin());
  const auto dimensions = static_cast<std::size_t>(tensor.dim());
  bool fits = leading ? dimensions >= axes.size() : dimensions == axes.size();
  std::map<std::string, Size> learnt;  // kept only when the whole shape fits
  for (std::size_t i = 0; fits && i < axes.size(); ++i) {
    const std::string& axis = axes[i];
    const std::int64_t size = tensor.size(static_cast<std::int64_t>(dimensions - axes.size() + i));
    if (axis == "_") continue;
    if (shape_detail::is_number(axis)) {
      fits = std::to_string(size) == axis;
    } else if (const auto known = letters_.find(axis); known != letters_.end()) {
      fits = known->second.size == size;
    } else {
      fits =
          learnt.emplace(axis, Size{size, name + " " + shape_detail::shape_text(tensor.sizes())}).first->second.size ==
          size;
    }
  }
  if (!fits) {
    throw Error(kind_, name + " has the wrong shape")
        .found(shape_detail::shape_text(tensor.sizes()))
        .expected(explain(pattern));
  }
  letters_.merge(learnt);
}

void check_shape(const at::Tensor& tensor, const std::string& name, const std::string& pattern,
                 const std::map<std::string, std::int64_t>& known, ErrorKind kind) {
  ShapeLetters(known, kind).check(tensor, name, pattern);
}

void check_alike(const at::Tensor& a, const std::string& a_name, const at::Tensor& b, const std::string& b_name,
                 ErrorKind kind) {
  shape_detail::check_defined(a, a_name, kind);
  shape_detail::check_defined(b, b_name, kind);
  const auto differ = [&](const char* what, const std::string& of_a, const std::string& of_b) {
    if (of_a != of_b)
      throw Error(kind, a_name + " and " + b_name + " differ in " + what)
          .found(a_name + " " + of_a + ", " + b_name + " " + of_b);
  };
  differ("shape", shape_detail::shape_text(a.sizes()), shape_detail::shape_text(b.sizes()));
  differ("dtype", c10::toString(a.scalar_type()), c10::toString(b.scalar_type()));
  differ("device", a.device().str(), b.device().str());
}

void check_floating(const at::Tensor& tensor, const std::string& name, ErrorKind kind) {
  shape_detail::check_defined(tensor, name, kind);
  if (tensor.scalar_type() == at::kFloat || tensor.scalar_type() == at::kDouble) return;
  throw Error(kind, name + " has the wrong type of number")
      .found(c10::toString(tensor.scalar_type()))
      .expected("float32 or float64");
}

void check_finite(const at::Tensor& tensor, const std::string& name, ErrorKind kind) {
  shape_detail::check_defined(tensor, name, kind);
  if (!tensor.is_floating_point() && !tensor.is_complex()) return;
  if (shape_detail::plainly_finite(tensor)) return;
  const at::NoGradGuard no_grad;
  const at::Tensor bad = at::isfinite(tensor).logical_not().flatten();
  const auto count = bad.sum().item<std::int64_t>();
  if (count == 0) return;
  const auto flat = bad.nonzero()[0].item<std::int64_t>();
  std::vector<std::int64_t> index(static_cast<std::size_t>(tensor.dim()));
  std::int64_t rest = flat;
  for (std::size_t axis = index.size(); axis-- > 0;) {
    const std::int64_t size = tensor.size(static_cast<std::int64_t>(axis));
    index[axis] = rest % size;
    rest /= size;
  }
  const std::string value =
      tensor.is_complex() ? "a complex number" : number_text(tensor.flatten()[flat].to(at::kDouble).item<double>());
  throw Error(kind, name + " has values that are not finite")
      .at(name + shape_detail::shape_text(index))
      .found(value + (count > 1 ? ", the first of " + std::to_string(count) : ""))
      .expected("finite numbers");
}

}  // namespace brenier
