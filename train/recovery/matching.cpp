#include "train/recovery/matching.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>

#include "core/shape.h"
#include "ot/exact/assignment.h"
#include "train/metric/correlation.h"
#include "train/recovery/paired_latents.h"

namespace brenier::train {
namespace matching_detail {

// Each column by its ranks.
at::Tensor ranked(const at::Tensor& values) {
  const auto columns = values.t().contiguous();
  auto ranks = at::empty_like(columns);
  const auto n = columns.size(1);
  for (std::int64_t j = 0; j < columns.size(0); ++j) {
    const double* column = columns.const_data_ptr<double>() + j * n;
    const auto of_column = mean_ranks({column, column + n});
    std::copy(of_column.begin(), of_column.end(), ranks.mutable_data_ptr<double>() + j * n);
  }
  return ranks.t();
}

// Columns with mean 0 and norm 1; zeros for a column that does not vary beyond rounding.
at::Tensor standardised(const at::Tensor& values) {
  const auto centred = values - values.mean(0, /*keepdim=*/true);
  const auto norms = centred.norm(2, 0, /*keepdim=*/true);
  const auto rounding = 1e-14 * values.norm(2, 0, /*keepdim=*/true);
  return at::where(norms > rounding, centred / norms, at::zeros_like(centred));
}

}  // namespace matching_detail

at::Tensor correlation_matrix(const at::Tensor& latents, const at::Tensor& truth, CorrelationKind kind) {
  check_paired_latents(latents, truth);
  auto x = latents.to(at::kDouble);
  auto y = truth.to(at::kDouble);
  if (kind == CorrelationKind::kSpearman) {
    x = matching_detail::ranked(x);
    y = matching_detail::ranked(y);
  }
  return matching_detail::standardised(x).t().mm(matching_detail::standardised(y)).clamp(-1.0, 1.0).contiguous();
}

at::Tensor Matching::align(const at::Tensor& table) const {
  check_shape(table, "table over latents", "[A, L]", {{"L", latents}});
  std::vector<at::Tensor> columns;
  std::vector<bool> used(static_cast<std::size_t>(latents), false);
  for (const auto i : partner) {
    columns.push_back(i < 0 ? at::zeros({table.size(0)}, table.options()) : table.select(1, i));
    if (i >= 0) used[static_cast<std::size_t>(i)] = true;
  }
  for (std::int64_t i = 0; i < latents; ++i) {
    if (!used[static_cast<std::size_t>(i)]) columns.push_back(table.select(1, i));
  }
  return at::stack(columns, 1);
}

Matching match(const at::Tensor& agreement, MatchOn on) {
  check_shape(agreement, "agreement of latents", "[L, M]");
  check_finite(agreement, "agreement of latents");
  const auto scores = agreement.to(at::kDouble).contiguous();
  const auto rows = scores.size(0);
  const auto columns = scores.size(1);
  Matching matching{rows, std::vector<std::int64_t>(static_cast<std::size_t>(columns), -1),
                    std::vector<double>(static_cast<std::size_t>(columns), 0.0)};
  if (rows == 0 || columns == 0) return matching;
  // Padded to a square: what the padding costs is the same for every matching.
  const auto n = std::max(rows, columns);
  std::vector<double> cost(static_cast<std::size_t>(n * n), 0.0);
  const auto* value = scores.const_data_ptr<double>();
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < columns; ++j) {
      const double one = value[i * columns + j];
      cost[static_cast<std::size_t>(i * n + j)] = on == MatchOn::kAbsolute ? -std::abs(one) : -one;
    }
  }
  const auto assignment = ot::solve_assignment(cost, n);
  for (std::int64_t i = 0; i < rows; ++i) {
    const auto j = assignment.column[static_cast<std::size_t>(i)];
    if (j >= columns) continue;
    matching.partner[static_cast<std::size_t>(j)] = i;
    matching.score[static_cast<std::size_t>(j)] = value[i * columns + j];
  }
  return matching;
}

at::Tensor mask_overlap(const at::Tensor& masks, const at::Tensor& truth) {
  ShapeLetters letters;
  letters.check(masks, "masks", "[A, L]");
  letters.check(truth, "true masks", "[A, M]");
  return masks.gt(0.5).to(at::kDouble).t().mm(truth.gt(0.5).to(at::kDouble));
}

}  // namespace brenier::train
