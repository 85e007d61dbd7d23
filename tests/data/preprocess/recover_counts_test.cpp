#include "data/preprocess/recover_counts.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/config/read.h"
#include "core/error.h"
#include "data/h5ad/reader.h"
#include "data/preprocess/input_checks.h"
#include "data/preprocess/normalize.h"
#include "data/preprocess/preprocess.h"
#include "tests/core/throws.h"
#include "tests/data/preprocess/oracle.h"
#include "tests/helpers/shared_data.h"

namespace brenier::tests::recover_counts_data_test {

data::CellTable counts_table() { return oracle_counts(preprocess_oracle("counts.json")); }

data::CellTable logarithms_of(data::CellTable table) {
  data::normalize_total(table, 1e4);
  data::log1p(table);
  return table;
}

data::PreprocessSettings recovering() {
  data::PreprocessSettings settings;
  settings.counts = "recover";
  settings.normalize_total.enabled = false;
  settings.log1p = false;
  return settings;
}

TEST(RecoverCountsOfATable, UndoesNormalisationAndLogarithm) {
  const auto counts = counts_table();
  for (const bool dense : {false, true}) {
    auto table = logarithms_of(counts);
    if (dense) table.x = to_dense(table.x);
    EXPECT_TRUE(data::recover_counts(table));
    EXPECT_EQ(table.x.is_sparse(), !dense);
    EXPECT_EQ(to_dense(table.x).dense().values, to_dense(counts.x).dense().values);
    EXPECT_FALSE(data::recover_counts(table));  // counts now
    EXPECT_EQ(to_dense(table.x).dense().values, to_dense(counts.x).dense().values);
  }
}

TEST(RecoverCountsOfATable, WhatCannotBeIsRefusedByCellGeneAndValue) {
  const float one = std::log1p(0.5F);
  auto table = dense_table(2, 2, {one, one, one, std::log1p(0.6173F)});
  const std::string text = error_text(ErrorKind::kData, [&] { (void)data::recover_counts(table); });
  for (const auto* word : {"cell 'c1' (row 1)", "gene 'g1': 0.48", "log(1 + normalised counts)", "preprocess.counts"}) {
    EXPECT_NE(text.find(word), std::string::npos) << text;
  }
  for (const float value : {-0.5F, std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    auto broken = dense_table(1, 2, {one, value});
    EXPECT_NE(error_text(ErrorKind::kData, [&] { (void)data::recover_counts(broken); }).find("'g1'"),
              std::string::npos);
  }
}

TEST(RecoverCountsOfATable, ComesBeforeGeneChoiceAndNormalisation) {
  auto settings = recovering();
  settings.normalize_total.enabled = true;
  settings.log1p = true;
  settings.genes.flavor = "seurat_v3";
  settings.genes.n_top = 30;
  auto table = logarithms_of(counts_table());
  auto other = table;
  const auto state = data::fit_preprocess(table, settings).state;
  EXPECT_EQ(state.counts, "recover");
  settings.counts = "as_given";
  auto given = counts_table();
  auto known = data::fit_preprocess(given, settings).state;
  known.counts = "recover";
  EXPECT_EQ(state, known);
  EXPECT_EQ(to_dense(table.x).dense().values, to_dense(given.x).dense().values);
  // New cells are treated alike, as logarithms or as counts.
  auto counts = counts_table();
  (void)data::apply_preprocess(state, other);
  (void)data::apply_preprocess(state, counts);
  EXPECT_EQ(to_dense(other.x).dense().values, to_dense(given.x).dense().values);
  EXPECT_EQ(to_dense(counts.x).dense().values, to_dense(given.x).dense().values);
}

TEST(RecoverCountsOfATable, TheStateTravelsAndOlderOnesAreRead) {
  auto table = logarithms_of(counts_table());
  const auto fitted = data::fit_preprocess(table, recovering());
  EXPECT_TRUE(fitted.warnings.empty());  // counts are what was asked for
  auto json = data::to_json(fitted.state);
  EXPECT_EQ(data::preprocess_state_from_json(json), fitted.state);
  json["counts"] = "guess";
  EXPECT_NE(error_text(ErrorKind::kData, [&] { (void)data::preprocess_state_from_json(json); }).find("'guess'"),
            std::string::npos);
  json.erase("counts");
  EXPECT_EQ(data::preprocess_state_from_json(json).counts, "as_given");
  const std::string text = error_text(ErrorKind::kUsage, [] {
    (void)read_settings<data::PreprocessSettings>(
        document_from(nlohmann::ordered_json::parse(R"({"counts": "guess"})"), "."));
  });
  EXPECT_NE(text.find("recover"), std::string::npos) << text;
}

// The file has 500 of the genes: a cell's total lies a little below obs "ncounts", which counted all of them, so the
// unit of every cell is known up to that.
TEST(RecoverCountsOfATable, NormanComesBack) {
  const char* name = "perturbation/norman_k562_crispra.h5ad";
  const auto path = shared_data(name);
  if (!path) GTEST_SKIP() << shared_data_missing(name);
  auto table = data::read_cells(*path);
  const auto logarithms = table.x;
  const auto totals = table.obs.numbers("ncounts");
  ASSERT_TRUE(data::recover_counts(table));
  EXPECT_TRUE(data::looks_like_counts(table.x));
  for (std::int64_t i = 0; i < table.cells(); ++i) {
    const auto before = data::row_values(logarithms, i).values;
    const auto after = data::row_values(table.x, i).values;
    for (std::size_t k = 0; k < after.size(); ++k) {
      const double scaled = std::expm1(static_cast<double>(before[k])) * totals[static_cast<std::size_t>(i)] / 1e4;
      const double ratio = static_cast<double>(after[k]) / scaled;  // total in the file's normalisation over ncounts
      ASSERT_GT(ratio, 0.98) << i;
      ASSERT_LT(ratio, 1.0) << i;
    }
  }
}

}  // namespace brenier::tests::recover_counts_data_test
