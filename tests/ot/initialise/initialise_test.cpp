// Initialisers: the same answer as from zeros, in fewer iterations.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/error.h"
#include "core/random.h"
#include "ot/cost/custom_cost.h"
#include "ot/cost/euclidean.h"
#include "ot/cost/p_norm.h"
#include "ot/geometry/dense_cost.h"
#include "ot/initialise/from_potentials.h"
#include "ot/initialise/gaussian.h"
#include "ot/initialise/sorted.h"
#include "ot/initialise/subsample.h"
#include "ot/initialise/zeros.h"
#include "tests/ot/golden_problem.h"

namespace brenier::ot::initialise_test {

// No acceleration: what the start alone is worth.
SinkhornSettings plain_settings(double threshold = 1e-3) {
  SinkhornSettings settings;
  settings.annealing_factor = 1;
  settings.relaxation = 1;
  settings.newton = false;
  settings.certify = false;
  settings.threshold = threshold;
  return settings;
}

Index iterations_from(const LinearProblem& problem, const Initialiser& initialiser, double threshold = 1e-3) {
  const auto out = sinkhorn(problem, plain_settings(threshold), initialiser.start(problem));
  EXPECT_TRUE(out.converged()) << initialiser.name() << " " << out.marginal_error;
  return out.iterations;
}

double largest_difference(const at::Tensor& a, const at::Tensor& b) {
  const auto finite = at::isfinite(a);
  EXPECT_TRUE(at::equal(finite, at::isfinite(b)));
  return (a - b).masked_select(finite).abs().max().item<double>();
}

void expect_same_answer(const LinearProblem& problem, const Initialiser& initialiser, double tolerance = 1e-10) {
  SCOPED_TRACE(initialiser.name());
  auto settings = plain_settings(1e-13);
  settings.annealing_factor = 0.5;
  settings.relaxation = 0;
  settings.newton = true;
  const auto zeros = sinkhorn(problem, settings);
  const auto start = initialiser.start(problem);
  const auto out = sinkhorn(problem, settings, start);
  EXPECT_LT(out.marginal_error, 1e-12);
  EXPECT_NEAR(out.value.item<double>(), zeros.value.item<double>(), tolerance);
  EXPECT_LT(largest_difference(out.f, zeros.f), tolerance);
  EXPECT_LT(largest_difference(out.g, zeros.g), tolerance);
  for (const auto& side : {start.f, start.g})
    for (const double value : side) EXPECT_FALSE(std::isnan(value));
}

// The kind and the message of what `act` throws.
template <class Act>
std::string error_of(ErrorKind kind, Act&& act) {
  try {
    act();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

void expect_part(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << text;
}

at::Tensor normal_points(Index n, Index d, RandomStream& random) {
  std::vector<double> values;
  for (Index k = 0; k < n * d; ++k) values.push_back(random.normal());
  return tensor(values, {n, d});
}

LinearProblem clouds(const at::Tensor& x, const at::Tensor& y, double epsilon,
                     EpsilonScale scale = EpsilonScale::kNone) {
  auto problem = linear_problem(std::make_shared<PointCloud>(x, y), epsilon);
  problem.epsilon_scale = scale;
  return problem;
}

std::vector<LinearProblem> variants(int d) {
  std::vector<LinearProblem> all;
  const auto base = GoldenProblem(8, 11, d, .1).problem;
  all.push_back(base);
  all.push_back(base);
  all.back().a = base.a.detach() * 1.5;
  all.back().penalty_a = MarginalPenalty::tau(.9);
  all.back().penalty_b = MarginalPenalty::rho(.3);
  all.push_back(all.back());
  all.back().reference = Reference::kCounting;
  all.push_back(all[1]);
  all.back().penalty_a = MarginalPenalty();
  all.push_back(base);
  auto a = base.a.detach().clone();
  auto b = base.b.detach().clone();
  a[0] = 0;
  b[3] = 0;
  all.back().a = a / a.sum();
  all.back().b = b / b.sum();
  return all;
}

TEST(Initialise, TheAnswerIsThatOfZeros) {
  for (const auto& problem : variants(2)) {
    expect_same_answer(problem, Zeros());
    expect_same_answer(problem, Gaussian());
    expect_same_answer(problem, Subsample(5));
    const auto found = sinkhorn(problem);
    expect_same_answer(problem, FromPotentials(found.f));
    expect_same_answer(problem, FromPotentials({}, found.g));
    expect_same_answer(problem, FromPotentials(found.f, found.g));
  }
  for (const auto& problem : variants(1)) {
    expect_same_answer(problem, Sorted());
    expect_same_answer(problem, Gaussian());
  }
}

TEST(Initialise, AnswersInFloat32) {
  const auto problem = GoldenProblem(8, 11, 1, .1, at::kFloat).problem;
  const auto zeros = sinkhorn(problem, plain_settings(1e-5));
  for (const char* name : {"zeros", "sorted", "gaussian", "subsample"}) {
    const auto out = sinkhorn(problem, plain_settings(1e-5), initialiser_by_name(name)->start(problem));
    EXPECT_TRUE(out.converged()) << name;
    EXPECT_NEAR(out.value.item<double>(), zeros.value.item<double>(), 1e-5) << name;
  }
}

TEST(Initialise, ZeroWeightsGetNoPotential) {
  const auto problem = variants(1).back();
  const auto sorted = Sorted().start(problem);
  EXPECT_EQ(sorted.f[0], -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isfinite(sorted.f[1]));
  const auto line = Sorted().relative(problem);
  EXPECT_EQ(line.g[3], -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isfinite(line.g[2]));
  EXPECT_EQ(Gaussian().start(problem).f[0], -std::numeric_limits<double>::infinity());
  EXPECT_EQ(Subsample(5).start(problem).f[0], -std::numeric_limits<double>::infinity());
}

TEST(Sorted, TheDualOnALineIsExact) {
  const auto data = golden_data(8, 11, 2);
  const auto x = tensor(data.x, {8, 2}).slice(1, 0, 1).contiguous();
  const auto y = tensor(data.y, {11, 2}).slice(1, 0, 1).contiguous();
  const auto check = [&](std::shared_ptr<const Cost> cost, double expected) {
    auto problem = linear_problem(std::make_shared<PointCloud>(x, y, std::move(cost)), .1);
    problem.a = tensor(data.a, {8});
    problem.b = tensor(data.b, {11});
    const auto line = Sorted().relative(problem);
    const auto f = tensor(line.f, {8});
    const auto g = tensor(line.g, {11});
    const auto slack = problem.geometry->cost_matrix() - f.unsqueeze(1) - g;
    EXPECT_GE(slack.min().item<double>(), -1e-12);
    EXPECT_NEAR(((problem.a * f).sum() + (problem.b * g).sum()).item<double>(), expected, 1e-14);
    EXPECT_NEAR(f.mean().item<double>(), 0, 1e-15);
  };
  check(nullptr, .0937348145803743);
  check(std::make_shared<Euclidean>(), .29573043087718304);
  check(std::make_shared<PNorm>(2, 2), .0937348145803743);
}

TEST(Sorted, TheStartIsAbsolute) {
  const auto problem = GoldenProblem(8, 11, 1, .1).problem;
  const auto start = Sorted().start(problem);
  const auto expected = tensor(Sorted().relative(problem).f, {8}) + .1 * problem.a.detach().log();
  EXPECT_LT(largest_difference(tensor(start.f, {8}), expected), 1e-15);
  EXPECT_TRUE(start.g.empty());
}

TEST(Sorted, EqualWeightsTakeTheMiddle) {
  const std::vector<double> x{0, .5, 2};
  const std::vector<double> y{1.75, .25, 1};  // sorted: .25, 1, 1.75
  const auto cost = [](double from, double to) { return (from - to) * (from - to); };
  const std::vector<double> third(3, 1. / 3);
  const auto line = line_potentials(x, y, third, third, cost);
  const auto step = [&](double x0, double x1, double y0, double y1) {
    return .5 * (cost(x1, y1) - cost(x0, y1) + cost(x1, y0) - cost(x0, y0));
  };
  EXPECT_NEAR(line.f[1] - line.f[0], step(0, .5, .25, 1), 1e-15);
  EXPECT_NEAR(line.f[2] - line.f[1], step(.5, 2, 1, 1.75), 1e-15);
  EXPECT_NEAR(line.f[0] + line.g[1], cost(0, .25), 1e-15);
  // A point of weight 0 in the middle and another mass of b change nothing.
  const auto other = line_potentials({0, .25, .5, 2}, y, {1, 0, 1, 1}, {2, 2, 2}, cost);
  EXPECT_NEAR(other.f[2], line.f[1], 1e-15);
  EXPECT_NEAR(other.g[0], line.g[0], 1e-15);
}

TEST(Sorted, Case29FewerIterations) {
  RandomStream random(0, "test");
  const auto problem = clouds(normal_points(53, 1, random), normal_points(53, 1, random) * .7 + .4, 1e-2);
  EXPECT_LT(iterations_from(problem, Sorted()), iterations_from(problem, Zeros()));

  const auto grid = ((at::arange(200, at::kDouble) + .5) / 200).unsqueeze(1);
  for (const double epsilon : {.05, .01, .001}) {
    const auto line = clouds(grid, grid.square(), epsilon, EpsilonScale::kMean);
    const auto sorted = iterations_from(line, Sorted());
    EXPECT_LE(sorted, 15) << epsilon;
    auto settings = plain_settings();
    settings.fixed_iterations = 5 * sorted;  // zeros is not there yet after five times as many
    EXPECT_GT(sinkhorn(line, settings).marginal_error, settings.threshold) << epsilon;
  }
}

TEST(Gaussian, IsExactForGaussiansAtThisEpsilon) {
  // Two Gaussians on a fine grid: the plan that its potential makes has the right marginals at once.
  const auto x = at::linspace(-5, 5, 201, at::kDouble).unsqueeze(1);
  const auto y = at::linspace(-8, 9, 341, at::kDouble).unsqueeze(1);
  auto problem = clouds(x, y, .5);
  const auto bell = [](const at::Tensor& points, double mean, double deviation) {
    const auto weights = at::exp(-.5 * ((points.squeeze(1) - mean) / deviation).square());
    return weights / weights.sum();
  };
  problem.a = bell(x, .1, .8);
  problem.b = bell(y, .4, 1.2);
  const auto out = sinkhorn(problem, plain_settings(1e-7), Gaussian().start(problem));
  EXPECT_TRUE(out.converged());
  EXPECT_EQ(out.iterations, 1);
  EXPECT_LT(out.errors.front(), 1e-7);
}

TEST(Gaussian, Case29FewerIterations) {
  RandomStream random(0, "test");
  const auto mix = [](double a, double b, double c, double d) { return tensor({a, b, c, d}, {2, 2}); };
  const auto x = normal_points(300, 2, random).mm(mix(1, .6, 0, .5));
  const auto y = normal_points(300, 2, random).mm(mix(.7, -.5, .2, .9)) + .5;
  for (const double epsilon : {.05, .01}) {
    const auto problem = clouds(x, y, epsilon, EpsilonScale::kMean);
    const auto zeros = iterations_from(problem, Zeros());
    const auto gaussian = iterations_from(problem, Gaussian());
    EXPECT_LT(gaussian, zeros) << epsilon;
    RecordProperty("iterations_at_" + std::to_string(epsilon),
                   std::to_string(gaussian) + " of " + std::to_string(zeros));
  }
}

TEST(Gaussian, ServesDegenerateClouds) {
  const auto line = at::stack({at::arange(6, at::kDouble), 2 * at::arange(6, at::kDouble)}, 1);  // rank 1
  const auto point = at::ones({4, 2}, at::kDouble);
  for (const auto& problem : {clouds(line, line + 1, .5), clouds(point, line, .5), clouds(line, point, .5),
                              clouds(point, point.slice(0, 0, 1), .5)}) {
    for (const double value : Gaussian().start(problem).f) EXPECT_TRUE(std::isfinite(value));
    expect_same_answer(problem, Gaussian(), 1e-9);
  }
}

TEST(Subsample, Case29FewerIterations) {
  RandomStream random(0, "test");
  const auto problem = clouds(normal_points(40, 2, random), normal_points(40, 2, random) * .5 + 1, 5e-2);
  const auto zeros = iterations_from(problem, Zeros());
  const auto subsample = iterations_from(problem, Subsample(10));
  EXPECT_LT(subsample, zeros);
  EXPECT_LT(iterations_from(problem, Gaussian()), zeros);
  RecordProperty("iterations", std::to_string(subsample) + " of " + std::to_string(zeros));
}

TEST(Subsample, ExtendsByTheUpdateOfTheFullProblem) {
  // One y: every sample of y is the whole of it, so f is the solution whatever x was drawn. Weights, masses, both
  // references and a penalty all count.
  const auto data = golden_data(8, 1, 2);
  for (const auto reference : {Reference::kProduct, Reference::kCounting})
    for (const double tau : {1., .6}) {
      auto problem = clouds(tensor(data.x, {8, 2}), tensor(data.y, {1, 2}), .2);
      problem.a = tensor(data.a, {8}) * 3;
      problem.b = at::full({1}, 3., at::kDouble);
      problem.reference = reference;
      problem.penalty_a = MarginalPenalty::tau(tau);
      const auto out = sinkhorn(problem, plain_settings(1e-13));
      const auto start = Subsample(4).start(problem);
      const auto difference = (out.f - tensor(start.f, {8})).detach();
      // Up to a number, which the first update of g takes away.
      EXPECT_LT((difference - difference[0]).abs().max().item<double>(), 1e-9);
    }
}

TEST(Subsample, TheSeedDecides) {
  const auto problem = GoldenProblem(8, 11, 2, .1).problem;
  EXPECT_EQ(Subsample(5, 1).start(problem).f, Subsample(5, 1).start(problem).f);
  EXPECT_NE(Subsample(5, 1).start(problem).f, Subsample(5, 2).start(problem).f);
}

TEST(FromPotentials, Case24RestartFromTheSolutionTakesOneIteration) {
  for (const auto& problem : variants(2)) {
    const auto out = sinkhorn(problem, plain_settings(1e-8));
    const auto again = sinkhorn(problem, plain_settings(1.01e-8), FromPotentials(out.f, out.g).start(problem));
    EXPECT_GT(out.iterations, 1);
    EXPECT_EQ(again.iterations, 1);
    EXPECT_TRUE(again.converged());
  }
}

TEST(FromPotentials, RefusesWhatIsNoPotential) {
  const auto problem = GoldenProblem(8, 11, 2, .1).problem;
  error_of(ErrorKind::kUsage, [] { FromPotentials({}, {}); });
  const auto start = [&](const at::Tensor& f, const at::Tensor& g) {
    return error_of(ErrorKind::kData, [&] { static_cast<void>(FromPotentials(f, g).start(problem)); });
  };
  expect_part(start(at::zeros({11}, at::kDouble), {}), "potentials f");
  expect_part(start({}, at::zeros({8}, at::kDouble)), "potentials g");
  expect_part(start(at::zeros({8, 1}, at::kDouble), {}), "[8, 1]");
  expect_part(start(at::zeros({8}, at::kLong), {}), "potentials f");
  auto f = at::zeros({8}, at::kDouble);
  f[2] = std::nan("");
  expect_part(start(f, {}), "index 2");
  f[2] = -std::numeric_limits<double>::infinity();
  expect_part(start(f, {}), "index 2");
}

TEST(Initialise, RefusesGeometriesThatItCannotServe) {
  const auto dense = linear_problem(std::make_shared<DenseCost>(at::rand({4, 5}, at::kDouble)), .1);
  EXPECT_TRUE(Zeros().start(dense).f.empty());
  for (const char* name : {"sorted", "gaussian", "subsample"}) {
    const auto text = error_of(ErrorKind::kUsage, [&] { static_cast<void>(initialiser_by_name(name)->start(dense)); });
    expect_part(text, "'" + std::string(name) + "'");
    expect_part(text, "cost matrix");
    error_of(ErrorKind::kUsage, [&] { static_cast<void>(initialiser_by_name(name)->start({})); });
  }
  const auto start = [](const Initialiser& initialiser, Index d, std::shared_ptr<const Cost> cost) {
    const auto x = at::linspace(-1, 1, 12 * d, at::kDouble).view({12, d});
    const auto problem = linear_problem(std::make_shared<PointCloud>(x, x + .1, std::move(cost)), .1);
    return error_of(ErrorKind::kUsage, [&] { static_cast<void>(initialiser.start(problem)); });
  };
  expect_part(start(Sorted(), 2, nullptr), "2 features");
  expect_part(start(Sorted(), 1, std::make_shared<PNorm>(2, .5)), "not convex");
  const auto lopsided = std::make_shared<CustomCost>(
      "lopsided", [](const at::Tensor& x, const at::Tensor& y) { return at::relu(x - y.t()); });
  expect_part(start(Sorted(), 1, lopsided), "not symmetric");
  expect_part(start(Gaussian(), 2, std::make_shared<Euclidean>()), "'euclidean'");
  expect_part(start(Gaussian(), Gaussian::kMostFeatures + 1, nullptr), "2049 features");
}

TEST(Initialise, ByName) {
  for (const char* name : {"zeros", "sorted", "gaussian", "subsample"}) {
    EXPECT_EQ(initialiser_by_name(name)->name(), name);
  }
  const auto problem = GoldenProblem(8, 11, 2, .1).problem;
  EXPECT_EQ(initialiser_by_name("subsample:7")->start(problem).f, Subsample(7).start(problem).f);
  const auto fails = [](const std::string& name) {
    return error_of(ErrorKind::kUsage, [&] { static_cast<void>(initialiser_by_name(name)); });
  };
  expect_part(fails("guassian"), "did you mean 'gaussian'");
  expect_part(fails("subsample:many"), "no number");
  expect_part(fails("subsample:5x"), "no number");
  expect_part(fails("subsample:0"), "at least 1");
  expect_part(fails("best"), "'sorted'");
}

}  // namespace brenier::ot::initialise_test
