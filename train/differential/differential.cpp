#include "train/differential/differential.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <string>
#include <utility>

#include "core/error.h"
#include "core/shape.h"
#include "ot/passes/parallel.h"
#include "train/differential/false_discovery.h"
#include "train/differential/gene_entries.h"
#include "train/differential/rank_sums.h"
#include "train/differential/tail_probability.h"

namespace brenier::train {
namespace differential_detail {

struct Tested {
  double score = 0.0;
  double p_value = 1.0;
};

Tested rank_test(double u, double ties, double n, double m, const DifferentialSettings& settings) {
  const double all = n + m;
  const double coefficient = settings.tie_correct && all >= 2.0 ? 1.0 - ties / (all * all * all - all) : 1.0;
  const double deviation = std::sqrt(coefficient * n * m * (all + 1.0) / 12.0);
  double difference = u - n * m / 2.0;
  if (settings.continuity) difference = std::copysign(std::max(std::abs(difference) - 0.5, 0.0), difference);
  const double z = difference / deviation;
  if (std::isnan(z)) return {};  // all values equal
  return {z, normal_two_sided(z)};
}

struct Moments {
  double mean = 0.0;
  double variance = 0.0;
};

Tested t_test(const Moments& group, double n, const Moments& control, double m) {
  const double a = group.variance / n;
  const double b = control.variance / m;
  const double t = (group.mean - control.mean) / std::sqrt(a + b);
  if (std::isnan(t)) return {};  // equal means without spread
  const double freedom = (a + b) * (a + b) / (a * a / (n - 1.0) + b * b / (m - 1.0));
  return {t, student_two_sided(t, std::isnan(freedom) ? 1.0 : freedom)};
}

double fold_change(double group, double control, const DifferentialSettings& settings) {
  if (settings.logarithms) {
    group = std::expm1(group);
    control = std::expm1(control);
  }
  const double change = std::log2((group + settings.pseudocount) / (control + settings.pseudocount));
  return std::isnan(change) ? 0.0 : change;
}

// The moments of all groups for one gene, from its entries.
class GroupMoments final {
 public:
  explicit GroupMoments(const std::vector<std::int64_t>& sizes)
      : sizes_(sizes), moments_(sizes.size()), entries_(sizes.size()) {}

  void compute(const std::vector<GeneEntry>& entries, bool variance) {
    std::fill(moments_.begin(), moments_.end(), Moments{});
    for (const GeneEntry entry : entries) moments_[group_of(entry)].mean += static_cast<double>(value_of(entry));
    for (std::size_t g = 0; g < sizes_.size(); ++g) moments_[g].mean /= static_cast<double>(sizes_[g]);
    if (!variance) return;
    std::fill(entries_.begin(), entries_.end(), 0);
    for (const GeneEntry entry : entries) {
      Moments& moments = moments_[group_of(entry)];
      const double off = static_cast<double>(value_of(entry)) - moments.mean;
      moments.variance += off * off;
      ++entries_[group_of(entry)];
    }
    for (std::size_t g = 0; g < sizes_.size(); ++g) {
      Moments& moments = moments_[g];
      moments.variance += static_cast<double>(sizes_[g] - entries_[g]) * moments.mean * moments.mean;
      moments.variance /= static_cast<double>(sizes_[g] - 1);
    }
  }

  [[nodiscard]] const Moments& of(std::size_t group) const { return moments_[group]; }

 private:
  const std::vector<std::int64_t>& sizes_;
  std::vector<Moments> moments_;
  std::vector<std::int64_t> entries_;
};

std::vector<std::int64_t> group_sizes(const data::CellMatrix& cells, const std::vector<std::int32_t>& group_of_cell,
                                      std::int32_t groups, const DifferentialSettings& settings) {
  if (std::ssize(group_of_cell) != cells.rows() || groups < 1) {
    throw Error(ErrorKind::kDefect, "the groups of a test do not fit its cells")
        .found(std::to_string(group_of_cell.size()) + " labels, " + std::to_string(groups) + " groups")
        .expected(std::to_string(cells.rows()) + " labels, at least one group");
  }
  std::vector<std::int64_t> sizes(static_cast<std::size_t>(groups) + 1, 0);
  for (const std::int32_t group : group_of_cell) {
    if (group > groups) {
      throw Error(ErrorKind::kDefect, "a cell has a group that is not there")
          .found(std::to_string(group))
          .expected("-1 to " + std::to_string(groups));
    }
    if (group >= 0) ++sizes[static_cast<std::size_t>(group)];
  }
  const std::int64_t least = settings.test == DifferentialTest::kWilcoxon ? 1 : 2;
  for (std::size_t g = 0; g < sizes.size(); ++g) {
    if (sizes[g] >= least) continue;
    throw Error(ErrorKind::kData, "too few cells to test for differential expression")
        .at(g == 0 ? "control" : "group " + std::to_string(g))
        .found(std::to_string(sizes[g]) + " cells")
        .expected("at least " + std::to_string(least));
  }
  return sizes;
}

}  // namespace differential_detail

DifferentialSettings cell_eval_test() { return {.tie_correct = true, .continuity = true, .pseudocount = 0.0}; }

std::vector<Differential> differential_expression(const data::CellMatrix& cells,
                                                  const std::vector<std::int32_t>& group_of_cell, std::int32_t groups,
                                                  const DifferentialSettings& settings) {
  namespace detail = differential_detail;
  const auto sizes = detail::group_sizes(cells, group_of_cell, groups, settings);
  const std::int64_t genes = cells.cols();
  const auto width = static_cast<std::size_t>(genes);
  const std::vector<double> empty(width, 0.0);
  std::vector<Differential> results(static_cast<std::size_t>(groups), {empty, empty, {}, empty});
  const bool ranks = settings.test == DifferentialTest::kWilcoxon;
  ot::parallel_blocks((genes + kGenesInBlock - 1) / kGenesInBlock, [&](std::int64_t number) {
    const std::int64_t first = number * kGenesInBlock;
    const std::int64_t count = std::min(kGenesInBlock, genes - first);
    GeneBlock block;
    collect_entries(cells, group_of_cell, first, count, block);
    RankSums sums(sizes);
    detail::GroupMoments moments(sizes);
    for (std::int64_t k = 0; k < count; ++k) {
      auto& entries = block[static_cast<std::size_t>(k)];
      const auto gene = static_cast<std::size_t>(first + k);
      moments.compute(entries, !ranks);
      if (ranks) sums.compute(entries);
      for (std::size_t g = 1; g < sizes.size(); ++g) {
        const auto n = static_cast<double>(sizes[g]);
        const auto m =
            static_cast<double>(settings.test == DifferentialTest::kTTestOverestimated ? sizes[g] : sizes[0]);
        const auto tested = ranks ? detail::rank_test(sums.u(g), sums.ties(g), n, m, settings)
                                  : detail::t_test(moments.of(g), n, moments.of(0), m);
        Differential& result = results[g - 1];
        result.score[gene] = tested.score;
        result.p_value[gene] = tested.p_value;
        result.log_fold_change[gene] = detail::fold_change(moments.of(g).mean, moments.of(0).mean, settings);
      }
    }
  });
  ot::parallel_blocks(groups, [&](std::int64_t g) {
    Differential& result = results[static_cast<std::size_t>(g)];
    result.adjusted = adjust_p_values(result.p_value);
  });
  return results;
}

Differential differential_expression(const at::Tensor& control, const at::Tensor& group,
                                     const DifferentialSettings& settings) {
  ShapeLetters letters({}, ErrorKind::kDefect);
  letters.check(control, "control", "[M, G]");
  letters.check(group, "group", "[N, G]");
  const at::Tensor cells = at::cat({control.to(at::kFloat), group.to(at::kFloat)}).contiguous();
  data::DenseMatrix matrix{cells.size(0), cells.size(1), {}};
  const float* first = cells.const_data_ptr<float>();
  matrix.values.assign(first, first + cells.numel());
  std::vector<std::int32_t> labels(static_cast<std::size_t>(cells.size(0)), 1);
  std::fill_n(labels.begin(), control.size(0), 0);
  return std::move(differential_expression(data::CellMatrix(std::move(matrix)), labels, 1, settings).front());
}

std::vector<std::int64_t> ranked_genes(const std::vector<double>& score, bool absolute) {
  std::vector<std::int64_t> order(score.size());
  std::iota(order.begin(), order.end(), std::int64_t{0});
  const auto key = [&](std::int64_t gene) {
    const double value = score[static_cast<std::size_t>(gene)];
    return absolute ? std::abs(value) : value;
  };
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) { return key(a) > key(b); });
  return order;
}

}  // namespace brenier::train
