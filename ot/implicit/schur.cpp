#include "ot/implicit/schur.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

namespace brenier::ot {
namespace schur_detail {

using Vector = std::vector<double>;

double dot(const Vector& u, const Vector& v) {
  double sum = 0;
  for (std::size_t k = 0; k < u.size(); ++k) sum += u[k] * v[k];
  return sum;
}

Vector inverse_root(const Vector& diagonal) {
  Vector out(diagonal.size());
  for (std::size_t k = 0; k < out.size(); ++k) out[k] = diagonal[k] > 0 ? 1 / std::sqrt(diagonal[k]) : 0.0;
  return out;
}

// The unknown is the smaller side; `kept` and `dropped` are directions of the passes whose results live there.
struct Roles {
  const SchurSystem& system;
  Direction kept;
  Direction dropped;
  Vector kept_root;     // D^-1/2 of the side kept
  Vector dropped_root;  // and dropped
  const StoredPlan* stored = nullptr;
  Vector kept_growth;  // of the stored plan, see StoredPlan::growth
  Vector dropped_growth;

  [[nodiscard]] Vector to_dropped(Vector values) const {
    return product(dropped, std::move(values), kept_growth, dropped_growth, dropped_root.size());
  }
  [[nodiscard]] Vector to_kept(Vector values) const {
    return product(kept, std::move(values), dropped_growth, kept_growth, kept_root.size());
  }

  // (I - M M^T) y.
  [[nodiscard]] Vector operator()(const Vector& y) const {
    Vector scaled(y.size());
    for (std::size_t k = 0; k < y.size(); ++k) scaled[k] = y[k] * kept_root[k];
    Vector middle = to_dropped(std::move(scaled));
    for (std::size_t k = 0; k < middle.size(); ++k) middle[k] *= dropped_root[k] * dropped_root[k];
    Vector out = to_kept(std::move(middle));
    for (std::size_t k = 0; k < out.size(); ++k) out[k] = y[k] - out[k] * kept_root[k];
    return out;
  }

 private:
  [[nodiscard]] Vector product(Direction direction, Vector values, const Vector& from, const Vector& to,
                               std::size_t size) const {
    Vector out(size);
    if (stored != nullptr) {
      for (std::size_t k = 0; k < values.size(); ++k) values[k] *= from[k];
      stored->multiply(direction, values.data(), out.data());
      for (std::size_t k = 0; k < size; ++k) out[k] *= to[k];
    } else {
      system.passes->apply(direction, system.plan, values.data(), 1, out.data());
    }
    return out;
  }
};

// Smallest Ritz value of S from the coefficients of conjugate gradients (their Lanczos matrix).
double smallest_ritz(const Vector& alpha, const Vector& beta) {
  const auto size = static_cast<Eigen::Index>(alpha.size());
  if (size == 0) return 1;
  Eigen::VectorXd diagonal(size);
  Eigen::VectorXd below(std::max<Eigen::Index>(size - 1, 0));
  for (Eigen::Index k = 0; k < size; ++k) {
    const auto i = static_cast<std::size_t>(k);
    diagonal[k] = 1 / alpha[i] + (k > 0 ? beta[i - 1] / alpha[i - 1] : 0.0);
    if (k + 1 < size) below[k] = std::sqrt(beta[i]) / alpha[i];
  }
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver;
  solver.computeFromTridiagonal(diagonal, below, Eigen::EigenvaluesOnly);
  return solver.eigenvalues()[0];
}

}  // namespace schur_detail

SchurSolution solve_schur(const SchurSystem& system, const std::vector<double>& w_a, const std::vector<double>& w_b,
                          const SchurSettings& settings) {
  using schur_detail::dot;
  using schur_detail::Vector;
  const bool rows_kept = w_a.size() <= w_b.size();
  const Vector& w_kept = rows_kept ? w_a : w_b;
  const Vector& w_dropped = rows_kept ? w_b : w_a;
  const Vector& kept_diagonal = rows_kept ? system.diagonal_a : system.diagonal_b;
  const auto kept_side = rows_kept ? Direction::kRows : Direction::kColumns;
  const auto dropped_side = rows_kept ? Direction::kColumns : Direction::kRows;
  schur_detail::Roles roles{system,
                            kept_side,
                            dropped_side,
                            schur_detail::inverse_root(kept_diagonal),
                            schur_detail::inverse_root(rows_kept ? system.diagonal_b : system.diagonal_a),
                            system.plan.stored,
                            {},
                            {}};
  std::unique_ptr<StoredPlan> own;
  if (roles.stored == nullptr || !roles.stored->near(system.plan.F, system.plan.G)) {
    own = system.passes->store(system.plan, settings.plan_bytes);
    roles.stored = own.get();
  }
  if (roles.stored != nullptr) {
    roles.kept_growth = roles.stored->growth(kept_side, rows_kept ? system.plan.F : system.plan.G);
    roles.dropped_growth = roles.stored->growth(dropped_side, rows_kept ? system.plan.G : system.plan.F);
  }

  Vector null_direction;
  if (system.singular) {
    null_direction.resize(kept_diagonal.size());
    double mass = 0;
    for (const double value : kept_diagonal) mass += value;
    for (std::size_t k = 0; k < null_direction.size(); ++k) null_direction[k] = std::sqrt(kept_diagonal[k] / mass);
  }
  const auto project = [&](Vector& values) {
    if (null_direction.empty()) return;
    const double along = dot(values, null_direction);
    for (std::size_t k = 0; k < values.size(); ++k) values[k] -= along * null_direction[k];
  };

  // Right-hand side D^-1/2 (w_kept - P D^-1 w_dropped).
  Vector middle(w_dropped.size());
  for (std::size_t k = 0; k < middle.size(); ++k)
    middle[k] = w_dropped[k] * roles.dropped_root[k] * roles.dropped_root[k];
  Vector residual = roles.to_kept(std::move(middle));
  for (std::size_t k = 0; k < residual.size(); ++k) residual[k] = (w_kept[k] - residual[k]) * roles.kept_root[k];
  project(residual);

  SchurSolution solution;
  auto& report = solution.report;
  Vector y(residual.size(), 0.0);
  Vector direction = residual;
  Vector alphas;
  Vector betas;
  double squared = dot(residual, residual);
  const double start = std::sqrt(squared);
  report.converged = start == 0;
  while (!report.converged && report.iterations < settings.max_iterations) {
    Vector image = roles(direction);
    project(image);
    const double curvature = dot(direction, image);
    if (!(curvature > 0)) break;  // rounding: nothing is left in this direction
    const double alpha = squared / curvature;
    for (std::size_t k = 0; k < y.size(); ++k) {
      y[k] += alpha * direction[k];
      residual[k] -= alpha * image[k];
    }
    project(residual);
    const double next = dot(residual, residual);
    const double beta = next / squared;
    alphas.push_back(alpha);
    betas.push_back(beta);
    ++report.iterations;
    squared = next;
    if (std::sqrt(squared) <= settings.tolerance * start) {
      report.converged = true;
      break;
    }
    for (std::size_t k = 0; k < y.size(); ++k) direction[k] = residual[k] + beta * direction[k];
  }
  report.residual = start > 0 ? std::sqrt(squared) / start : 0.0;
  const double smallest = std::clamp(schur_detail::smallest_ritz(alphas, betas), 1e-300, 1.0);
  report.sigma_squared = 1 - smallest;
  report.error_bound = report.residual / smallest;

  Vector kept(y.size());
  for (std::size_t k = 0; k < y.size(); ++k) kept[k] = y[k] * roles.kept_root[k];
  Vector dropped = roles.to_dropped(kept);
  for (std::size_t k = 0; k < dropped.size(); ++k)
    dropped[k] = (w_dropped[k] - dropped[k]) * roles.dropped_root[k] * roles.dropped_root[k];
  solution.a = rows_kept ? std::move(kept) : std::move(dropped);
  solution.b = rows_kept ? std::move(dropped) : std::move(kept);
  return solution;
}

}  // namespace brenier::ot
