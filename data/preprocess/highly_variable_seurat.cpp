#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "core/error.h"
#include "data/preprocess/gene_moments.h"
#include "data/preprocess/highly_variable.h"

namespace brenier::data {
namespace highly_variable_seurat_detail {

// Bin of each value: n_bins equal widths between the smallest and the largest, closed on the right, the first widened
// by a thousandth of the range (pandas.cut).
std::vector<std::size_t> equal_width_bins(const std::vector<double>& values, std::int64_t n_bins) {
  const auto [lowest, highest] = std::minmax_element(values.begin(), values.end());
  double low = *lowest;
  double high = *highest;
  const bool flat = low == high;
  if (flat) {
    const double pad = low != 0.0 ? 0.001 * std::abs(low) : 0.001;
    low -= pad;
    high += pad;
  }
  const double step = (high - low) / static_cast<double>(n_bins);
  std::vector<double> edges(static_cast<std::size_t>(n_bins) + 1);
  for (std::size_t k = 0; k < edges.size(); ++k) edges[k] = static_cast<double>(k) * step + low;
  edges.back() = high;
  if (!flat) edges.front() -= 0.001 * (high - low);
  std::vector<std::size_t> bins(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto edge = std::lower_bound(edges.begin() + 1, edges.end(), values[i]);
    bins[i] = static_cast<std::size_t>(edge - edges.begin()) - 1;
  }
  return bins;
}

// Mean and standard deviation (n - 1) of the values of each bin, values that are NaN left out.
struct BinStatistics {
  double count = 0.0;
  double mean = 0.0;
  double deviation = 0.0;
};

std::vector<BinStatistics> bin_statistics(const std::vector<double>& values, const std::vector<std::size_t>& bins,
                                          std::int64_t n_bins) {
  std::vector<BinStatistics> out(static_cast<std::size_t>(n_bins));
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i])) continue;
    BinStatistics& bin = out[bins[i]];
    bin.count += 1.0;
    bin.mean += values[i];
  }
  for (BinStatistics& bin : out) bin.mean /= bin.count;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i])) continue;
    const double d = values[i] - out[bins[i]].mean;
    out[bins[i]].deviation += d * d;
  }
  for (BinStatistics& bin : out) {
    if (bin.count > 1.0) {
      bin.deviation = std::sqrt(bin.deviation / (bin.count - 1.0));
    } else {  // a gene alone gets the normalised dispersion 1; a bin without any stays NaN
      bin.deviation = bin.mean;
      bin.mean = 0.0 * bin.mean;
    }
  }
  return out;
}

// The n-th highest value that is a number; minus infinity when there is none.
double nth_highest(const std::vector<double>& values, std::int64_t n) {
  std::vector<double> numbers;
  std::copy_if(values.begin(), values.end(), std::back_inserter(numbers), [](double v) { return !std::isnan(v); });
  if (numbers.empty()) return -std::numeric_limits<double>::infinity();
  const auto rank = std::min(static_cast<std::size_t>(n), numbers.size()) - 1;
  std::nth_element(numbers.begin(), numbers.begin() + static_cast<std::ptrdiff_t>(rank), numbers.end(),
                   std::greater<>());
  return numbers[rank];
}

}  // namespace highly_variable_seurat_detail

HighlyVariable highly_variable_seurat(const CellMatrix& x, std::int64_t n_top, std::int64_t n_bins,
                                      const FitRows& fit_rows) {
  namespace detail = highly_variable_seurat_detail;
  const std::size_t cells = fit_rows ? fit_rows->size() : static_cast<std::size_t>(x.rows());
  if (cells < 2 || x.cols() < 1) {
    throw Error(ErrorKind::kData, "too few cells or genes to choose variable genes")
        .found(std::to_string(cells) + " cells, " + std::to_string(x.cols()) + " genes")
        .expected("at least 2 cells and 1 gene");
  }
  HighlyVariable out;
  out.flavor = "seurat";
  GeneMoments moments = gene_moments(x, fit_rows, GeneScale::kExpm1);
  const std::size_t genes = moments.mean.size();
  out.dispersions.resize(genes);
  for (std::size_t g = 0; g < genes; ++g) {
    double& mean = moments.mean[g];
    if (!std::isfinite(mean) || !std::isfinite(moments.variance[g])) {
      throw Error(ErrorKind::kData, "gene choice 'seurat' undoes the logarithm, and exp of a value is too large")
          .at("gene " + std::to_string(g))
          .expected("logarithms log(1 + x) in X; gene choice 'seurat_v3' is the one for counts");
    }
    if (mean == 0.0) mean = 1e-12;
    const double dispersion = moments.variance[g] / mean;
    out.dispersions[g] = dispersion == 0.0 ? std::numeric_limits<double>::quiet_NaN() : std::log(dispersion);
    mean = std::log1p(mean);
  }
  out.means = std::move(moments.mean);
  const std::vector<std::size_t> bins = detail::equal_width_bins(out.means, n_bins);
  const auto statistics = detail::bin_statistics(out.dispersions, bins, n_bins);
  out.dispersions_norm.resize(genes);
  for (std::size_t g = 0; g < genes; ++g) {
    const auto& bin = statistics[bins[g]];
    out.dispersions_norm[g] = (out.dispersions[g] - bin.mean) / bin.deviation;
  }
  const double cutoff = detail::nth_highest(out.dispersions_norm, std::min<std::int64_t>(n_top, x.cols()));
  out.chosen.resize(genes);
  for (std::size_t g = 0; g < genes; ++g) out.chosen[g] = out.dispersions_norm[g] >= cutoff;
  return out;
}

}  // namespace brenier::data
