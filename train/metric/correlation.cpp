#include "train/metric/correlation.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace brenier::train {

double pearson(const at::Tensor& x, const at::Tensor& y, double noise) {
  const at::Tensor a = x - x.mean();
  const at::Tensor b = y - y.mean();
  const double size_a = a.norm(2).item<double>();
  const double size_b = b.norm(2).item<double>();
  if (!(size_a > noise) || !(size_b > noise)) return std::numeric_limits<double>::quiet_NaN();
  return std::clamp((a * b).sum().item<double>() / (size_a * size_b), -1.0, 1.0);
}

double cosine(const at::Tensor& x, const at::Tensor& y) {
  const double sizes = x.norm(2).item<double>() * y.norm(2).item<double>();
  if (!(sizes > 0.0)) return std::numeric_limits<double>::quiet_NaN();
  return std::clamp((x * y).sum().item<double>() / sizes, -1.0, 1.0);
}

std::vector<double> mean_ranks(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto key = [&](std::size_t i) {
    return std::isnan(values[i]) ? std::numeric_limits<double>::infinity() : values[i];
  };
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
  std::vector<double> ranks(values.size());
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin + 1;
    while (end < order.size() && key(order[end]) == key(order[begin])) ++end;
    for (std::size_t i = begin; i < end; ++i) ranks[order[i]] = 0.5 * static_cast<double>(begin + 1 + end);
    begin = end;
  }
  return ranks;
}

double spearman(const std::vector<double>& x, const std::vector<double>& y) {
  if (x.size() < 2) return std::numeric_limits<double>::quiet_NaN();
  return pearson(at::tensor(mean_ranks(x), at::kDouble), at::tensor(mean_ranks(y), at::kDouble));
}

}  // namespace brenier::train
