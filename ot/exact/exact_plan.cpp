#include "ot/exact/exact_plan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

#include "core/error.h"
#include "core/number_text.h"
#include "ot/exact/masses.h"

namespace brenier::ot {
namespace exact_plan_detail {

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

// The size of ordinary costs: the median over the rows of the third least |C_ij| that is not zero. Huge costs that
// stand for forbidden pairs do not move it, even when nearly all pairs are forbidden.
double nearby_cost(std::span<const double> cost, std::size_t m) {
  std::vector<double> thirds;
  for (std::size_t start = 0; start < cost.size(); start += m) {
    std::array<double, 3> least = {kInfinity, kInfinity, kInfinity};
    for (std::size_t j = 0; j < m; ++j) {
      const double size = std::abs(cost[start + j]);
      if (size == 0 || size >= least[2]) continue;
      least[2] = size;
      if (least[2] < least[1]) std::swap(least[1], least[2]);
      if (least[1] < least[0]) std::swap(least[0], least[1]);
    }
    const auto last = std::find_if(least.rbegin(), least.rend(), [](double size) { return size < kInfinity; });
    if (last != least.rend()) thirds.push_back(*last);
  }
  if (thirds.empty()) return 0;
  const auto middle = thirds.begin() + static_cast<std::ptrdiff_t>(thirds.size() / 2);
  std::nth_element(thirds.begin(), middle, thirds.end());
  return *middle;
}

}  // namespace exact_plan_detail

bool Certificate::holds() const {
  // Written so that a NaN fails.
  return marginal_error <= kCertificateTolerance && violation <= kCertificateTolerance && std::abs(gap) <= gap_allowed;
}

Certificate certify(std::span<const double> cost, std::span<const double> a, std::span<const double> b,
                    const ExactPlan& plan) {
  const std::size_t n = a.size();
  const std::size_t m = b.size();
  Certificate out;
  std::vector<double> row_left(a.begin(), a.end());
  std::vector<double> column_left(b.begin(), b.end());
  std::vector<double> slack_terms;
  double size = 0;
  double potential_size = 0;
  for (std::size_t k = 0; k < plan.mass.size(); ++k) {
    const auto i = static_cast<std::size_t>(plan.rows[k]);
    const auto j = static_cast<std::size_t>(plan.columns[k]);
    const double c = cost[i * m + j];
    row_left[i] -= plan.mass[k];
    column_left[j] -= plan.mass[k];
    slack_terms.push_back(plan.mass[k] * (c - plan.f[i] - plan.g[j]));
    size += plan.mass[k] * std::abs(c);
    potential_size += plan.mass[k] * (std::abs(plan.f[i]) + std::abs(plan.g[j]));
  }
  const double total = compensated_sum(a);
  for (std::size_t i = 0; i < n; ++i) {
    out.marginal_error = std::max(out.marginal_error, std::abs(row_left[i]) / total);
    slack_terms.push_back(-plan.f[i] * row_left[i]);
  }
  for (std::size_t j = 0; j < m; ++j) {
    out.marginal_error = std::max(out.marginal_error, std::abs(column_left[j]) / total);
    slack_terms.push_back(-plan.g[j] * column_left[j]);
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < m; ++j) {
      const double excess = plan.f[i] + plan.g[j] - cost[i * m + j];
      if (excess <= 0) continue;
      const double scale = std::abs(cost[i * m + j]) + std::abs(plan.f[i]) + std::abs(plan.g[j]);
      out.violation = std::max(out.violation, excess / scale);
    }
  }
  out.gap = compensated_sum(slack_terms);
  // Potentials round, which matters where the costs of the plan are all but zero. Where huge potentials would round too
  // much to prove anything, they are no excuse.
  const double rounding = std::min(32 * std::numeric_limits<double>::epsilon() * potential_size,
                                   1e-7 * total * exact_plan_detail::nearby_cost(cost, m));
  out.gap_allowed = kCertificateTolerance * size + rounding;
  return out;
}

void require(const Certificate& certificate, const std::string& method) {
  if (certificate.holds()) return;
  throw Error(ErrorKind::kNumerical, "the solution of the " + method + " could not be proven optimal")
      .found("marginal error " + number_text(certificate.marginal_error) + ", dual violation " +
             number_text(certificate.violation) + ", duality gap " + number_text(certificate.gap))
      .expected("at most " + number_text(kCertificateTolerance) + ", " + number_text(kCertificateTolerance) + ", " +
                number_text(certificate.gap_allowed))
      .hint("give forbidden pairs a cost that is less far above the others");
}

void tighten_potentials(std::span<const double> cost, std::span<const double> a, std::vector<double>& f,
                        std::vector<double>& g) {
  const std::size_t n = f.size();
  const std::size_t m = g.size();
  std::fill(g.begin(), g.end(), std::numeric_limits<double>::infinity());
  for (std::size_t i = 0; i < n; ++i) {
    if (a[i] <= 0) continue;
    for (std::size_t j = 0; j < m; ++j) g[j] = std::min(g[j], cost[i * m + j] - f[i]);
  }
  for (std::size_t i = 0; i < n; ++i) {
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t j = 0; j < m; ++j) least = std::min(least, cost[i * m + j] - g[j]);
    f[i] = least;
  }
  centre_potentials(f, g);
}

}  // namespace brenier::ot
