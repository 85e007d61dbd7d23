// An exact transport plan with its proof of optimality.
//
//   value = min_P sum_ij P_ij C_ij,  P >= 0, P 1 = a, P^T 1 = b
//         = max_{f,g} <a, f> + <b, g>,  f_i + g_j <= C_ij
//
// The plan is basic: at most N + M - 1 entries. C [N, M] is row-major. The potentials are centred (mean of f is 0)
// unless said otherwise. When several f, g are optimal (a degenerate plan), any one of them is given.
//
// The certificate of a solution is what its solver is believed on: marginals, f_i + g_j <= C_ij, and the gap
//
//   gap = value - <a, f> - <b, g> = sum_ij P_ij (C_ij - f_i - g_j) + <f, a - P 1> ... >= |value - true value|
//
// computed from the reduced costs, so that it does not drown in rounding. Source: peyre2019computational, section 2.5.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace brenier::ot {

struct ExactPlan {
  std::vector<std::int64_t> rows;     // [K], in order of row, then column
  std::vector<std::int64_t> columns;  // [K]
  std::vector<double> mass;           // [K], > 0
  double value = 0;
  std::vector<double> f;  // [N]
  std::vector<double> g;  // [M]
  double gap = 0;         // value minus dual value, >= 0 up to rounding
};

inline constexpr double kCertificateTolerance = 1e-9;

struct Certificate {
  double marginal_error = 0;  // largest difference of a marginal, relative to the total mass
  double violation = 0;       // largest f_i + g_j - C_ij, relative to |C_ij| + |f_i| + |g_j|; 0 when feasible
  double gap = 0;             // in units of the value
  double gap_allowed = 0;     // kCertificateTolerance * sum P|C|, plus rounding of the potentials
  [[nodiscard]] bool holds() const;
};

[[nodiscard]] Certificate certify(std::span<const double> cost, std::span<const double> a, std::span<const double> b,
                                  const ExactPlan& plan);

// Throws kNumerical with the numbers when the certificate does not hold; `method` names the solver.
void require(const Certificate& certificate, const std::string& method);

// Makes f, g feasible and tight with two minima over the cost: g_j = min_i C_ij - f_i over rows with a_i > 0, then
// f_i = min_j C_ij - g_j. The dual value does not fall. Rows or columns without mass get the largest potential allowed.
void tighten_potentials(std::span<const double> cost, std::span<const double> a, std::vector<double>& f,
                        std::vector<double>& g);

}  // namespace brenier::ot
