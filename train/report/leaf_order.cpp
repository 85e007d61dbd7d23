#include "train/report/leaf_order.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <string>

#include "core/error.h"
#include "train/recovery/average_linkage.h"

namespace brenier::train {
namespace leaf_order_detail {

using Leaves = std::vector<std::int64_t>;

// Both parts one after the other, each forwards or backwards.
Leaves joined(const Leaves& first, const Leaves& second, const at::Tensor& distances) {
  const auto* distance = distances.const_data_ptr<double>();
  const auto between = [&](std::int64_t a, std::int64_t b) { return distance[a * distances.size(0) + b]; };
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
  const auto distances = (table.unsqueeze(1) - table.unsqueeze(0)).square().sum(-1).sqrt().contiguous();
  std::vector<Leaves> clusters(count);
  for (std::size_t i = 0; i < count; ++i) clusters[i] = {static_cast<std::int64_t>(i)};
  for (const auto& [into, from] : average_linkage_joins(distances)) {
    auto& one = clusters[static_cast<std::size_t>(into)];
    one = leaf_order_detail::joined(one, clusters[static_cast<std::size_t>(from)], distances);
  }
  return clusters.front();
}

}  // namespace brenier::train
