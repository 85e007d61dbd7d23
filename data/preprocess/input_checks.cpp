#include "data/preprocess/input_checks.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/number_text.h"
#include "data/table/cell_checks.h"

namespace brenier::data {
namespace input_checks_detail {

// Above this a value cannot be the natural logarithm of a count.
constexpr float kLargestLogarithm = 20.0F;

void require_counts(const CellTable& table, const std::string& step) {
  try {
    check_counts(table, CountRule::kWholeNumbers);
  } catch (Error& error) {
    error.at(step + " needs counts")
        .hint(
            "data that are normalised already: preprocess.normalize_total.enabled=false (and log1p=false when they are "
            "logarithms); fractional counts: preprocess.allow_non_counts=true");
    throw;
  }
}

}  // namespace input_checks_detail

bool whole_numbers(const CellMatrix& x) {
  const auto values = x.values();
  return std::all_of(values.begin(), values.end(), [](float v) { return v >= 0.0F && v == std::floor(v); });
}

bool looks_like_counts(const CellMatrix& x) {
  const auto values = x.values();
  return whole_numbers(x) && !values.empty() && *std::max_element(values.begin(), values.end()) > 1.0F;
}

bool stays_unnormalised(const PreprocessSettings& settings, const CellTable& table) {
  return !settings.normalize_total.enabled && settings.counts == "as_given" && looks_like_counts(table.x);
}

std::string unnormalised_warning() {
  return "X looks like unnormalised counts (whole numbers only), but preprocess.normalize_total is off";
}

std::vector<std::string> check_input(const PreprocessSettings& settings, const CellTable& table) {
  namespace detail = input_checks_detail;
  const bool normalize = settings.normalize_total.enabled;
  const std::string& flavor = settings.genes.flavor;
  check_finite(table);
  if (normalize || settings.log1p || flavor != "none") {
    try {
      check_counts(table, CountRule::kNotNegative);
    } catch (Error& error) {
      error.hint("for centred or scaled data switch preprocess.normalize_total, log1p and genes off");
      throw;
    }
  }
  if (normalize && !settings.allow_non_counts) detail::require_counts(table, "normalize_total");
  if (flavor == "seurat_v3" && !settings.allow_non_counts) detail::require_counts(table, "gene choice 'seurat_v3'");
  const bool counts = looks_like_counts(table.x);
  if (flavor == "seurat" && !settings.log1p && counts) {
    throw Error(ErrorKind::kData, "gene choice 'seurat' needs logarithms")
        .at(table.source.empty() ? "X" : table.source + ": X")
        .found("unnormalised counts (whole numbers only), and preprocess.log1p is off")
        .expected("preprocess.log1p=true, or gene choice 'seurat_v3'");
  }
  std::vector<std::string> warnings;
  if (!normalize && settings.log1p && !counts) {
    const auto values = table.x.values();
    const float largest = values.empty() ? 0.0F : *std::max_element(values.begin(), values.end());
    if (largest < detail::kLargestLogarithm) {
      warnings.push_back("X looks like logarithms already (fractions, largest value " + fixed_text(largest, 2) +
                         "), but preprocess.log1p is on");
    }
  }
  return warnings;
}

}  // namespace brenier::data
