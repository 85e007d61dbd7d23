// The two weight vectors of a transport problem: checked, and brought to the same total.
//
//   sum_i a_i = sum_j b_j,  a_i >= 0, b_j >= 0
//
// Totals that differ by rounding (relative `tolerance`) are made equal by scaling b. Everything else is refused
// (kData): an empty vector, a negative or non-finite weight, weights that are all zero, totals that differ.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace brenier::ot {

inline constexpr double kMassTolerance = 1e-9;  // float64 weights; kMassToleranceSingle for float32
inline constexpr double kMassToleranceSingle = 1e-5;

struct Masses {
  std::vector<double> a;
  std::vector<double> b;  // scaled so that its sum is `total`
  double total = 0;       // sum of a
};

[[nodiscard]] Masses balanced_masses(std::span<const double> a, std::span<const double> b, double tolerance);

// Sum with compensation (Neumaier 1974): the error does not grow with the count.
[[nodiscard]] double compensated_sum(std::span<const double> values);
// The sums of the first 1, 2, ... values, each compensated.
[[nodiscard]] std::vector<double> compensated_cumulative_sum(std::span<const double> values);

// f and g shifted by a constant so that the mean of f is zero and every f_i + g_j stays as it is.
void centre_potentials(std::span<double> f, std::span<double> g);

// Refuses values that are not finite, or so large that sums of them could overflow (kData; names the first one).
void check_values(std::span<const double> values, const std::string& name);

}  // namespace brenier::ot
