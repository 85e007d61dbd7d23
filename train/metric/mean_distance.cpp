#include "train/metric/mean_distance.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/error.h"
#include "core/shape.h"
#include "ot/passes/parallel.h"
#include "train/metric/distance_rows.h"

namespace brenier::train {
namespace mean_distance_detail {

constexpr std::int64_t kRows = 4 * kStripCells;  // of x in a block

// One population, centred: row by row, and packed in strips (distance_rows.h).
struct Packed {
  at::Tensor rows;    // float32 [n, D]
  at::Tensor strips;  // float32 [ceil(n / 32), D, 32]
  std::int64_t cells = 0;
};

Packed pack(const at::Tensor& cells, const at::Tensor& centre) {
  Packed packed;
  packed.cells = cells.size(0);
  packed.rows = (cells.to(at::kDouble) - centre).to(at::kFloat).contiguous();
  const std::int64_t strips = (packed.cells + kStripCells - 1) / kStripCells;
  const at::Tensor padded = at::zeros({strips * kStripCells, cells.size(1)}, at::kFloat);
  padded.narrow(0, 0, packed.cells).copy_(packed.rows);
  packed.strips = padded.view({strips, kStripCells, cells.size(1)}).transpose(1, 2).contiguous();
  return packed;
}

double mean_of(const Packed& x, const Packed& y, bool same) {
  const std::int64_t width = x.rows.size(1);
  const std::int64_t all = y.strips.size(0);
  const float* const rows = x.rows.const_data_ptr<float>();
  const float* const strips = y.strips.const_data_ptr<float>();
  const std::int64_t blocks = (x.cells + kRows - 1) / kRows;
  std::vector<double> sums(static_cast<std::size_t>(blocks), 0.0);
  ot::parallel_blocks(blocks, [&](std::int64_t block) {
    const std::int64_t row = block * kRows;
    const std::int64_t count = std::min(kRows, x.cells - row);
    const auto sum = [&](std::int64_t first, std::int64_t last) {
      return distance_sum(rows + row * width, count, width, strips, first, last, y.cells);
    };
    if (same) {  // the square on the diagonal once, what lies right of it twice
      const std::int64_t first = row / kStripCells;
      const std::int64_t last = std::min(first + kRows / kStripCells, all);
      sums[static_cast<std::size_t>(block)] = sum(first, last) + 2.0 * sum(last, all);
    } else {
      sums[static_cast<std::size_t>(block)] = sum(0, all);
    }
  });
  double total = 0.0;
  for (const double sum : sums) total += sum;
  return total / (static_cast<double>(x.cells) * static_cast<double>(y.cells));
}

void check(const at::Tensor& x, const at::Tensor& y) {
  ShapeLetters letters({}, ErrorKind::kDefect);
  letters.check(x, "x", "[N, D]");
  letters.check(y, "y", "[M, D]");
  if (x.numel() > 0 && y.numel() > 0) return;
  throw Error(ErrorKind::kDefect, "a mean distance needs cells").expected("cells >= 1, columns >= 1");
}

at::Tensor centre_of(const at::Tensor& cells) { return cells.mean(0, /*keepdim=*/false, at::kDouble); }

}  // namespace mean_distance_detail

double mean_distance(const at::Tensor& x, const at::Tensor& y) {
  namespace detail = mean_distance_detail;
  detail::check(x, y);
  const at::Tensor centre = detail::centre_of(x);
  return detail::mean_of(detail::pack(x, centre), detail::pack(y, centre), false);
}

double mean_distance(const at::Tensor& x) {
  namespace detail = mean_distance_detail;
  detail::check(x, x);
  const auto packed = detail::pack(x, detail::centre_of(x));
  return detail::mean_of(packed, packed, true);
}

double large_energy_distance(const at::Tensor& x, const at::Tensor& y) {
  namespace detail = mean_distance_detail;
  detail::check(x, y);
  const at::Tensor centre = detail::centre_of(y);
  const auto a = detail::pack(x, centre);
  const auto b = detail::pack(y, centre);
  return 2.0 * detail::mean_of(a, b, false) - detail::mean_of(a, a, true) - detail::mean_of(b, b, true);
}

}  // namespace brenier::train
