#include "ot/exact/masses.h"

#include <cmath>
#include <cstddef>

#include "core/error.h"
#include "core/number_text.h"

namespace brenier::ot {
namespace masses_detail {

// Squares and sums of values up to this size stay far from overflow.
inline constexpr double kLargest = 1e150;

struct CompensatedSum {
  double sum = 0;
  double correction = 0;
  void add(double value) {
    const double next = sum + value;
    correction += std::abs(sum) >= std::abs(value) ? (sum - next) + value : (value - next) + sum;
    sum = next;
  }
  [[nodiscard]] double value() const { return sum + correction; }
};

double checked_total(std::span<const double> weights, const std::string& name) {
  if (weights.empty()) throw Error(ErrorKind::kData, name + " is empty").expected("at least one weight");
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] >= 0 && weights[i] <= kLargest) continue;
    throw Error(ErrorKind::kData, "the weight " + name + "[" + std::to_string(i) + "] is not usable")
        .found(number_text(weights[i]))
        .expected("a finite weight of at least 0");
  }
  const double total = compensated_sum(weights);
  if (total <= 0)
    throw Error(ErrorKind::kData, "all weights of " + name + " are zero").expected("some mass to transport");
  return total;
}

}  // namespace masses_detail

double compensated_sum(std::span<const double> values) {
  masses_detail::CompensatedSum sum;
  for (const double value : values) sum.add(value);
  return sum.value();
}

std::vector<double> compensated_cumulative_sum(std::span<const double> values) {
  std::vector<double> out;
  out.reserve(values.size());
  masses_detail::CompensatedSum sum;
  for (const double value : values) {
    sum.add(value);
    out.push_back(sum.value());
  }
  return out;
}

Masses balanced_masses(std::span<const double> a, std::span<const double> b, double tolerance) {
  const double total = masses_detail::checked_total(a, "a");
  const double other = masses_detail::checked_total(b, "b");
  if (std::abs(total - other) > tolerance * std::max(total, other)) {
    throw Error(ErrorKind::kData, "the masses of a and b differ")
        .found("sum(a) = " + number_text(total) + ", sum(b) = " + number_text(other))
        .expected("equal sums (relative difference at most " + number_text(tolerance) + ")")
        .hint("divide each by its sum, or solve the unbalanced problem");
  }
  Masses masses{{a.begin(), a.end()}, {b.begin(), b.end()}, total};
  if (other != total) {
    for (double& weight : masses.b) weight *= total / other;
  }
  return masses;
}

void centre_potentials(std::span<double> f, std::span<double> g) {
  if (f.empty()) return;
  const double mean = compensated_sum(f) / static_cast<double>(f.size());
  for (double& value : f) value -= mean;
  for (double& value : g) value += mean;
}

void check_values(std::span<const double> values, const std::string& name) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::abs(values[i]) <= masses_detail::kLargest) continue;
    throw Error(ErrorKind::kData, name + " has a value that is not usable")
        .at("element " + std::to_string(i))
        .found(number_text(values[i]))
        .expected("finite values of at most 1e150 in size");
  }
}

}  // namespace brenier::ot
