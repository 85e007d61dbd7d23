#include "train/recovery/average_linkage.h"

#include <ATen/ATen.h>

#include <string>

#include "core/error.h"
#include "core/shape.h"

namespace brenier::train {

std::vector<LinkageJoin> average_linkage_joins(const at::Tensor& distances) {
  check_shape(distances, "distances", "[N, N]");
  check_finite(distances, "distances");
  const auto n = distances.size(0);
  const auto kept = distances.to(at::kDouble).clone(at::MemoryFormat::Contiguous);
  auto* d = kept.mutable_data_ptr<double>();
  std::vector<std::int64_t> sizes(static_cast<std::size_t>(n), 1);  // 0: joined to another
  const auto size = [&](std::int64_t i) -> auto& { return sizes[static_cast<std::size_t>(i)]; };
  std::vector<LinkageJoin> joins;
  for (std::int64_t left = n; left > 1; --left) {
    std::int64_t a = -1;
    std::int64_t b = -1;
    for (std::int64_t i = 0; i < n; ++i) {
      if (size(i) == 0) continue;
      for (std::int64_t j = i + 1; j < n; ++j) {
        if (size(j) > 0 && (a < 0 || d[i * n + j] < d[a * n + b])) {
          a = i;
          b = j;
        }
      }
    }
    const auto na = static_cast<double>(size(a));
    const auto nb = static_cast<double>(size(b));
    for (std::int64_t k = 0; k < n; ++k) {
      if (size(k) == 0 || k == a || k == b) continue;
      d[a * n + k] = d[k * n + a] = (na * d[a * n + k] + nb * d[b * n + k]) / (na + nb);
    }
    size(a) += size(b);
    size(b) = 0;
    joins.push_back({a, b});
  }
  return joins;
}

std::vector<std::int64_t> average_linkage(const at::Tensor& distances, std::int64_t clusters) {
  auto joins = average_linkage_joins(distances);
  const auto n = distances.size(0);
  if (clusters < 1 || clusters > n) {
    throw Error(ErrorKind::kData, "so many clusters cannot be made")
        .found(std::to_string(clusters))
        .expected("1.." + std::to_string(n));
  }
  joins.resize(static_cast<std::size_t>(n - clusters));
  std::vector<std::int64_t> parent(static_cast<std::size_t>(n), -1);
  for (const auto& [into, from] : joins) parent[static_cast<std::size_t>(from)] = into;
  // A cluster is joined to one with a smaller first item, so parents are numbered first.
  std::vector<std::int64_t> label(static_cast<std::size_t>(n));
  std::int64_t next = 0;
  for (std::size_t i = 0; i < label.size(); ++i) {
    label[i] = parent[i] < 0 ? next++ : label[static_cast<std::size_t>(parent[i])];
  }
  return label;
}

}  // namespace brenier::train
