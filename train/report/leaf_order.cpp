#include "train/report/leaf_order.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "core/error.h"

namespace brenier::train {
namespace leaf_order_detail {

using Leaves = std::vector<std::int64_t>;

// Both parts one after the other, each forwards or backwards.
Leaves joined(const Leaves& first, const Leaves& second, const std::vector<double>& distances, std::size_t count) {
  const auto between = [&](std::int64_t a, std::int64_t b) {
    return distances[static_cast<std::size_t>(a) * count + static_cast<std::size_t>(b)];
  };
  const std::array touching{between(first.back(), second.front()), between(first.back(), second.back()),
                            between(first.front(), second.front()), between(first.front(), second.back())};
  const auto best = std::min_element(touching.begin(), touching.end()) - touching.begin();
  Leaves out = first;
  if (best >= 2) std::reverse(out.begin(), out.end());
  if (best % 2 == 0) {
    out.insert(out.end(), second.begin(), second.end());
  } else {
    out.insert(out.end(), second.rbegin(), second.rend());
  }
  return out;
}

}  // namespace leaf_order_detail

std::vector<std::int64_t> average_linkage_order(const at::Tensor& rows) {
  using leaf_order_detail::Leaves;
  if (rows.dim() != 2) {
    throw Error(ErrorKind::kUsage, "rows to be ordered are a table")
        .found(std::to_string(rows.dim()) + " dimensions")
        .expected("[N, D]");
  }
  const auto count = static_cast<std::size_t>(rows.size(0));
  if (count == 0) return {};
  // Not by matrix products: equal rows are at distance 0.
  const auto table = rows.to(at::kCPU, at::kDouble);
  const auto exact = (table.unsqueeze(1) - table.unsqueeze(0)).square().sum(-1).sqrt().contiguous();
  const double* first = exact.const_data_ptr<double>();
  const std::vector<double> distances(first, first + count * count);
  std::vector<double> between = distances;  // of the clusters; one that was joined into another is not looked at
  std::vector<Leaves> clusters(count);
  for (std::size_t i = 0; i < count; ++i) clusters[i] = {static_cast<std::int64_t>(i)};
  for (std::size_t join = 1; join < count; ++join) {
    std::pair<std::size_t, std::size_t> nearest{0, 0};
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t a = 0; a < count; ++a) {
      if (clusters[a].empty()) continue;
      for (std::size_t b = a + 1; b < count; ++b) {
        if (clusters[b].empty() || between[a * count + b] >= least) continue;
        least = between[a * count + b];
        nearest = {a, b};
      }
    }
    const auto [a, b] = nearest;
    const auto n = static_cast<double>(clusters[a].size());
    const auto m = static_cast<double>(clusters[b].size());
    for (std::size_t c = 0; c < count; ++c) {
      if (c == a || c == b || clusters[c].empty()) continue;
      const double mean = (n * between[a * count + c] + m * between[b * count + c]) / (n + m);
      between[a * count + c] = between[c * count + a] = mean;
    }
    clusters[a] = leaf_order_detail::joined(clusters[a], clusters[b], distances, count);
    clusters[b].clear();
  }
  return clusters.front();
}

}  // namespace brenier::train
