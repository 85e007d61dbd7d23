#include "train/recovery/stability.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstdint>

#include "core/error.h"
#include "core/shape.h"
#include "train/recovery/mask_scores.h"

namespace brenier::train {

Stability mask_stability(const at::Tensor& first, const at::Tensor& second, const Matching& matching) {
  const double f1 = mask_scores(second, first, matching).f1;
  return {f1, f1 / (2.0 - f1)};  // J = F / (2 - F)
}

std::pair<at::Tensor, at::Tensor> common_actions(const std::vector<std::string>& first_names, const at::Tensor& first,
                                                 const std::vector<std::string>& second_names,
                                                 const at::Tensor& second) {
  check_shape(first, "first table", "[A, L]", {{"A", std::ssize(first_names)}});
  check_shape(second, "second table", "[A, L]", {{"A", std::ssize(second_names)}});
  std::vector<std::int64_t> rows;
  std::vector<std::int64_t> other;
  for (std::size_t i = 0; i < first_names.size(); ++i) {
    const auto found = std::find(second_names.begin(), second_names.end(), first_names[i]);
    if (found == second_names.end()) continue;
    rows.push_back(static_cast<std::int64_t>(i));
    other.push_back(found - second_names.begin());
  }
  if (rows.empty()) {
    throw Error(ErrorKind::kData, "two runs have no action in common")
        .found(quoted_list(first_names, 5) + " and " + quoted_list(second_names, 5));
  }
  return {first.index_select(0, at::tensor(rows, at::kLong)), second.index_select(0, at::tensor(other, at::kLong))};
}

}  // namespace brenier::train
