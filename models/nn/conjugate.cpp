#include "models/nn/conjugate.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"

namespace brenier::models {
namespace conjugate_detail {

constexpr double kFlatEnough = 0.8;  // of the first slope
constexpr int kTrials = 12;          // of a line search

at::Tensor row_dots(const at::Tensor& a, const at::Tensor& b) { return (a * b).sum(1, /*keepdim=*/true); }

// The inverse of P, or the identity where P is not positive definite.
at::Tensor metric_of(const at::Tensor& quadratic) {
  const auto [factor, info] = at::linalg_cholesky_ex(quadratic);
  const bool positive = info.item<int>() == 0 && factor.diagonal().min().item<double>() > 1e-3;
  return positive ? at::cholesky_inverse(factor) : at::eye(quadratic.size(0), quadratic.options());
}

struct Pair {
  at::Tensor step;     // s = x' - x
  at::Tensor change;   // t = grad' - grad
  at::Tensor inverse;  // 1 / <s, t>, 0 where that is not positive
};

// The points that have not arrived yet.
struct Batch {
  at::Tensor place;     // rows of the whole
  at::Tensor y;         // [A, D]
  at::Tensor x;         // [A, D]
  at::Tensor gradient;  // of F: grad f(x) - y
  std::deque<Pair> pairs;

  void keep(const at::Tensor& rows) {
    for (auto* tensor : {&place, &y, &x, &gradient}) *tensor = tensor->index_select(0, rows);
    for (auto& pair : pairs) {
      for (auto* tensor : {&pair.step, &pair.change, &pair.inverse}) *tensor = tensor->index_select(0, rows);
    }
  }
};

// -H grad by the two loops, H built on `metric`.
at::Tensor direction(const Batch& batch, const at::Tensor& metric) {
  auto q = batch.gradient;
  std::vector<at::Tensor> shares(batch.pairs.size());
  for (std::size_t i = batch.pairs.size(); i-- > 0;) {
    const auto& pair = batch.pairs[i];
    shares[i] = pair.inverse * row_dots(pair.step, q);
    q = q - shares[i] * pair.change;
  }
  auto result = q.mm(metric);
  if (!batch.pairs.empty()) {
    const auto& last = batch.pairs.back();
    const auto curvature = row_dots(last.step, last.change);
    const auto expected = row_dots(last.change, last.change.mm(metric));
    result = result * at::where(last.inverse > 0, curvature / expected.clamp_min(1e-30), at::ones_like(curvature));
  }
  for (std::size_t i = 0; i < batch.pairs.size(); ++i) {
    const auto& pair = batch.pairs[i];
    result = result + (shares[i] - pair.inverse * row_dots(pair.change, result)) * pair.step;
  }
  return -result;
}

// A step length for every point, by secants on the slope inside a bracket. Returns the gradient there.
at::Tensor search(const Potential& f, const Batch& batch, const at::Tensor& along, at::Tensor& length) {
  const auto first = row_dots(batch.gradient, along);  // negative
  auto low = at::zeros_like(first);
  auto low_slope = first;
  auto high = at::full_like(first, -1.0);  // below 0: no upper end yet
  auto high_slope = at::zeros_like(first);
  length = at::ones_like(first);
  auto gradient = f.map(batch.x + length * along) - batch.y;
  for (int trial = 1; trial < kTrials; ++trial) {
    const auto slope = row_dots(gradient, along);
    const auto wrong = slope.abs() > -kFlatEnough * first;
    if (!wrong.any().item<bool>()) break;
    const auto beyond = slope > 0;
    high_slope = at::where(beyond, slope, high_slope);
    high = at::where(beyond, length, high);
    low_slope = at::where(beyond, low_slope, slope);
    low = at::where(beyond, low, length);
    const auto share = (low_slope / (low_slope - high_slope)).clamp(0.1, 0.9);
    const auto next = at::where(high < 0, 3 * length, low + share * (high - low));
    length = at::where(wrong, next, length);
    gradient = f.map(batch.x + length * along) - batch.y;
  }
  return gradient;
}

}  // namespace conjugate_detail

Conjugate conjugate(const Potential& f, const at::Tensor& y, const at::Tensor& start,
                    const ConjugateSettings& settings) {
  namespace detail = conjugate_detail;
  const c10::NoGradGuard no_grad;
  const auto targets = checked_points(y, f.layout().cell, f.dtype());
  const auto parts = f.parts();
  const auto metric = detail::metric_of(parts.quadratic);
  Conjugate result;
  result.argument =
      start.defined() ? checked_points(start, f.layout().cell, f.dtype()).clone() : (targets - parts.linear).mm(metric);
  if (result.argument.sizes() != targets.sizes()) {
    throw Error(ErrorKind::kDefect, "a conjugate needs one start a point")
        .found(std::to_string(result.argument.size(0)) + " starts, " + std::to_string(targets.size(0)) + " points");
  }
  const auto size = targets.norm(2, 1) + 1;
  result.residual = at::zeros_like(size);

  detail::Batch batch{
      at::arange(targets.size(0)), targets, result.argument.clone(), f.map(result.argument) - targets, {}};
  while (true) {
    const auto residual = batch.gradient.norm(2, 1) / size.index_select(0, batch.place);
    result.argument.index_copy_(0, batch.place, batch.x);
    result.residual.index_copy_(0, batch.place, residual);
    const auto left = (residual > settings.tolerance).nonzero().squeeze(1);
    result.unsolved = left.size(0);
    if (left.size(0) == 0 || result.iterations == settings.iterations) break;
    if (left.size(0) < batch.place.size(0)) batch.keep(left);
    ++result.iterations;

    auto along = detail::direction(batch, metric);
    const auto falls = detail::row_dots(along, batch.gradient) < 0;
    along = at::where(falls, along, -batch.gradient);
    at::Tensor length;
    const auto gradient = detail::search(f, batch, along, length);
    const auto step = length * along;
    const auto change = gradient - batch.gradient;
    const auto curvature = detail::row_dots(step, change);
    const auto enough = curvature > 1e-10 * detail::row_dots(step, step);
    batch.pairs.push_back({step, change, at::where(enough, 1 / curvature, at::zeros_like(curvature))});
    if (static_cast<std::int64_t>(batch.pairs.size()) > settings.memory) batch.pairs.pop_front();
    batch.x = batch.x + step;
    batch.gradient = gradient;
  }
  result.value = (result.argument * targets).sum(1) - f.value(result.argument);
  return result;
}

}  // namespace brenier::models
