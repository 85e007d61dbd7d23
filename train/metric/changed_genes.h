// The genes that a perturbation changes most, chosen by the true cells and the control cells alone.
//
//   difference  |mean(truth) - mean(control)|              on the scale of the data (usually log1p)
//   t score     |difference| / sqrt(v_t / M + v_c / N)     Welch's t, as rank_genes_groups "t-test" of wolf2018scanpy
//
// Descending, ties by the lower gene number. A gene whose score is NaN (t score of a gene that is constant in both
// populations without a difference) comes last; constant with a difference is infinite and comes first.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "train/metric/comparison.h"

namespace brenier::train {

// int64 [min(k, G)]. Throws kDefect for k < 1.
[[nodiscard]] at::Tensor most_changed_genes(const Population& control, const Population& truth, std::int64_t k);
// The same by t score; empty when a population has fewer than two cells (no variance).
[[nodiscard]] at::Tensor most_significant_genes(const Population& control, const Population& truth, std::int64_t k);

// Of that ranking those whose mean is not 0 over the true cells; with `absent_too` also those whose mean is 0 over the
// true and the control cells ("non-zero" and "non-dropout" genes of GEARS).
[[nodiscard]] at::Tensor most_significant_seen_genes(const Population& control, const Population& truth, std::int64_t k,
                                                     bool absent_too);

// float64 [G]: Welch's t (signed, truth minus control).
[[nodiscard]] at::Tensor welch_t(const Population& control, const Population& truth);

}  // namespace brenier::train
