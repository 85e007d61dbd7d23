#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/error.h"
#include "data/preprocess/gene_moments.h"
#include "data/preprocess/highly_variable.h"
#include "data/preprocess/loess.h"

namespace brenier::data {
namespace highly_variable_seurat_v3_detail {

// Variance of the clipped, standardised counts of one batch. [G]
std::vector<double> standardised_variance(const CellMatrix& x, const std::vector<std::int64_t>& rows, double span) {
  const GeneMoments moments = gene_moments(x, FitRows(rows));
  const std::size_t genes = moments.mean.size();
  std::vector<double> log_mean;
  std::vector<double> log_variance;
  for (std::size_t g = 0; g < genes; ++g) {
    if (!(moments.variance[g] > 0.0)) continue;
    log_mean.push_back(std::log10(moments.mean[g]));
    log_variance.push_back(std::log10(moments.variance[g]));
  }
  const std::vector<double> trend =
      with_context("variance trend of gene choice 'seurat_v3' over " + std::to_string(log_mean.size()) +
                       " genes that are not constant (preprocess.genes.span)",
                   [&] { return loess(log_mean, log_variance, span); });
  const auto n = static_cast<double>(rows.size());
  std::vector<double> deviation(genes);
  std::vector<double> ceiling(genes);
  std::size_t next = 0;
  for (std::size_t g = 0; g < genes; ++g) {
    deviation[g] = std::sqrt(std::pow(10.0, moments.variance[g] > 0.0 ? trend[next++] : 0.0));
    ceiling[g] = deviation[g] * std::sqrt(n) + moments.mean[g];
  }
  std::vector<double> sum(genes);
  std::vector<double> square(genes);
  for (const std::int64_t i : rows) {
    const auto row = row_values(x, i);
    for (std::size_t k = 0; k < row.values.size(); ++k) {
      const std::size_t g = row.column(k);
      const double v = std::min(static_cast<double>(row.values[k]), ceiling[g]);
      sum[g] += v;
      square[g] += v * v;
    }
  }
  std::vector<double> out(genes);
  for (std::size_t g = 0; g < genes; ++g) {
    const double mean = moments.mean[g];
    out[g] = (n * mean * mean + square[g] - 2.0 * sum[g] * mean) / ((n - 1.0) * deviation[g] * deviation[g]);
  }
  return out;
}

// Rank of every gene, 0 the most variable; ties in the order of the genes.
std::vector<std::size_t> ranks(const std::vector<double>& score) {
  std::vector<std::size_t> order(score.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&score](std::size_t a, std::size_t b) { return score[a] > score[b]; });
  std::vector<std::size_t> rank(score.size());
  for (std::size_t k = 0; k < order.size(); ++k) rank[order[k]] = k;
  return rank;
}

double median(std::vector<double> values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : 0.5 * (values[half - 1] + values[half]);
}

}  // namespace highly_variable_seurat_v3_detail

HighlyVariable highly_variable_seurat_v3(const CellMatrix& x, std::int64_t n_top, double span,
                                         const std::vector<std::vector<std::int64_t>>& batches) {
  namespace detail = highly_variable_seurat_v3_detail;
  const auto genes = static_cast<std::size_t>(x.cols());
  const auto top = std::min(static_cast<std::size_t>(n_top), genes);
  HighlyVariable out;
  out.flavor = "seurat_v3";
  out.variances_norm.assign(genes, 0.0);
  out.batches.assign(genes, 0.0);
  std::vector<std::vector<double>> top_ranks(genes);
  std::vector<std::int64_t> everyone;
  for (const auto& rows : batches) {
    if (rows.size() < 2) {
      throw Error(ErrorKind::kData, "too few cells to choose variable genes")
          .found(std::to_string(rows.size()) + " cells")
          .expected("at least 2 cells (a batch)");
    }
    everyone.insert(everyone.end(), rows.begin(), rows.end());
    const std::vector<double> score = detail::standardised_variance(x, rows, span);
    const std::vector<std::size_t> rank = detail::ranks(score);
    for (std::size_t g = 0; g < genes; ++g) {
      out.variances_norm[g] += score[g] / static_cast<double>(batches.size());
      if (rank[g] >= top) continue;
      out.batches[g] += 1.0;
      top_ranks[g].push_back(static_cast<double>(rank[g]));
    }
  }
  GeneMoments moments = gene_moments(x, FitRows(everyone));
  out.means = std::move(moments.mean);
  out.variances = std::move(moments.variance);
  out.rank.resize(genes);
  for (std::size_t g = 0; g < genes; ++g) out.rank[g] = detail::median(top_ranks[g]);

  std::vector<std::size_t> order(genes);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&out](std::size_t a, std::size_t b) {
    const bool ranked_a = !std::isnan(out.rank[a]);
    const bool ranked_b = !std::isnan(out.rank[b]);
    if (ranked_a != ranked_b) return ranked_a;
    if (ranked_a && out.rank[a] != out.rank[b]) return out.rank[a] < out.rank[b];
    return out.batches[a] > out.batches[b];
  });
  out.chosen.assign(genes, false);
  for (std::size_t k = 0; k < top; ++k) out.chosen[order[k]] = true;
  return out;
}

}  // namespace brenier::data
