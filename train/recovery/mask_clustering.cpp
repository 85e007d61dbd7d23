#include "train/recovery/mask_clustering.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>
#include <map>

#include "core/shape.h"
#include "train/recovery/adjusted_rand.h"
#include "train/recovery/average_linkage.h"

namespace brenier::train {

std::vector<std::int64_t> equal_rows(const at::Tensor& table) {
  check_shape(table, "table", "[A, L]");
  const auto marks = table.gt(0.5).contiguous();
  const auto* mark = marks.const_data_ptr<bool>();
  const auto width = marks.size(1);
  std::map<std::vector<bool>, std::int64_t> known;
  std::vector<std::int64_t> labels;
  for (std::int64_t a = 0; a < marks.size(0); ++a) {
    const std::vector<bool> row(mark + a * width, mark + (a + 1) * width);
    labels.push_back(known.emplace(row, static_cast<std::int64_t>(known.size())).first->second);
  }
  return labels;
}

MaskClustering mask_clustering(const at::Tensor& masks, const at::Tensor& truth) {
  ShapeLetters letters;
  letters.check(masks, "masks", "[A, L]");
  letters.check(truth, "true masks", "[A, M]");
  if (masks.size(0) < 2) {
    constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
    return {kNaN, kNaN};
  }
  const auto groups = equal_rows(truth);
  const auto count = *std::max_element(groups.begin(), groups.end()) + 1;
  const auto values = masks.to(at::kDouble);
  constexpr std::int64_t kByDifferences = 2;  // not by products, which lose digits of near rows
  const auto distances = at::cdist(values, values, 2.0, kByDifferences);
  return {adjusted_rand(groups, equal_rows(masks)), adjusted_rand(groups, average_linkage(distances, count))};
}

}  // namespace brenier::train
