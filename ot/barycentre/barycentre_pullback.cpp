#include "ot/barycentre/barycentre_pullback.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/error.h"
#include "core/number_text.h"

namespace brenier::ot {
namespace barycentre_pullback_detail {

using Blocks = std::vector<std::vector<double>>;  // K of [N]

class System final {
 public:
  System(const BregmanProblem& problem, const BregmanSolution& solution) : problem_(problem), solution_(solution) {
    for (const double p : solution.barycentre) root_.push_back(std::sqrt(p));
  }

  [[nodiscard]] std::size_t blocks() const { return problem_.passes.size(); }
  [[nodiscard]] const std::vector<double>& root() const { return root_; }

  // P_k^T z / h_k with z = y / sqrt(p): [N_k].
  [[nodiscard]] std::vector<double> means(std::size_t k, const std::vector<double>& y) const {
    std::vector<double> z(y.size());
    for (std::size_t i = 0; i < z.size(); ++i) z[i] = root_[i] > 0 ? y[i] / root_[i] : 0.0;
    const auto& histogram = problem_.histograms[k];
    std::vector<double> out(histogram.size());
    problem_.passes[k]->apply(Direction::kColumns, plan(k), z.data(), 1, out.data());
    for (std::size_t j = 0; j < out.size(); ++j) out[j] = histogram[j] > 0 ? out[j] / histogram[j] : 0.0;
    return out;
  }

  // (I - M_k M_k^T) y_k for all k, projected.
  [[nodiscard]] Blocks product(const Blocks& y) const {
    Blocks out(blocks());
    for (std::size_t k = 0; k < blocks(); ++k) {
      const auto inner = means(k, y[k]);
      std::vector<double> back(root_.size());
      problem_.passes[k]->apply(Direction::kRows, plan(k), inner.data(), 1, back.data());
      out[k] = y[k];
      for (std::size_t i = 0; i < back.size(); ++i) out[k][i] -= root_[i] > 0 ? back[i] / root_[i] : y[k][i];
    }
    project(out);
    return out;
  }

  // Subtracts sum_k lambda_k y_k from every block, then from each its part along sqrt(p): that is the null space, which
  // a solution that is not exact would let in.
  void project(Blocks& y) const {
    for (std::size_t i = 0; i < root_.size(); ++i) {
      double mean = 0;
      for (std::size_t k = 0; k < blocks(); ++k) mean += problem_.lambda[k] * y[k][i];
      for (std::size_t k = 0; k < blocks(); ++k) y[k][i] -= mean;
    }
    for (auto& block : y) {
      double along = 0;
      for (std::size_t i = 0; i < root_.size(); ++i) along += block[i] * root_[i];
      for (std::size_t i = 0; i < root_.size(); ++i) block[i] -= along / problem_.mass * root_[i];
    }
  }

  // sum_k lambda_k <x_k, y_k>, in which the operators are symmetric and the projection is orthogonal.
  [[nodiscard]] double inner(const Blocks& x, const Blocks& y) const {
    double sum = 0;
    for (std::size_t k = 0; k < blocks(); ++k) {
      double part = 0;
      for (std::size_t i = 0; i < root_.size(); ++i) part += x[k][i] * y[k][i];
      sum += problem_.lambda[k] * part;
    }
    return sum;
  }

 private:
  [[nodiscard]] PlanView plan(std::size_t k) const {
    return {solution_.F[k].data(), solution_.G[k].data(), 1 / problem_.epsilon};
  }

  const BregmanProblem& problem_;
  const BregmanSolution& solution_;
  std::vector<double> root_;  // sqrt(p)
};

// target += factor * step
void add(Blocks& target, double factor, const Blocks& step) {
  for (std::size_t k = 0; k < target.size(); ++k)
    for (std::size_t i = 0; i < target[k].size(); ++i) target[k][i] += factor * step[k][i];
}

}  // namespace barycentre_pullback_detail

std::vector<std::vector<double>> barycentre_pullback(const BregmanProblem& problem, const BregmanSolution& solution,
                                                     const std::vector<double>& cotangent,
                                                     const SchurSettings& settings) {
  using barycentre_pullback_detail::add;
  using barycentre_pullback_detail::Blocks;
  const barycentre_pullback_detail::System system(problem, solution);
  std::vector<double> first(cotangent);
  for (std::size_t i = 0; i < first.size(); ++i) first[i] *= system.root()[i];
  Blocks y(system.blocks(), first);
  auto residual = system.product(y);
  for (auto& block : residual)
    for (double& value : block) value = -value;
  double precision = 0;
  for (const auto* passes : problem.passes) precision = std::max(precision, passes->precision());
  const double first_square = system.inner(residual, residual);
  // Below this the right-hand side is rounding (histograms that are equal have none).
  const double floor = 256 * precision * precision * system.inner(y, y);
  double square = first_square;
  Blocks direction = residual;
  const double goal = std::max(floor, settings.tolerance * settings.tolerance * first_square);
  for (Index step = 0; step < settings.max_iterations && square > goal; ++step) {
    const auto image = system.product(direction);
    const double curvature = system.inner(direction, image);
    if (!(curvature > 0)) break;  // what is left lies in the null space
    const double length = square / curvature;
    add(y, length, direction);
    add(residual, -length, image);
    const double next = system.inner(residual, residual);
    for (auto& block : direction)
      for (double& value : block) value *= next / square;
    add(direction, 1, residual);
    square = next;
  }
  if (!(square <= std::max(floor, 1e-6 * first_square))) {
    throw Error(ErrorKind::kNumerical, "the linear system behind the gradient of a barycentre was not solved")
        .found("a relative residual of " + number_text(std::sqrt(square / first_square)) + " after " +
               std::to_string(settings.max_iterations) + " iterations")
        .expected("at most 0.001")
        .hint("a larger epsilon, more iterations (implicit), or float64");
  }
  std::vector<std::vector<double>> out;
  for (std::size_t k = 0; k < system.blocks(); ++k) {
    out.push_back(system.means(k, y[k]));
    for (double& value : out.back()) value *= problem.lambda[k];
  }
  return out;
}

}  // namespace brenier::ot
