#include "data/preprocess/highly_variable.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "data/preprocess/loess.h"
#include "data/preprocess/normalize.h"
#include "tests/core/throws.h"
#include "tests/data/preprocess/oracle.h"

namespace brenier::tests::highly_variable_test {

void expect_choice(const data::HighlyVariable& found, const nlohmann::json& oracle, const std::string& name) {
  const auto chosen = oracle.at("highly_variable").get<std::vector<int>>();
  ASSERT_EQ(found.chosen.size(), chosen.size());
  for (std::size_t g = 0; g < chosen.size(); ++g) EXPECT_EQ(found.chosen[g], chosen[g] == 1) << name << " gene " << g;
  const auto compare = [&](const char* key, const std::vector<double>& values, double relative = 1e-6,
                           double floor = 1e-3) {
    if (oracle.contains(key)) expect_close(values, oracle_numbers(oracle.at(key)), relative, floor, name + " " + key);
  };
  compare("means", found.means);
  // Differences of numbers about 1; numpy's own float32 exp and log differ from the C library's in the last bit.
  compare("dispersions", found.dispersions, 1e-6, 1.0);
  compare("dispersions_norm", found.dispersions_norm, 3e-6, 1.0);
  compare("variances", found.variances);
  compare("variances_norm", found.variances_norm);
  compare("highly_variable_rank", found.rank);
  compare("highly_variable_nbatches", found.batches);
}

class HighlyVariableOracle : public ::testing::TestWithParam<bool> {
 protected:
  HighlyVariableOracle() {
    if (GetParam()) table.x = to_dense(table.x);
  }
  nlohmann::json counts = preprocess_oracle("counts.json");
  nlohmann::json genes = preprocess_oracle("variable_genes.json");
  data::CellTable table = oracle_counts(counts);
  std::vector<std::int64_t> subset = counts.at("subset").get<std::vector<std::int64_t>>();
};

TEST_P(HighlyVariableOracle, SeuratEqualsScanpy) {
  data::normalize_total(table, 1e4);
  data::log1p(table);
  expect_choice(data::highly_variable_seurat(table.x, 40, 20), genes.at("seurat"), "seurat");
  expect_choice(data::highly_variable_seurat(table.x, 40, 20, subset), genes.at("seurat_subset"), "seurat subset");
}

TEST_P(HighlyVariableOracle, SeuratV3EqualsScanpy) {
  data::GeneSettings settings;
  settings.flavor = "seurat_v3";
  settings.n_top = 40;
  expect_choice(data::highly_variable_genes(table, settings), genes.at("seurat_v3"), "v3");
  expect_choice(data::highly_variable_genes(table, settings, subset), genes.at("seurat_v3_subset"), "v3 subset");
  settings.batch_key = "batch";
  expect_choice(data::highly_variable_genes(table, settings), genes.at("seurat_v3_batch"), "v3 batch");
}

INSTANTIATE_TEST_SUITE_P(SparseAndDense, HighlyVariableOracle, ::testing::Bool());

TEST(HighlyVariable, MoreGenesThanThereAreKeepsAll) {
  data::CellTable table = oracle_counts(preprocess_oracle("counts.json"));
  data::GeneSettings settings;
  settings.flavor = "seurat_v3";
  settings.n_top = 5000;
  EXPECT_EQ(data::highly_variable_genes(table, settings).columns().size(), static_cast<std::size_t>(table.genes()));
}

TEST(HighlyVariable, WritesScanpysColumns) {
  data::CellTable table = oracle_counts(preprocess_oracle("counts.json"));
  data::GeneSettings settings;
  settings.flavor = "seurat_v3";
  data::write_to_var(data::highly_variable_genes(table, settings), table.var);
  for (const char* name : {"highly_variable", "means", "variances", "variances_norm", "highly_variable_rank"}) {
    EXPECT_TRUE(table.var.has(name)) << name;
  }
}

TEST(HighlyVariable, WrongInputIsNamed) {
  data::CellTable table = oracle_counts(preprocess_oracle("counts.json"));
  data::GeneSettings settings;
  settings.flavor = "seurat_v3";
  settings.batch_key = "bach";
  EXPECT_NE(error_text(ErrorKind::kData, [&] { (void)data::highly_variable_genes(table, settings); }).find("'batch'"),
            std::string::npos);
  settings.batch_key = "batch";
  const std::vector<std::int64_t> rows{0, 2, 4, 1};  // a single cell of batch b
  EXPECT_NE(
      error_text(ErrorKind::kData, [&] { (void)data::highly_variable_genes(table, settings, rows); }).find("batch 'b'"),
      std::string::npos);
  settings.batch_key.clear();
  const std::vector<std::int64_t> one{0};
  EXPECT_NE(
      error_text(ErrorKind::kData, [&] { (void)data::highly_variable_genes(table, settings, one); }).find("1 cells"),
      std::string::npos);
  data::CellTable tiny = dense_table(3, 2, {1, 2, 3, 1, 2, 5});
  EXPECT_NE(
      error_text(ErrorKind::kData, [&] { (void)data::highly_variable_genes(tiny, settings); }).find("too few points"),
      std::string::npos);
  data::CellTable huge = dense_table(2, 1, {1000, 2000});
  EXPECT_NE(error_text(ErrorKind::kData, [&] { (void)data::highly_variable_seurat(huge.x, 1, 20); }).find("logarithms"),
            std::string::npos);
}

TEST(Loess, EqualsScikitMisc) {
  const auto oracle = preprocess_oracle("loess.json");
  for (const auto& [name, one] : oracle.items()) {
    const auto fitted =
        data::loess(oracle_numbers(one.at("x")), oracle_numbers(one.at("y")), one.at("span").get<double>());
    expect_close(fitted, oracle_numbers(one.at("fitted")), 1e-9, 1.0, name);
  }
}

TEST(Loess, ReproducesAQuadratic) {
  std::vector<double> x;
  std::vector<double> y;
  for (int i = 0; i < 50; ++i) {
    x.push_back(0.1 * ((i * 37) % 50));
    y.push_back(1.0 - 2.0 * x.back() + 0.5 * x.back() * x.back());
  }
  expect_close(data::loess(x, y, 0.4), y, 1e-10, 1.0, "quadratic");
}

TEST(Loess, TooFewOrEqualPointsAreErrors) {
  EXPECT_THROW((void)data::loess({1, 2, 3, 4}, {1, 2, 3, 4}, 0.5), Error);
  EXPECT_THROW((void)data::loess({1, 2, 3}, {1, 2}, 1.0), Error);
}

}  // namespace brenier::tests::highly_variable_test
