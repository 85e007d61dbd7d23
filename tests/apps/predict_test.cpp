// Inputs of `brenier predict` that are not quite as the training data were: genes missing, twice, in another order;
// cells missing.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "data/h5ad/reader.h"
#include "data/h5ad/writer.h"
#include "data/table/cell_table.h"
#include "tests/apps/command_line.h"
#include "tests/apps/small_run.h"
#include "tests/data/small_table.h"
#include "tests/helpers/temp_dir.h"

namespace brenier::tests {
namespace predict_test {

class Predict : public SmallRun {
 protected:
  // The cells with these genes (columns of the training file), in this order.
  static std::string with_genes(const std::vector<std::int64_t>& columns) {
    auto table = data::select_genes(data::read_cells(at("cells.h5ad")), columns);
    data::write_h5ad(table, at("other.h5ad"));
    return at("other.h5ad");
  }
  static CommandResult predict(const std::string& input, const std::string& options = "") {
    return brenier("predict '" + at("run/model.pt") + "' -i '" + input + "' -p pert_1 --json -o '" + at("out.h5ad") +
                   "' " + options);
  }
  static std::vector<float> predicted() { return to_dense(data::read_cells(at("out.h5ad")).x).dense().values; }
  static std::vector<std::int64_t> genes(std::int64_t first, std::int64_t last) {
    std::vector<std::int64_t> columns(static_cast<std::size_t>(last - first));
    std::iota(columns.begin(), columns.end(), first);
    return columns;
  }
};

TEST_F(Predict, GenesInAnotherOrderChangeNothing) {
  ASSERT_EQ(predict(at("cells.h5ad")).exit_code, 0);
  const auto expected = predicted();
  auto columns = genes(0, 40);
  std::reverse(columns.begin(), columns.end());
  const auto result = predict(with_genes(columns));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(predicted(), expected);
}

TEST_F(Predict, MissingGenesAreRefusedCountedAndListed) {
  const auto result = predict(with_genes(genes(3, 40)));
  EXPECT_EQ(result.exit_code, 3);
  for (const auto* words : {"3 of 40 missing: 'gene_0', 'gene_1', 'gene_2'", "other.h5ad"})
    EXPECT_NE(result.err.find(words), std::string::npos) << result.err;
}

TEST_F(Predict, MissingGenesAreFilledByTheRule) {
  const auto input = with_genes(genes(3, 40));
  const auto zero = predict(input, "--missing-genes zero");
  ASSERT_EQ(zero.exit_code, 0) << zero.err;
  EXPECT_NE(zero.err.find("3 of 40 genes of the model are not in the input and count as 0: 'gene_0'"),
            std::string::npos)
      << zero.err;
  EXPECT_EQ(nlohmann::json::parse(zero.out)["missing_genes"].size(), 3U);
  const auto by_zero = predicted();
  const auto mean = predict(input, "--missing-genes mean");
  ASSERT_EQ(mean.exit_code, 0) << mean.err;
  EXPECT_NE(mean.err.find("count as their training mean"), std::string::npos) << mean.err;
  EXPECT_NE(predicted(), by_zero);
  EXPECT_EQ(data::read_cells(at("out.h5ad")).genes(), 40);
}

TEST_F(Predict, TooManyMissingGenesAreRefusedUnderEveryRule) {
  const auto input = with_genes(genes(20, 40));
  const auto refused = predict(input, "--missing-genes zero");
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_NE(refused.err.find("at most 20 %"), std::string::npos) << refused.err;
  EXPECT_EQ(predict(input, "--missing-genes zero --max-missing 0.5").exit_code, 0);
  EXPECT_EQ(predict(input, "--missing-genes none").exit_code, 2);
  EXPECT_EQ(predict(input, "--max-missing 2").exit_code, 2);
}

TEST_F(Predict, OfAGeneThatOccursTwiceTheFirstCountsAndItIsSaid) {
  ASSERT_EQ(predict(at("cells.h5ad")).exit_code, 0);
  const auto expected = predicted();
  auto columns = genes(0, 40);
  columns.push_back(5);
  const auto result = predict(with_genes(columns));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.err.find("1 gene names occur more than once"), std::string::npos) << result.err;
  EXPECT_EQ(predicted(), expected);
}

TEST_F(Predict, NoCellsAreOneError) {
  auto table = data::read_cells(at("cells.h5ad"));
  data::write_h5ad(data::select_cells(table, {}), at("none.h5ad"));
  for (const auto* options : {"", "--all-cells"}) {
    const auto result = predict(at("none.h5ad"), options);
    EXPECT_EQ(result.exit_code, 3) << result.err;
    EXPECT_NE(result.err.find("none.h5ad"), std::string::npos) << result.err;
  }
}

TEST_F(Predict, NanIsOneErrorThatNamesThePlace) {
  auto table = data::read_cells(at("cells.h5ad"));
  auto dense = to_dense(table.x).dense();
  dense.values[41] = std::nanf("");
  table.x = data::CellMatrix(std::move(dense));
  data::write_h5ad(table, at("nan.h5ad"));
  const auto result = predict(at("nan.h5ad"));
  EXPECT_EQ(result.exit_code, 3) << result.err;
  EXPECT_NE(result.err.find("nan.h5ad"), std::string::npos) << result.err;
}

}  // namespace predict_test
}  // namespace brenier::tests
