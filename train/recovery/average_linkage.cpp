#include "train/recovery/average_linkage.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <string>

#include "core/error.h"
#include "core/shape.h"

namespace brenier::train {
namespace average_linkage_detail {

struct Cluster {
  std::int64_t size = 1;
  std::int64_t parent = -1;  // the cluster it was joined to
};

}  // namespace average_linkage_detail

std::vector<std::int64_t> average_linkage(const at::Tensor& distances, std::int64_t clusters) {
  check_shape(distances, "distances", "[N, N]");
  check_finite(distances, "distances");
  const auto n = distances.size(0);
  if (clusters < 1 || clusters > n) {
    throw Error(ErrorKind::kData, "so many clusters cannot be made")
        .found(std::to_string(clusters))
        .expected("1.." + std::to_string(n));
  }
  const auto kept = distances.to(at::kDouble).clone(at::MemoryFormat::Contiguous);
  auto* d = kept.mutable_data_ptr<double>();
  std::vector<average_linkage_detail::Cluster> all(static_cast<std::size_t>(n));
  const auto cluster = [&](std::int64_t i) -> auto& { return all[static_cast<std::size_t>(i)]; };
  for (std::int64_t left = n; left > clusters; --left) {
    std::int64_t a = -1;
    std::int64_t b = -1;
    for (std::int64_t i = 0; i < n; ++i) {
      if (cluster(i).parent >= 0) continue;
      for (std::int64_t j = i + 1; j < n; ++j) {
        if (cluster(j).parent < 0 && (a < 0 || d[i * n + j] < d[a * n + b])) {
          a = i;
          b = j;
        }
      }
    }
    const auto na = static_cast<double>(cluster(a).size);
    const auto nb = static_cast<double>(cluster(b).size);
    for (std::int64_t k = 0; k < n; ++k) {
      if (cluster(k).parent >= 0 || k == a || k == b) continue;
      d[a * n + k] = d[k * n + a] = (na * d[a * n + k] + nb * d[b * n + k]) / (na + nb);
    }
    cluster(a).size += cluster(b).size;
    cluster(b).parent = a;
  }
  // A cluster is joined to one with a smaller first item, so parents are numbered first.
  std::vector<std::int64_t> label(static_cast<std::size_t>(n));
  std::int64_t next = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const auto parent = cluster(i).parent;
    label[static_cast<std::size_t>(i)] = parent < 0 ? next++ : label[static_cast<std::size_t>(parent)];
  }
  return label;
}

}  // namespace brenier::train
