// Benjamini and Hochberg's adjusted p-values (benjamini1995controlling).
//
//   q_(i) = min( 1, min_{j >= i} p_(j) m / j )          p_(1) <= ... <= p_(m)
//
// Declaring the genes with q < 0.05 keeps the expected share of false ones below 5 %. The numbers of statsmodels
// "fdr_bh" (scanpy) and of scipy.stats.false_discovery_control (pdex).
#pragma once

#include <vector>

namespace brenier::train {

// In the order of the input; NaN counts as 1.
[[nodiscard]] std::vector<double> adjust_p_values(const std::vector<double>& p_values);

}  // namespace brenier::train
