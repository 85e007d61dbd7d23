// Tests of differential expression against scanpy and SciPy (tests/oracle/differential), and what must hold of them.
#include "train/differential/differential.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/random.h"
#include "tests/helpers/repository.h"
#include "train/differential/false_discovery.h"
#include "train/differential/rank_sums.h"
#include "train/differential/tail_probability.h"

namespace brenier::train {
namespace differential_test {

data::CellMatrix dense_matrix(std::int64_t rows, std::int64_t columns, std::vector<float> values) {
  return data::CellMatrix(data::DenseMatrix{rows, columns, std::move(values)});
}

data::CellMatrix to_sparse(const data::CellMatrix& matrix) {
  const data::DenseMatrix& dense = matrix.dense();
  data::CsrMatrix sparse{dense.rows, dense.cols, {0}, {}, {}};
  for (std::int64_t row = 0; row < dense.rows; ++row) {
    for (std::int64_t column = 0; column < dense.cols; ++column) {
      const float value = dense.values[static_cast<std::size_t>(row * dense.cols + column)];
      if (value == 0.0F) continue;
      sparse.indices.push_back(static_cast<std::int32_t>(column));
      sparse.values.push_back(value);
    }
    sparse.indptr.push_back(std::ssize(sparse.indices));
  }
  return data::CellMatrix(std::move(sparse));
}

struct Oracle {
  nlohmann::json json;
  data::CellMatrix cells;
  std::vector<std::int32_t> groups;
  Oracle() {
    std::ifstream file(tests::repository_file("tests/oracle/differential/differential.json"));
    json = nlohmann::json::parse(file);
    std::vector<float> values;
    for (const auto& row : json.at("values")) {
      for (const double value : row) values.push_back(static_cast<float>(value));
    }
    for (const std::string label : json.at("groups")) groups.push_back(label == "control" ? 0 : label == "a" ? 1 : 2);
    const auto rows = std::ssize(groups);
    const auto columns = std::ssize(values) / rows;
    cells = dense_matrix(rows, columns, std::move(values));
  }
};

void expect_close(double value, const nlohmann::json& expected, double tolerance, const std::string& what) {
  if (expected.is_null()) {
    EXPECT_FALSE(std::isfinite(value)) << what;
    return;
  }
  const double e = expected.get<double>();
  EXPECT_LE(std::abs(value - e), tolerance * std::abs(e) + 1e-300) << what << ": " << value << ", expected " << e;
}

TEST(Differential, EveryTestHasScanpysNumbers) {
  const Oracle oracle;
  const std::pair<const char*, DifferentialSettings> runs[] = {
      {"wilcoxon", {}},
      {"wilcoxon_tie_correct", {.tie_correct = true}},
      {"t_test", {.test = DifferentialTest::kTTest}},
      {"t_test_overestimated", {.test = DifferentialTest::kTTestOverestimated}}};
  for (const auto& cells : {oracle.cells, to_sparse(oracle.cells)}) {
    for (const auto& [name, settings] : runs) {
      const auto results = differential_expression(cells, oracle.groups, 2, settings);
      ASSERT_EQ(results.size(), 2U);
      for (std::size_t g = 0; g < 2; ++g) {
        const auto& expected = oracle.json.at("runs").at(name).at(g == 0 ? "a" : "b");
        const Differential& result = results[g];
        double least = 1.0;
        for (std::size_t gene = 0; gene < result.score.size(); ++gene) {
          const std::string what = std::string(name) + " gene " + std::to_string(gene);
          // Scores and fold changes are float32 in scanpy; near 0 a score is the rounding of equal means.
          if (std::abs(result.score[gene]) > 1e-6)
            expect_close(result.score[gene], expected.at("scores")[gene], 1e-6, what + " score");
          expect_close(result.p_value[gene], expected.at("pvals")[gene], 1e-6, what + " p");
          expect_close(result.adjusted[gene], expected.at("pvals_adj")[gene], 1e-6, what + " adjusted");
          // Where the mean of a group is negative the fold change has no logarithm: 0 here, NaN there.
          if (!expected.at("logfoldchanges")[gene].is_null()) {
            EXPECT_NEAR(result.log_fold_change[gene], expected.at("logfoldchanges")[gene].get<double>(),
                        1e-6 * std::max(1.0, std::abs(result.log_fold_change[gene])))
                << what;
          }
          if (result.p_value[gene] > 0.0) least = std::min(least, result.p_value[gene]);
        }
        EXPECT_LT(least, 1e-10) << "tiny p-values are compared too";
        const auto order = ranked_genes(result.score);
        for (std::size_t i = 0; i < order.size(); ++i) {  // equal scores may change places in scanpy
          const auto theirs = expected.at("order")[i].get<std::size_t>();
          const double mine = result.score[static_cast<std::size_t>(order[i])];
          const double score = result.score[theirs];
          EXPECT_TRUE(mine == score || std::abs(mine - score) <= 1e-6 * (1.0 + std::abs(score)))
              << name << " place " << i;
        }
      }
    }
  }
}

TEST(Differential, ContinuityIsScipysMannWhitney) {
  const Oracle oracle;
  const auto results = differential_expression(oracle.cells, oracle.groups, 2, cell_eval_test());
  for (std::size_t g = 0; g < 2; ++g) {
    const auto& expected = oracle.json.at("scipy_mannwhitneyu").at(g == 0 ? "a" : "b");
    for (std::size_t gene = 0; gene < results[g].score.size(); ++gene) {
      const std::string what = "gene " + std::to_string(gene);
      expect_close(results[g].p_value[gene], expected.at("pvals")[gene], 1e-9, what + " p");
      expect_close(results[g].adjusted[gene], expected.at("pvals_adj")[gene], 1e-9, what + " adjusted");
    }
  }
}

TEST(Differential, TensorsGiveTheSameAsATable) {
  const Oracle oracle;
  const data::DenseMatrix& dense = oracle.cells.dense();
  const at::Tensor all = at::tensor(dense.values).reshape({dense.rows, dense.cols});
  const auto one = differential_expression(all.narrow(0, 0, 60), all.narrow(0, 60, 45));
  const auto both = differential_expression(oracle.cells, oracle.groups, 2);
  EXPECT_EQ(one.score, both[0].score);
  EXPECT_EQ(one.p_value, both[0].p_value);
  EXPECT_EQ(one.adjusted, both[0].adjusted);
  EXPECT_EQ(one.log_fold_change, both[0].log_fold_change);
}

TEST(TailProbability, HasScipysNumbersIntoTheTails) {
  const Oracle oracle;
  const auto& tails = oracle.json.at("tails");
  for (std::size_t i = 0; i < tails.at("z").size(); ++i) {
    expect_close(normal_two_sided(-tails.at("z")[i].get<double>()), tails.at("normal")[i], 1e-9, "normal");
  }
  for (std::size_t n = 0; n < tails.at("nu").size(); ++n) {
    for (std::size_t i = 0; i < tails.at("t").size(); ++i) {
      const double t = tails.at("t")[i];
      const double nu = tails.at("nu")[n];
      expect_close(student_two_sided(t, nu), tails.at("student")[n][i], 1e-7,
                   "t " + std::to_string(t) + " nu " + std::to_string(nu));
    }
  }
  EXPECT_EQ(student_two_sided(std::numeric_limits<double>::infinity(), 3.0), 0.0);
  EXPECT_EQ(normal_two_sided(std::numeric_limits<double>::infinity()), 0.0);
  EXPECT_TRUE(std::isnan(student_two_sided(std::nan(""), 3.0)));
}

TEST(FalseDiscovery, IsTheStepUpRule) {
  const auto adjusted = adjust_p_values({0.01, 0.04, 0.03, std::nan(""), 0.005});
  const double expected[] = {0.025, 0.05, 0.05, 1.0, 0.025};
  for (std::size_t i = 0; i < 5; ++i) EXPECT_NEAR(adjusted[i], expected[i], 1e-15) << i;
  EXPECT_TRUE(adjust_p_values({}).empty());
}

// Counting every pair, for values with many ties and zeros; long enough columns go by radix.
RC_GTEST_PROP(RankSums, AreThoseOfCountingEveryPair, ()) {
  RandomStream random(*rc::gen::arbitrary<std::uint64_t>(), "test");
  const auto n = *rc::gen::inRange<std::int64_t>(3, 900);
  const auto levels = *rc::gen::inRange<std::int64_t>(1, 12);
  std::vector<std::int64_t> sizes(4, 0);
  std::vector<std::pair<float, std::uint32_t>> cells;
  std::vector<GeneEntry> entries;
  for (std::int64_t i = 0; i < n; ++i) {
    const auto group = static_cast<std::uint32_t>(random.below(4));
    const auto value = static_cast<float>(random.below(2 * levels + 1) - levels) * 0.37F;
    ++sizes[group];
    cells.emplace_back(value, group);
    if (value != 0.0F) entries.push_back(make_entry(value, group));
  }
  RankSums sums(sizes);
  sums.compute(entries);
  for (std::uint32_t g = 1; g < 4; ++g) {
    double u = 0.0;
    std::map<float, double> occurs;
    for (const auto& [value, group] : cells) {
      if (group == 0 || group == g) ++occurs[value];
      if (group != g) continue;
      for (const auto& [other, of] : cells) {
        if (of == 0) u += other < value ? 1.0 : other == value ? 0.5 : 0.0;
      }
    }
    double ties = 0.0;
    for (const auto& [value, t] : occurs) ties += t * t * t - t;
    RC_ASSERT(sums.u(g) == u);
    RC_ASSERT(std::abs(sums.ties(g) - ties) <= 1e-12 * ties);
  }
}

TEST(GeneEntries, OrderAsFloatsDoAndComeBack) {
  const float values[] = {-1e30F, -2.5F, -1e-40F, 1e-40F, 0.1F, 3.0F, 1e38F};
  for (std::size_t i = 0; i + 1 < std::size(values); ++i) {
    EXPECT_LT(make_entry(values[i], 9), make_entry(values[i + 1], 2));
    EXPECT_EQ(value_of(make_entry(values[i], 9)), values[i]);
    EXPECT_EQ(group_of(make_entry(values[i], 9)), 9U);
  }
}

TEST(Differential, NullGenesHaveUniformPValues) {
  RandomStream random(3, "test");
  std::vector<float> values(200 * 500);
  for (float& value : values) value = static_cast<float>(random.normal());
  std::vector<std::int32_t> groups(200, 1);
  std::fill_n(groups.begin(), 90, 0);
  for (const auto test : {DifferentialTest::kWilcoxon, DifferentialTest::kTTest}) {
    const auto result = differential_expression(dense_matrix(200, 500, values), groups, 1, {.test = test}).front();
    auto p = result.p_value;
    std::sort(p.begin(), p.end());
    double apart = 0.0;
    for (std::size_t i = 0; i < p.size(); ++i) apart = std::max(apart, std::abs(p[i] - (i + 0.5) / 500.0));
    EXPECT_LT(apart, 1.63 / std::sqrt(500.0)) << "Kolmogorov and Smirnov at 1 %";
    EXPECT_EQ(std::count_if(result.adjusted.begin(), result.adjusted.end(), [](double q) { return q < 0.05; }), 0);
  }
}

TEST(Differential, CellsLeftOutDoNotCount) {
  const Oracle oracle;
  auto without_b = oracle.groups;
  for (auto& group : without_b) group = group == 2 ? -1 : group;
  const auto both = differential_expression(oracle.cells, oracle.groups, 2);
  const auto one = differential_expression(oracle.cells, without_b, 1);
  EXPECT_EQ(one.front().score, both.front().score);
}

TEST(Differential, WrongInputIsNamed) {
  const auto message = [](const data::CellMatrix& cells, const std::vector<std::int32_t>& groups, std::int32_t count,
                          DifferentialTest test = DifferentialTest::kWilcoxon) -> std::string {
    try {
      (void)differential_expression(cells, groups, count, {.test = test});
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  };
  const auto cells = dense_matrix(4, 2, {1, 2, 3, 4, 5, 6, 7, 8});
  EXPECT_EQ(message(cells, {0, 0, 1, 1}, 1), "accepted");
  EXPECT_NE(message(cells, {1, 1, 1, 1}, 1).find("control"), std::string::npos);
  EXPECT_NE(message(cells, {0, 0, 1, 1}, 2).find("group 2"), std::string::npos);
  EXPECT_NE(message(cells, {0, 0, 0, 1}, 1, DifferentialTest::kTTest).find("1 cells"), std::string::npos);
  EXPECT_NE(message(cells, {0, 0, 1}, 1).find("3 labels"), std::string::npos);
  EXPECT_NE(message(cells, {0, 0, 1, 5}, 1).find("-1 to 1"), std::string::npos);
  auto broken = cells;
  broken.dense().values[5] = std::nanf("");
  EXPECT_NE(message(broken, {0, 0, 1, 1}, 1).find("cell 2, gene 1"), std::string::npos)
      << message(broken, {0, 0, 1, 1}, 1);
}

}  // namespace differential_test
}  // namespace brenier::train
