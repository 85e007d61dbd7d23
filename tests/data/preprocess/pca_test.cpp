#include "data/preprocess/pca.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "core/error.h"
#include "core/random.h"
#include "tests/data/preprocess/oracle.h"

namespace brenier::tests::pca_test {

TEST(Pca, EqualsScanpyWithSigns) {
  const auto oracle = preprocess_oracle("pca.json");
  const auto counts = preprocess_oracle("counts.json");
  data::CellTable table = oracle_counts(counts);
  const auto logarithms = oracle_numbers(counts.at("log1p"));
  std::copy(logarithms.begin(), logarithms.end(), table.x.values().begin());
  for (const bool dense : {false, true}) {
    const data::CellMatrix x = dense ? to_dense(table.x) : table.x;
    const data::Pca pca = data::fit_pca(x, 6);
    expect_close(pca.variance, oracle_numbers(oracle.at("variance")), 1e-10, 0.0, "variance");
    expect_close(pca.variance_ratio, oracle_numbers(oracle.at("variance_ratio")), 1e-10, 0.0, "ratio");
    expect_close(pca.components, oracle_numbers(oracle.at("components")), 1e-9, 1.0, "components");
    expect_close(data::pca_scores(pca, x), oracle_numbers(oracle.at("scores")), 1e-8, 1.0, "scores");
  }
}

RC_GTEST_PROP(Pca, ComponentsAreOrthonormalAndExplainTheVarianceOfTheScores, ()) {
  const auto cells = *rc::gen::inRange<std::int64_t>(2, 25);
  const auto genes = *rc::gen::inRange<std::int64_t>(1, 25);
  const auto rank = *rc::gen::inRange<std::int64_t>(0, 6);
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  const std::int64_t k = std::min(cells, genes);
  RandomStream stream(seed, "pca");
  std::vector<float> values(static_cast<std::size_t>(cells * genes), 0.0F);
  for (std::int64_t r = 0; r < rank; ++r) {  // a sum of rank-one parts: often fewer directions than are asked for
    std::vector<double> gene(static_cast<std::size_t>(genes));
    for (double& g : gene) g = stream.normal();
    for (std::int64_t i = 0; i < cells; ++i) {
      const double weight = stream.normal();
      for (std::int64_t g = 0; g < genes; ++g) {
        values[static_cast<std::size_t>(i * genes + g)] +=
            static_cast<float>(weight * gene[static_cast<std::size_t>(g)]);
      }
    }
  }
  const data::CellTable table = dense_table(cells, genes, values);
  const data::Pca pca = data::fit_pca(table.x, k);
  const auto scores = data::pca_scores(pca, table.x);
  double ratio = 0.0;
  for (std::int64_t a = 0; a < k; ++a) {
    for (std::int64_t b = 0; b <= a; ++b) {
      double dot = 0.0;
      for (std::int64_t g = 0; g < genes; ++g) {
        dot += pca.components[static_cast<std::size_t>(a * genes + g)] *
               pca.components[static_cast<std::size_t>(b * genes + g)];
      }
      RC_ASSERT(std::abs(dot - (a == b ? 1.0 : 0.0)) < 1e-9);
    }
    double square = 0.0;
    for (std::int64_t i = 0; i < cells; ++i) {
      square += scores[static_cast<std::size_t>(i * k + a)] * scores[static_cast<std::size_t>(i * k + a)];
    }
    const auto at = static_cast<std::size_t>(a);
    RC_ASSERT(std::abs(square / static_cast<double>(cells - 1) - pca.variance[at]) < 1e-9 * (1.0 + pca.variance[0]));
    if (a > 0) RC_ASSERT(pca.variance[at] <= pca.variance[at - 1] + 1e-9 * (1.0 + pca.variance[0]));
    ratio += pca.variance_ratio[at];
  }
  if (rank > 0) RC_ASSERT(std::abs(ratio - 1.0) < 1e-6);
}

TEST(Pca, FitsOnTheNamedRowsOnly) {
  data::CellTable table = dense_table(5, 2, {0, 0, 1, 1, 2, 2, 3, 3, 100, -100});
  const std::vector<std::int64_t> rows{0, 1, 2, 3};
  const data::Pca pca = data::fit_pca(table.x, 1, rows);
  EXPECT_NEAR(pca.components[0], std::sqrt(0.5), 1e-9);
  EXPECT_NEAR(pca.components[1], std::sqrt(0.5), 1e-9);
  EXPECT_NEAR(pca.variance_ratio[0], 1.0, 1e-9);
}

TEST(Pca, WrongSizesAreErrors) {
  const data::CellTable table = dense_table(3, 2, {1, 2, 3, 4, 5, 7});
  EXPECT_THROW((void)data::fit_pca(table.x, 0), Error);
  EXPECT_THROW((void)data::fit_pca(table.x, 3), Error);
  const std::vector<std::int64_t> one{0};
  EXPECT_THROW((void)data::fit_pca(table.x, 1, one), Error);
  const data::Pca pca = data::fit_pca(table.x, 1);
  EXPECT_THROW((void)data::pca_scores(pca, dense_table(1, 3, {1, 2, 3}).x), Error);
}

}  // namespace brenier::tests::pca_test
