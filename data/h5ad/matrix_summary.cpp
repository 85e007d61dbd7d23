#include "data/h5ad/matrix_summary.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "data/h5ad/dataset.h"
#include "data/h5ad/float_values.h"
#include "data/h5ad/matrix_source.h"

namespace brenier::data {

std::string to_string(ValueKind kind) {
  switch (kind) {
    case ValueKind::kEmpty:
      return "empty";
    case ValueKind::kCounts:
      return "raw counts";
    case ValueKind::kNormalized:
      return "normalised, not logarithmic";
    case ValueKind::kLogNormalized:
      return "log-normalised";
    case ValueKind::kNonNegative:
      return "non-negative";
    case ValueKind::kSigned:
      return "signed (scaled, differences or scores)";
  }
  return "unknown";
}

namespace h5 {
namespace matrix_summary_detail {

// The values of one row at a time, and their sums.
class Survey final {
 public:
  explicit Survey(ValueSummary& summary) : summary_(summary) {}

  void add_row(const float* values, std::int64_t count) {
    double sum = 0.0;
    double linear = 0.0;
    for (std::int64_t i = 0; i < count; ++i) {
      const double value = values[i];
      if (std::isnan(value)) {
        ++summary_.nan;
      } else if (std::isinf(value)) {
        ++summary_.infinite;
      } else {
        summary_.min = any_ ? std::min(summary_.min, value) : value;
        summary_.max = any_ ? std::max(summary_.max, value) : value;
        any_ = true;
        if (value == 0.0) ++summary_.zeros;
        if (value < 0.0) ++summary_.negative;
        if (value != std::trunc(value)) ++summary_.fractional;
        sum += value;
        linear += std::expm1(std::min(value, 50.0));
      }
    }
    summary_.looked_at += count;
    if (sum > 0.0) {
      totals_.push_back(sum);
      linear_totals_.push_back(linear);
    }
  }

  void judge(bool rows_known) {
    if (summary_.max == 0.0 && summary_.min == 0.0) return;
    if (summary_.negative > 0) {
      summary_.kind = ValueKind::kSigned;
    } else if (summary_.fractional == 0) {
      summary_.kind = ValueKind::kCounts;
    } else {
      const auto linear = rows_known ? common(linear_totals_) : std::nullopt;
      const auto plain = rows_known ? common(totals_) : std::nullopt;
      constexpr double kLargestLog = 20.0;  // exp(20) is more molecules than any cell has
      if (linear || (!plain && summary_.max <= kLargestLog)) {
        summary_.kind = ValueKind::kLogNormalized;
        summary_.row_total = linear;
      } else {
        summary_.kind = plain ? ValueKind::kNormalized : ValueKind::kNonNegative;
        summary_.row_total = plain;
      }
    }
  }

 private:
  // The median when (nearly) all totals lie within 1 % of it.
  static std::optional<double> common(std::vector<double> totals) {
    if (totals.size() < 2) return std::nullopt;
    const auto middle = totals.begin() + static_cast<std::ptrdiff_t>(totals.size() / 2);
    std::nth_element(totals.begin(), middle, totals.end());
    const double median = *middle;
    const auto near = std::count_if(totals.begin(), totals.end(),
                                    [&](double total) { return std::abs(total - median) <= 0.01 * median; });
    if (static_cast<double>(near) < 0.99 * static_cast<double>(totals.size())) return std::nullopt;
    return median;
  }

  ValueSummary& summary_;
  bool any_ = false;
  std::vector<double> totals_;
  std::vector<double> linear_totals_;
};

// Ranges of rows with about `most` values in all; `before(i)` counts the values before row i.
template <class Before>
std::vector<std::pair<std::int64_t, std::int64_t>> choose_ranges(std::int64_t rows, std::int64_t most, Before before) {
  constexpr std::int64_t kBlock = 1 << 20;
  constexpr std::int64_t kParts = 16;
  const bool all = before(rows) <= most;
  const std::int64_t parts = all ? 1 : std::min(kParts, rows);
  std::vector<std::pair<std::int64_t, std::int64_t>> ranges;
  for (std::int64_t part = 0; part < parts; ++part) {
    std::int64_t begin = rows * part / parts;
    const std::int64_t stop = rows * (part + 1) / parts;
    const std::int64_t limit = all ? before(rows) : before(begin) + std::max<std::int64_t>(1, most / parts);
    while (begin < stop && before(begin) < limit) {
      // At least one row, at most about a block, and not beyond the limit.
      std::int64_t end = begin + 1;
      while (end < stop && before(end + 1) - before(begin) <= kBlock && before(end) < limit) ++end;
      ranges.emplace_back(begin, end);
      begin = end;
    }
  }
  return ranges;
}

void survey_dense(const MatrixSource& source, std::int64_t most, std::int64_t max_bytes, MatrixSummary& summary) {
  Survey survey(summary.values);
  std::vector<float> block;
  const std::int64_t width = source.cols;
  if (width == 0) return;
  if (width > max_bytes / static_cast<std::int64_t>(sizeof(float))) {
    throw Error(ErrorKind::kData, "one row of a matrix does not fit into memory")
        .found(std::to_string(width) + " columns");
  }
  for (const auto& [begin, end] : choose_ranges(source.rows, most, [&](std::int64_t row) { return row * width; })) {
    block.resize(static_cast<std::size_t>((end - begin) * width));
    read_float_rows(source.object.id(), begin, end, block.data());
    for (std::int64_t row = 0; row < end - begin; ++row) survey.add_row(block.data() + row * width, width);
  }
  survey.judge(true);
}

void survey_sparse(const MatrixSource& source, std::int64_t most, std::int64_t max_bytes, MatrixSummary& summary) {
  const hid_t group = source.object.id();
  const SparseHead& head = *source.head;
  const std::vector<std::int64_t> indptr = read_indptr(group, head, summary.stored, max_bytes);
  const Dataset data = open_dataset(group, "data");
  Survey survey(summary.values);
  std::vector<float> block;
  const auto before = [&](std::int64_t row) { return indptr[static_cast<std::size_t>(row)]; };
  for (const auto& [begin, end] : choose_ranges(head.major(), most, before)) {
    if (before(end) - before(begin) > max_bytes / static_cast<std::int64_t>(sizeof(float))) {
      throw Error(ErrorKind::kData, "one row of a matrix does not fit into memory");
    }
    block.resize(static_cast<std::size_t>(before(end) - before(begin)));
    read_float_rows(data.id(), before(begin), before(end), block.data());
    for (std::int64_t row = begin; row < end; ++row) {
      survey.add_row(block.data() + (before(row) - before(begin)), before(row + 1) - before(row));
    }
  }
  survey.judge(head.format == SparseFormat::kCsr);
}

}  // namespace matrix_summary_detail

MatrixSummary summarize_matrix(hid_t file, const std::string& matrix, std::int64_t most, std::int64_t max_bytes) {
  const MatrixSource source = open_matrix(file, matrix);
  MatrixSummary summary;
  summary.name = matrix;
  summary.rows = source.rows;
  summary.cols = source.cols;
  if (source.head) {
    summary.storage = source.head->format == SparseFormat::kCsr ? "csr" : "csc";
    summary.dtype = name_of(type_of(open_dataset(source.object.id(), "data").id()).id());
    summary.stored = stored_values(source.object.id());
    matrix_summary_detail::survey_sparse(source, most, max_bytes, summary);
  } else {
    summary.storage = "dense";
    summary.dtype = name_of(type_of(source.object.id()).id());
    summary.stored = extent_of(source.object.id()).count;
    matrix_summary_detail::survey_dense(source, most, max_bytes, summary);
  }
  summary.values.complete = summary.values.looked_at == summary.stored;
  return summary;
}

}  // namespace h5
}  // namespace brenier::data
