// The square assignment problem: the best one-to-one matching of N sources and N targets.
//
//   min_sigma sum_i C_{i, sigma(i)}   = max_{f,g} sum_i f_i + sum_j g_j,  f_i + g_j <= C_ij
//
// C [N, N] is row-major, any finite numbers. An auction with scaled steps finds good prices, row reduction
// at these prices matches most rows, shortest augmenting paths the rest: O(N^3) time at worst, O(N) memory beside C.
// This is exact transport between uniform weights (value / N, plan sigma / N). The result is checked by its certificate
// (exact_plan.h); kNumerical when it does not hold. kData: wrong size, bad cost. Sources: jonker1987shortest,
// bertsekas1988auction.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace brenier::ot {

struct Assignment {
  std::vector<std::int64_t> column;  // [N], sigma
  double value = 0;                  // sum over i, not the mean
  std::vector<double> f;             // [N], mean 0
  std::vector<double> g;             // [N]
  double gap = 0;                    // value minus dual value
};

[[nodiscard]] Assignment solve_assignment(std::span<const double> cost, std::int64_t n);

}  // namespace brenier::ot
