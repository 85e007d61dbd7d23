// Which genes differ between perturbed groups and a control: tests, adjusted p-values and fold changes of every gene.
//
// Tests, each two-sided, per gene; n cells of the group, m of the control, N = n + m:
//   wilcoxon             z = (U - n m / 2) / sd,  sd^2 = c n m (N + 1) / 12,  p = P(|Z| >= |z|)     (rank_sums.h)
//                        c = 1 - T / (N^3 - N) with tie_correct, else 1; with continuity |U - n m / 2| is lowered by
//                        1/2 (not below 0)
//   t_test               Welch's t, p by Student's t with Welch and Satterthwaite's degrees of freedom
//   t_test_overestimated the same with m replaced by n: the control counts as small as the group
// Adjusted p-values by Benjamini and Hochberg over the genes of a group (false_discovery.h). Fold changes
//   log2( (expm1(mean of group) + pseudocount) / (expm1(mean of control) + pseudocount) )
// without expm1 when the values are no logarithms; 0 where that is not defined (0 / 0, a negative ratio).
//
// Variants of others: scanpy's rank_genes_groups (wolf2018scanpy) is wilcoxon without continuity, tie_correct as its
// option (default off), pseudocount 1e-9; scanpy's "t-test" and "t-test_overestim_var" are the two t tests. pdex and
// cell-eval: tie_correct, continuity, pseudocount 0 (cell_eval_test() below). A gene without any spread scores 0, p 1.
//
// Zeros are not stored: the cost is that of the non-zero values. Parallel over genes; the result does not depend on the
// number of threads.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "data/table/cell_matrix.h"

namespace brenier::train {

enum class DifferentialTest { kWilcoxon, kTTest, kTTestOverestimated };

struct DifferentialSettings {
  DifferentialTest test = DifferentialTest::kWilcoxon;
  bool tie_correct = false;
  bool continuity = false;
  double pseudocount = 1e-9;
  bool logarithms = true;  // values are log1p
};

// What cell-eval and pdex use.
[[nodiscard]] DifferentialSettings cell_eval_test();

// One group against the control, a value a gene.
struct Differential {
  std::vector<double> score;            // z or t; positive: higher in the group
  std::vector<double> p_value;          // in [0, 1]
  std::vector<double> adjusted;         // in [0, 1]
  std::vector<double> log_fold_change;  // log2; may be infinite when the pseudocount is 0
};

// group_of_cell[i]: 0 control, 1..groups, or -1 for a cell that is left out. The result has one entry a
// group 1..groups. Throws kData: the control or a group is empty (fewer than two cells for a t test), a value that is
// not finite; kDefect when group_of_cell does not fit.
[[nodiscard]] std::vector<Differential> differential_expression(const data::CellMatrix& cells,
                                                                const std::vector<std::int32_t>& group_of_cell,
                                                                std::int32_t groups,
                                                                const DifferentialSettings& settings = {});
// The same for one group; both [n, G], floating point (values are rounded to float32).
[[nodiscard]] Differential differential_expression(const at::Tensor& control, const at::Tensor& group,
                                                   const DifferentialSettings& settings = {});

// Genes by descending score (by its size with `absolute`), ties by the lower number.
[[nodiscard]] std::vector<std::int64_t> ranked_genes(const std::vector<double>& score, bool absolute = false);

}  // namespace brenier::train
