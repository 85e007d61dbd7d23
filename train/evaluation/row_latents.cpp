#include "train/evaluation/row_latents.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "core/error.h"
#include "core/shape.h"
#include "train/table_view.h"

namespace brenier::train {
namespace row_latents_detail {

constexpr std::ptrdiff_t kRowsAtOnce = 4096;

}  // namespace row_latents_detail

std::vector<at::Tensor> row_latents(const models::MechanismModel& model, const data::CellTable& table,
                                    const std::vector<std::int64_t>& rows, const Context& context) {
  std::vector<at::Tensor> parts;
  for (auto first = rows.begin(); first != rows.end();) {
    const auto last = first + std::min<std::ptrdiff_t>(row_latents_detail::kRowsAtOnce, rows.end() - first);
    auto z = model.latents(dense_rows(table, {first, last}), context);
    check_shape(z, "latents", "[B, L]", {{"B", last - first}}, ErrorKind::kDefect);
    parts.push_back(std::move(z));
    first = last;
  }
  return parts;
}

}  // namespace brenier::train
