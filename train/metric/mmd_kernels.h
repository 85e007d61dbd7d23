// mmd_10kernels: the squared maximum mean discrepancy that discrepancy-VAE is published with (zhang2023discrepancy, the
// notebooks beside its code).
//
//   mean over blocks b of  D(P_b, T_b)       D: models/svae/kernel_discrepancy.h with 10 kernels, sigma 1000
//
// The kernel is the SUM of ten Gaussians, exp(-|x - y|^2 / w) with w = 31.25, 62.5, .., 16000, so that values lie in
// [0, 20]; pairs of a cell with itself are counted (the biased statistic). P_b and T_b are blocks of 256 predicted and
// 256 true cells, in the order of the comparison; cells behind the last full block are left out, and with fewer than
// 256 on one side all are one block of the smaller size. The bias depends on the block: two samples of one distribution
// score about 2 (10 - E k) / 256, 0.007 on the published simulation. Published values are means over contexts of this
// mean.
#pragma once

#include "train/metric/comparison.h"

namespace brenier::train {

[[nodiscard]] double mmd_10kernels(const Comparison& comparison);

}  // namespace brenier::train
