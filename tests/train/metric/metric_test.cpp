// Every metric against scikit-learn, SciPy and scanpy (tests/oracle/metric), and what must hold of each.
#include "train/metric/metric.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/random.h"
#include "tests/helpers/repository.h"
#include "train/metric/changed_genes.h"

namespace brenier::train {
namespace metric_test {

at::Tensor matrix(const nlohmann::json& rows) {
  std::vector<at::Tensor> out;
  for (const auto& row : rows) out.push_back(at::tensor(row.get<std::vector<double>>(), at::kDouble));
  return at::stack(out).to(at::kFloat);
}

at::Tensor cells(RandomStream& random, std::int64_t n, std::int64_t genes, double shift = 0.0) {
  std::vector<float> values(static_cast<std::size_t>(n * genes));
  for (float& value : values) value = static_cast<float>(shift + random.normal());
  return at::tensor(values).reshape({n, genes});
}

// The metrics of this file; parity_test.cpp has those of other tools.
std::vector<std::string> first_names() {
  return {"r2_mean",    "r2_variance",         "pearson_delta",   "l2_mean",          "mmd",
          "mmd_median", "sinkhorn_divergence", "energy_distance", "energy_distance_u"};
}
std::vector<Metric> first_metrics() {
  std::vector<Metric> metrics;
  for (const auto& name : first_names()) metrics.push_back(make_metric(name));
  return metrics;
}

struct Oracle {
  nlohmann::json json;
  at::Tensor control;
  at::Tensor predicted;
  at::Tensor truth;
  Oracle() {
    std::ifstream file(tests::repository_file("tests/oracle/metric/metrics.json"));
    json = nlohmann::json::parse(file);
    control = matrix(json.at("control"));
    predicted = matrix(json.at("predicted"));
    truth = matrix(json.at("truth"));
  }
};

TEST(Metric, EveryOneEqualsItsOracle) {
  const Oracle oracle;
  std::size_t checked = 0;
  for (const auto& [name, expected] : oracle.json.at("scores").items()) {
    const double value = make_metric(name)(oracle.control, oracle.predicted, oracle.truth);
    EXPECT_NEAR(value, expected.get<double>(), 1e-10 * std::max(1.0, std::abs(expected.get<double>()))) << name;
    ++checked;
  }
  // The Sinkhorn divergence is compared with the transport layer (sinkhorn_test.cpp).
  EXPECT_EQ(checked, 5 * (first_names().size() - 1)) << "all genes, two choices by difference, two by t";
}

TEST(ChangedGenes, OrderIsTheOneOfScanpyAndNumpy) {
  const Oracle oracle;
  const Population control("control", oracle.control);
  const Population truth("truth", oracle.truth);
  const auto wanted = [&](const char* key) {
    return at::tensor(oracle.json.at(key).get<std::vector<std::int64_t>>(), at::kLong);
  };
  EXPECT_TRUE(at::equal(most_changed_genes(control, truth, 12), wanted("ranked_by_difference")));
  EXPECT_TRUE(at::equal(most_changed_genes(control, truth, 99), wanted("ranked_by_difference"))) << "k beyond G";
  const at::Tensor order = most_significant_genes(control, truth, 12);
  EXPECT_TRUE(at::equal(order, wanted("ranked_by_t")));
  const at::Tensor t = at::tensor(oracle.json.at("t_of_ranked").get<std::vector<double>>(), at::kDouble);
  EXPECT_TRUE(at::allclose(welch_t(control, truth).index_select(0, order), t, 1e-5, 1e-6));
}

TEST(ChangedGenes, TiesGoToTheLowerNumberAndUndefinedOnesComeLast) {
  // Gene 0 constant without difference (t is 0/0), 1 and 3 equal, 2 constant with a difference (t infinite).
  const Population control("control", at::tensor({0.F, 0.F, 1.F, 0.F, 0.F, 2.F, 1.F, 2.F}).reshape({2, 4}));
  const Population truth("truth", at::tensor({0.F, 3.F, 4.F, 3.F, 0.F, 5.F, 4.F, 5.F}).reshape({2, 4}));
  EXPECT_TRUE(at::equal(most_changed_genes(control, truth, 4), at::tensor({1, 2, 3, 0}, at::kLong)));
  EXPECT_TRUE(at::equal(most_significant_genes(control, truth, 4), at::tensor({2, 1, 3, 0}, at::kLong)));
}

TEST(ChangedGenes, WithoutVarianceThereIsNoTScore) {
  const Population one("truth", at::ones({1, 5}));
  const Population many("control", at::rand({4, 5}));
  EXPECT_EQ(most_significant_genes(many, one, 3).numel(), 0);
  EXPECT_TRUE(std::isnan(make_metric("r2_mean_tscore3")(many.cells(), many.cells(), one.cells())));
  EXPECT_THROW((void)most_changed_genes(many, one, 0), Error);
}

TEST(Metric, APerfectPredictionScoresPerfectly) {
  RandomStream random(3, "test");
  const at::Tensor control = cells(random, 40, 30);
  const at::Tensor truth = cells(random, 25, 30, 1000.0);  // far from the origin: cancellation would show
  for (const std::string& name : first_names()) {
    const double value = make_metric(name)(control, truth.clone(), truth);
    if (name == "energy_distance_u") {
      EXPECT_LT(value, 0.0) << "the pairs of a cell with itself are left out within but not between populations";
    } else {
      EXPECT_DOUBLE_EQ(value, make_metric(name).direction == Direction::kHigherIsBetter ? 1.0 : 0.0) << name;
    }
  }
}

RC_GTEST_PROP(Metric, DoesNotDependOnTheOrderOfCells, ()) {
  RandomStream random(*rc::gen::arbitrary<std::uint64_t>(), "test");
  const auto n = *rc::gen::inRange<std::int64_t>(2, 12);
  const auto m = *rc::gen::inRange<std::int64_t>(2, 12);
  const at::Tensor control = cells(random, n, 6);
  const at::Tensor predicted = cells(random, n, 6, 0.5);
  const at::Tensor truth = cells(random, m, 6, 1.0);
  const at::Tensor shuffled = truth.index_select(0, at::tensor(random.permutation(m), at::kLong));
  const at::Tensor moved = predicted.index_select(0, at::tensor(random.permutation(n), at::kLong));
  for (const std::string& name : first_names()) {
    const double a = make_metric(name)(control, predicted, truth);
    const double b = make_metric(name)(control, moved, shuffled);
    RC_ASSERT(std::abs(a - b) <= 1e-9 * (1.0 + std::abs(a)));
  }
}

RC_GTEST_PROP(Metric, PairwiseOnesDependOnDistancesAlone, ()) {
  RandomStream random(*rc::gen::arbitrary<std::uint64_t>(), "test");
  const at::Tensor predicted = cells(random, 8, 4).to(at::kDouble);
  const at::Tensor truth = cells(random, 7, 4, 0.7).to(at::kDouble);
  const at::Tensor rotation = std::get<0>(at::linalg_qr(cells(random, 4, 4).to(at::kDouble)));
  const double shift = random.uniform(-100.0, 100.0);
  for (const Metric& metric : first_metrics()) {
    if (!metric.pairwise) continue;
    const double a = metric(predicted, predicted, truth);
    const double b = metric(predicted, at::matmul(predicted, rotation) + shift, at::matmul(truth, rotation) + shift);
    RC_ASSERT(std::abs(a - b) <= 1e-9 * (1.0 + std::abs(a)));
    if (metric.name != "energy_distance_u") RC_ASSERT(a >= 0.0);
    if (metric.name == "sinkhorn_divergence") continue;  // epsilon is a share of the spread of the truth
    const double swapped = metric(predicted, truth, predicted);
    RC_ASSERT(std::abs(a - swapped) <= 1e-9 * (1.0 + std::abs(a)));
  }
}

TEST(Metric, AWorsePredictionScoresWorse) {
  RandomStream random(11, "test");
  const at::Tensor control = cells(random, 60, 20);
  const at::Tensor effect = cells(random, 1, 20);
  const at::Tensor truth = cells(random, 60, 20) + effect;
  const at::Tensor near = cells(random, 60, 20) + 0.9 * effect;
  const at::Tensor far = (cells(random, 60, 20) - 0.5 * effect) * 2.0;
  for (const Metric& metric : first_metrics()) {
    const double good = metric(control, near, truth);
    const double bad = metric(control, far, truth);
    EXPECT_EQ(metric.direction == Direction::kHigherIsBetter, good > bad) << metric.name << ' ' << good << ' ' << bad;
  }
}

TEST(Metric, WhatIsNotDefinedIsNaNNotZero) {
  const at::Tensor one = at::tensor({1.F, 2.F, 4.F}).reshape({1, 3});
  const at::Tensor two = at::tensor({1.F, 2.F, 3.F, 2.F, 3.F, 5.F}).reshape({2, 3});
  const at::Tensor constant = at::ones({4, 3});
  const auto nan = [](const char* name, const at::Tensor& control, const at::Tensor& predicted,
                      const at::Tensor& truth) { return std::isnan(make_metric(name)(control, predicted, truth)); };
  EXPECT_TRUE(nan("r2_variance", two, two, one)) << "one true cell has no variance";
  EXPECT_TRUE(nan("r2_variance", two, one, two)) << "one predicted cell has no variance";
  EXPECT_TRUE(nan("energy_distance_u", two, two, one));
  EXPECT_TRUE(nan("r2_mean", two, two, constant)) << "true means that do not vary";
  EXPECT_TRUE(nan("pearson_delta", two, two, one)) << "a prediction equal to its control";
  EXPECT_TRUE(nan("pearson_delta", two, one, two)) << "a truth equal to its control";
  EXPECT_TRUE(nan("mmd_median", constant, constant, constant)) << "no two cells differ";
  EXPECT_DOUBLE_EQ(make_metric("mmd")(constant, constant, constant), 0.0);
  EXPECT_FALSE(nan("energy_distance", two, one, two));
}

TEST(Metric, NaNCellsGiveNaN) {
  at::Tensor broken = at::rand({5, 4});
  broken[2][1] = std::nan("");
  const at::Tensor truth = at::rand({6, 4});
  for (const Metric& metric : first_metrics()) EXPECT_TRUE(std::isnan(metric(truth, broken, truth))) << metric.name;
}

TEST(Metric, DtypeOfCellsDoesNotMatter) {
  const Oracle oracle;
  for (const std::string& name : first_names()) {
    EXPECT_NEAR(make_metric(name)(oracle.control, oracle.predicted, oracle.truth),
                make_metric(name)(oracle.control.to(at::kDouble), oracle.predicted.to(at::kDouble),
                                  oracle.truth.to(at::kDouble)),
                1e-12)
        << name;
  }
}

TEST(Metric, UnknownNamesAreRefusedWithTheNearest) {
  for (const char* name : {"r2_means", "r2_mean_top", "r2_mean_top1", "r2_mean_top-5", "mmd_top5x", "_top5", ""}) {
    EXPECT_FALSE(is_metric(name)) << name;
    EXPECT_THROW((void)make_metric(name), Error) << name;
  }
  try {
    (void)make_metric("r2_meen_top50");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_NE(std::string(error.what()).find("did you mean 'r2_mean_top50'?"), std::string::npos) << error.what();
  }
  EXPECT_EQ(make_metric("mmd_tscore20").name, "mmd_tscore20");
}

TEST(Comparison, ShapesThatDoNotFitAreNamed) {
  try {
    const Comparison comparison(at::rand({3, 4}), at::rand({3, 5}), at::rand({2, 4}));
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("predicted"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("[3, 5]"), std::string::npos) << error.what();
  }
  EXPECT_THROW(Population("truth", at::rand({0, 4})), Error);
  EXPECT_THROW(Population("truth", at::ones({3, 4}, at::kLong)), Error);
  EXPECT_THROW(Population("truth", at::Tensor()), Error);
}

TEST(Comparison, AnotherPredictionSharesWhatItCan) {
  RandomStream random(5, "test");
  const Comparison first(cells(random, 5, 3), cells(random, 5, 3), cells(random, 6, 3));
  const at::Tensor truth_distances = first.within_truth();
  const at::Tensor other = cells(random, 4, 3);
  const Comparison second = first.with_predicted(other);
  EXPECT_TRUE(second.within_truth().is_same(truth_distances));
  EXPECT_TRUE(at::equal(second.predicted_to_truth(),
                        Comparison(first.control().cells(), other, first.truth().cells()).predicted_to_truth()));
}

TEST(Comparison, RowsOfTheTruthComparedAmongThemselves) {
  RandomStream random(6, "test");
  const Comparison whole(cells(random, 5, 3), cells(random, 5, 3), cells(random, 6, 3));
  const at::Tensor first = at::tensor({0, 0, 4, 2}, at::kLong);
  const at::Tensor second = at::tensor({5, 4, 0}, at::kLong);
  const at::Tensor& truth = whole.truth().cells();
  const Comparison part = whole.among_truth(first, second);
  const Comparison anew(whole.control().cells(), truth.index_select(0, first), truth.index_select(0, second));
  for (const Metric& metric : first_metrics()) EXPECT_NEAR(metric(part), metric(anew), 1e-12) << metric.name;
}

}  // namespace metric_test
}  // namespace brenier::train
