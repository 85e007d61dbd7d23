// Problems drawn at random, and proofs of solutions that share no code with the solvers.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/random.h"
#include "ot/exact/exact_plan.h"

namespace brenier::ot {

struct ExactProblem {
  std::size_t n = 0;
  std::size_t m = 0;
  std::vector<double> cost;
  std::vector<double> a;
  std::vector<double> b;
};

// Weights of that total, some of them zero when asked for (the first never is).
inline std::vector<double> random_weights(RandomStream& random, std::size_t count, double total, bool zeros) {
  std::vector<double> weights;
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    weights.push_back(zeros && i > 0 && random.uniform() < 0.3 ? 0.0 : random.uniform(0.01, 1.0));
    sum += weights.back();
  }
  for (double& weight : weights) weight *= total / sum;
  return weights;
}

// Sizes 1..60, masses .1..10; one in three with whole costs 0..5 (many ties), one in three with equal weights.
inline ExactProblem random_problem(RandomStream& random, std::size_t largest = 60) {
  ExactProblem problem;
  problem.n = static_cast<std::size_t>(1 + random.below(static_cast<std::int64_t>(largest)));
  problem.m = static_cast<std::size_t>(1 + random.below(static_cast<std::int64_t>(largest)));
  const bool whole = random.below(3) == 0;
  const double scale = std::pow(10.0, random.uniform(-3.0, 3.0));
  for (std::size_t k = 0; k < problem.n * problem.m; ++k)
    problem.cost.push_back(whole ? static_cast<double>(random.below(6)) : scale * random.uniform(-0.2, 1.0));
  const double total = random.uniform(0.1, 10.0);
  if (random.below(3) == 0) {
    problem.a.assign(problem.n, total / static_cast<double>(problem.n));
    problem.b.assign(problem.m, total / static_cast<double>(problem.m));
  } else {
    problem.a = random_weights(random, problem.n, total, random.below(2) == 0);
    problem.b = random_weights(random, problem.m, total, random.below(2) == 0);
  }
  return problem;
}

// A cost that is huge except near the diagonal: pairs further apart than 2 are forbidden.
inline std::vector<double> banded_cost(RandomStream& random, std::size_t n, double huge) {
  std::vector<double> cost;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      const double ordinary = random.uniform(0.5, 1.5);
      cost.push_back((i > j ? i - j : j - i) <= 2 ? ordinary : huge);
    }
  }
  return cost;
}

// The largest of: marginal errors, excess of f_i + g_j over C_ij, |value - <P, C>|, |value - dual value|; in units of
// the problem. Zero for a perfect solution, and only then.
inline double optimality_error(const ExactProblem& problem, const ExactPlan& plan) {
  std::vector<double> rows(problem.n, 0.0);
  std::vector<double> columns(problem.m, 0.0);
  double mass = 0;
  double largest = 1e-300;
  double value = 0;
  double worst = 0;
  for (const double c : problem.cost) largest = std::max(largest, std::abs(c));
  for (std::size_t k = 0; k < plan.mass.size(); ++k) {
    const auto i = static_cast<std::size_t>(plan.rows.at(k));
    const auto j = static_cast<std::size_t>(plan.columns.at(k));
    if (!(plan.mass[k] > 0)) return 1e300;
    rows.at(i) += plan.mass[k];
    columns.at(j) += plan.mass[k];
    value += plan.mass[k] * problem.cost.at(i * problem.m + j);
  }
  for (const double weight : problem.a) mass += weight;
  double dual = 0;
  for (std::size_t i = 0; i < problem.n; ++i) {
    worst = std::max(worst, std::abs(rows[i] - problem.a[i]) / mass);
    dual += problem.a[i] * plan.f.at(i);
  }
  for (std::size_t j = 0; j < problem.m; ++j) {
    worst = std::max(worst, std::abs(columns[j] - problem.b[j]) / mass);
    dual += problem.b[j] * plan.g.at(j);
  }
  for (std::size_t i = 0; i < problem.n; ++i) {
    for (std::size_t j = 0; j < problem.m; ++j)
      worst = std::max(worst, (plan.f[i] + plan.g[j] - problem.cost[i * problem.m + j]) / largest);
  }
  worst = std::max(worst, std::abs(plan.value - value) / (mass * largest));
  return std::max(worst, std::abs(plan.value - dual) / (mass * largest));
}

}  // namespace brenier::ot
