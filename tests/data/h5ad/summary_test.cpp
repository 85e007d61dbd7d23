#include "data/h5ad/summary.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "data/h5ad/writer.h"
#include "tests/data/h5ad/file_edit.h"
#include "tests/data/small_table.h"
#include "tests/helpers/repository.h"
#include "tests/helpers/shared_data.h"
#include "tests/helpers/temp_dir.h"

namespace brenier::data {
namespace summary_test {

// The summary of X with these dense values, 4 genes.
MatrixSummary of(std::vector<float> values, const SummaryOptions& options = {}) {
  const tests::TempDir dir;
  const auto cells = static_cast<std::int64_t>(values.size() / 4);
  write_h5ad(tests::dense_table(cells, 4, std::move(values)), dir / "x.h5ad");
  return summarize(dir / "x.h5ad", options).matrices.at(0);
}

const ColumnSummary& column(const FrameSummary& frame, const std::string& name) {
  for (const ColumnSummary& summary : frame.columns) {
    if (summary.name == name) return summary;
  }
  throw std::out_of_range(name);
}

}  // namespace summary_test

TEST(H5adSummary, JudgesValues) {
  using summary_test::of;
  EXPECT_EQ(of({0, 0, 0, 0, 0, 0, 0, 0}).values.kind, ValueKind::kEmpty);
  EXPECT_EQ(of({0, 3, 1, 0, 5, 0, 0, 200}).values.kind, ValueKind::kCounts);
  EXPECT_EQ(of({0, -3, 1, 0, 5, 0.5, 0, 2}).values.kind, ValueKind::kSigned);
  EXPECT_EQ(of({0.5, 0, 100, 0, 7, 0, 0, 0}).values.kind, ValueKind::kNonNegative);
  EXPECT_EQ(of({0.5, 0, 10, 0, 7, 0, 0, 0}).values.kind, ValueKind::kLogNormalized);
  const auto normalized = of({0.5, 99.5, 0, 0, 25, 25, 49.5, 0.5});
  EXPECT_EQ(normalized.values.kind, ValueKind::kNormalized);
  EXPECT_DOUBLE_EQ(*normalized.values.row_total, 100.0);
  std::vector<float> logarithms;
  for (const float value : {0.5F, 99.5F, 0.0F, 0.0F, 25.0F, 25.0F, 49.5F, 0.5F})
    logarithms.push_back(std::log1p(value));
  const auto logged = of(logarithms);
  EXPECT_EQ(logged.values.kind, ValueKind::kLogNormalized);
  EXPECT_NEAR(*logged.values.row_total, 100.0, 0.01);
}

TEST(H5adSummary, CountsBadValues) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const ValueSummary values = summary_test::of({kNan, -1, kInfinity, 0, 2.5, 0, 0, kNan}).values;
  EXPECT_EQ(values.nan, 2);
  EXPECT_EQ(values.infinite, 1);
  EXPECT_EQ(values.negative, 1);
  EXPECT_EQ(values.zeros, 3);
  EXPECT_EQ(values.fractional, 1);
  EXPECT_EQ(values.min, -1.0);
  EXPECT_EQ(values.max, 2.5);
  EXPECT_EQ(values.looked_at, 8);
  EXPECT_TRUE(values.complete);
}

TEST(H5adSummary, LooksAtPartsOfLargeMatrices) {
  const MatrixSummary summary = summary_test::of(std::vector<float>(4000, 2.0F), {.values_per_matrix = 400});
  EXPECT_FALSE(summary.values.complete);
  EXPECT_GE(summary.values.looked_at, 400);
  EXPECT_LE(summary.values.looked_at, 600);
  EXPECT_EQ(summary.stored, 4000);
}

TEST(H5adSummary, DescribesEverythingInAFile) {
  const H5adSummary columns = summarize(tests::repository_file("tests/oracle/h5ad/columns.h5ad"));
  EXPECT_EQ(columns.obs.rows, 6);
  EXPECT_EQ(columns.obs.index_name, "barcode");
  EXPECT_EQ(columns.obs.first_names.front(), "cell0");
  const ColumnSummary& kind = summary_test::column(columns.obs, "kind");
  EXPECT_EQ(kind.kind, "categorical");
  EXPECT_EQ(kind.missing, 1);
  EXPECT_EQ(kind.distinct, 3);
  EXPECT_EQ(kind.values.front(), (std::pair<std::string, std::int64_t>("B", 2)));
  const ColumnSummary& maybe = summary_test::column(columns.obs, "maybe_int");
  EXPECT_EQ(maybe.missing, 2);
  EXPECT_EQ(*maybe.min, 1.0);
  EXPECT_EQ(*maybe.max, 6.0);
  ASSERT_EQ(columns.matrices.size(), 6U);
  EXPECT_EQ(columns.matrices[0].name, "X");
  EXPECT_EQ(columns.matrices[0].storage, "csr");
  EXPECT_EQ(columns.matrices[2].name, "layers/counts");
  EXPECT_EQ(columns.matrices[2].storage, "csc");
  EXPECT_EQ(columns.matrices[2].dtype, "int64");
  EXPECT_EQ(columns.matrices[2].values.kind, ValueKind::kCounts);
  EXPECT_TRUE(columns.notes.empty());

  const H5adSummary tree = summarize(tests::repository_file("tests/oracle/h5ad/tree.h5ad"));
  const auto find = [](const auto& members, const std::string& name) {
    for (const auto& [key, text] : members) {
      if (key == name) return text;
    }
    return std::string("missing");
  };
  EXPECT_EQ(find(tree.obsm, "X_pca"), "float32 [6, 3]");
  EXPECT_EQ(find(tree.obsm, "frame"), "frame with columns 'u', 'v'");
  EXPECT_EQ(find(tree.obsp, "distances"), "csr float64 [6, 6]");
  EXPECT_EQ(find(tree.uns, "word"), "string 'héllo'");
  EXPECT_EQ(find(tree.uns, "number"), "int64 3");
  EXPECT_EQ(find(tree.uns, "nested"), "dict of 2: 'deeper', 'table'");
  EXPECT_EQ(find(tree.uns, "nothing"), "null");
  EXPECT_EQ(find(tree.uns, "complex"), "complex128 [2]");
  EXPECT_EQ(find(tree.uns, "ranked"), "record of 3 fields [2]");
}

TEST(H5adSummary, CountsRepeatedNames) {
  const H5adSummary summary = summarize(tests::repository_file("tests/oracle/h5ad/odd_names.h5ad"));
  EXPECT_EQ(summary.obs.repeated_names, 1);
  EXPECT_EQ(summary.obs.columns.size(), 10U);
}

TEST(H5adSummary, FilesWithoutCellsGenesOrX) {
  for (const std::string name : {"no_cells", "no_genes", "no_x"}) {
    const H5adSummary summary = summarize(tests::repository_file("tests/oracle/h5ad/" + name + ".h5ad"));
    EXPECT_EQ(summary.matrices.size(), name == "no_x" ? 0U : 1U);
    EXPECT_TRUE(summary.notes.empty()) << summary.notes.front();
  }
}

TEST(H5adSummary, KnowsTheRealFiles) {
  const std::vector<std::pair<std::string, ValueKind>> files = {
      {"perturbation/kang_pbmc_ifnb.h5ad", ValueKind::kLogNormalized},
      {"perturbation/glioblastoma_panobinostat.h5ad", ValueKind::kCounts},
      {"perturbation/norman_k562_crispra.h5ad", ValueKind::kLogNormalized},
      {"drugs/lincs_consensus.h5ad", ValueKind::kSigned}};
  for (const auto& [name, kind] : files) {
    const auto path = tests::shared_data(name);
    if (!path) GTEST_SKIP() << tests::shared_data_missing(name);
    const H5adSummary summary = summarize(*path);
    ASSERT_EQ(summary.matrices.size(), 1U);
    EXPECT_EQ(summary.matrices[0].values.kind, kind) << name;
    EXPECT_TRUE(summary.matrices[0].values.complete);
  }
}

}  // namespace brenier::data
