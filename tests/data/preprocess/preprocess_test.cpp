#include "data/preprocess/preprocess.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/random.h"
#include "data/preprocess/gene_names.h"
#include "data/preprocess/input_checks.h"
#include "tests/core/throws.h"
#include "tests/data/preprocess/oracle.h"

namespace brenier::tests::preprocess_test {

data::PreprocessSettings variable_genes(const std::string& flavor, std::int64_t n_top) {
  data::PreprocessSettings settings;
  settings.genes.flavor = flavor;
  settings.genes.n_top = n_top;
  return settings;
}

data::CellTable counts_table() { return oracle_counts(preprocess_oracle("counts.json")); }

TEST(Preprocess, AppliedToTheSameCellsGivesTheSameTable) {
  for (const std::string flavor : {"none", "seurat", "seurat_v3"}) {
    for (const bool dense : {false, true}) {
      data::CellTable fitted = counts_table();
      if (dense) fitted.x = to_dense(fitted.x);
      data::CellTable applied = fitted;
      const auto state = data::fit_preprocess(fitted, variable_genes(flavor, 30)).state;
      const auto report = data::apply_preprocess(state, applied);
      EXPECT_TRUE(report.missing_genes.empty());
      EXPECT_EQ(report.unused_genes, flavor == "none" ? 0 : 90);
      EXPECT_EQ(applied.var.index, fitted.var.index);
      EXPECT_EQ(applied.x.is_sparse(), !dense);
      EXPECT_EQ(to_dense(applied.x).dense().values, to_dense(fitted.x).dense().values) << flavor;
    }
  }
}

TEST(Preprocess, GenesAreAlignedByNameWhateverTheirOrder) {
  data::CellTable fitted = counts_table();
  data::CellTable other = fitted;
  const auto state = data::fit_preprocess(fitted, variable_genes("seurat_v3", 25)).state;
  std::vector<std::int64_t> reversed;
  for (std::int64_t g = other.genes() - 1; g >= 0; --g) reversed.push_back(g);
  other = data::select_genes(other, reversed);
  (void)data::apply_preprocess(state, other);
  EXPECT_EQ(other.var.index, fitted.var.index);
  EXPECT_EQ(to_dense(other.x).dense().values, to_dense(fitted.x).dense().values);
}

TEST(Preprocess, MissingGenesAreRefusedOrTakenAsZeroAndListed) {
  data::CellTable fitted = counts_table();
  const data::CellTable raw = fitted;
  const auto state = data::fit_preprocess(fitted, variable_genes("none", 1)).state;
  std::vector<std::int64_t> most;
  for (std::int64_t g = 2; g < raw.genes(); ++g) most.push_back(g);
  data::CellTable lacking = data::select_genes(raw, most);
  data::CellTable again = lacking;
  const std::string text = error_text(ErrorKind::kData, [&] { (void)data::apply_preprocess(state, lacking); });
  EXPECT_NE(text.find("2 of 120 genes missing: 'g0', 'g1'"), std::string::npos) << text;
  const auto report = data::apply_preprocess(state, again, data::MissingGenes::kZero);
  EXPECT_EQ(report.missing_genes, (std::vector<std::string>{"g0", "g1"}));
  EXPECT_EQ(report.missing_total_genes, 2);
  EXPECT_TRUE(report.warnings.empty());
  EXPECT_EQ(again.var.index, state.genes);
  const auto dense = to_dense(again.x).dense();
  double sum = 0.0;
  for (std::int64_t g = 0; g < again.genes(); ++g) sum += std::expm1(dense.values[static_cast<std::size_t>(g)]);
  EXPECT_EQ(dense.values[0], 0.0F);
  EXPECT_EQ(dense.values[1], 0.0F);
  EXPECT_NEAR(sum, 1e4, 0.1);

  data::CellTable strange = raw;
  for (auto& name : strange.var.index) name = "ENSG" + name;
  EXPECT_NE(
      error_text(ErrorKind::kData, [&] { (void)data::apply_preprocess(state, strange, data::MissingGenes::kZero); })
          .find("none of the genes"),
      std::string::npos);
}

TEST(Preprocess, TotalsRunOverTheGenesOfTheFittingTable) {
  data::CellTable fitted = dense_table(2, 2, {1, 3, 2, 2});
  const auto state = data::fit_preprocess(fitted, data::PreprocessSettings{}).state;
  data::CellTable wider = dense_table(1, 3, {1, 3, 96});
  EXPECT_EQ(data::apply_preprocess(state, wider).unused_genes, 1);
  EXPECT_FLOAT_EQ(wider.x.dense().values[0], std::log1p(2500.0F));
}

RC_GTEST_PROP(Preprocess, HeldOutCellsHaveNoInfluence, ()) {
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  const std::string flavor = *rc::gen::element<std::string>("seurat", "seurat_v3");
  data::CellTable table = counts_table();
  data::CellTable changed = table;
  RandomStream stream(seed, "held out");
  const auto order = stream.permutation(table.cells());
  const std::vector<std::int64_t> fit_rows(order.begin(), order.begin() + 28);
  data::CsrMatrix& x = changed.x.sparse();
  for (std::size_t k = 28; k < order.size(); ++k) {
    const auto row = static_cast<std::size_t>(order[k]);
    for (auto i = x.indptr[row]; i < x.indptr[row + 1]; ++i) {
      x.values[static_cast<std::size_t>(i)] = static_cast<float>(stream.below(50));
    }
  }
  data::PreprocessSettings settings = variable_genes(flavor, 20);
  settings.normalize_total.target_sum = 0.0;
  const auto a = data::fit_preprocess(table, settings, fit_rows).state;
  const auto b = data::fit_preprocess(changed, settings, fit_rows).state;
  RC_ASSERT(a == b);
}

TEST(Preprocess, KeepsNamedGenesWhateverTheirRank) {
  data::CellTable table = counts_table();
  data::PreprocessSettings settings = variable_genes("seurat_v3", 10);
  settings.genes.keep = {"g5", "g9"};  // never seen, constant
  const auto state = data::fit_preprocess(table, settings).state;
  EXPECT_EQ(state.genes.size(), 12U);
  EXPECT_TRUE(table.var.has("variances_norm"));
  data::CellTable again = counts_table();
  settings.genes.keep = {"g5", "g1119"};
  const std::string text = error_text(ErrorKind::kData, [&] { (void)data::fit_preprocess(again, settings); });
  EXPECT_NE(text.find("found:    'g1119'"), std::string::npos) << text;
  EXPECT_NE(text.find("did you mean 'g"), std::string::npos) << text;
}

TEST(Preprocess, StateSurvivesJson) {
  data::CellTable table = counts_table();
  const auto state = data::fit_preprocess(table, variable_genes("seurat", 17)).state;
  EXPECT_EQ(data::preprocess_state_from_json(nlohmann::ordered_json::parse(data::to_json(state).dump())), state);
  auto json = data::to_json(state);
  json.erase("genes");
  EXPECT_NE(error_text(ErrorKind::kData, [&] { (void)data::preprocess_state_from_json(json); }).find("'genes'"),
            std::string::npos);
  json["genes"] = 3;
  EXPECT_NE(
      error_text(ErrorKind::kData, [&] { (void)data::preprocess_state_from_json(json); }).find("preprocess.genes"),
      std::string::npos);
  json = data::to_json(state);
  json["target_sum"] = 0;
  EXPECT_NE(error_text(ErrorKind::kData, [&] { (void)data::preprocess_state_from_json(json); }).find("target_sum"),
            std::string::npos);
}

TEST(Preprocess, BrokenValuesAreNamed) {
  const auto fit = [](float value, const data::PreprocessSettings& settings) {
    data::CellTable table = dense_table(3, 2, {1, 2, 3, 4, 5, value});
    return error_text(ErrorKind::kData, [&] { (void)data::fit_preprocess(table, settings); });
  };
  data::PreprocessSettings settings;
  for (const float value : {std::numeric_limits<float>::quiet_NaN(), -1.0F, std::numeric_limits<float>::infinity()}) {
    const std::string text = fit(value, settings);
    EXPECT_NE(text.find("'c2'"), std::string::npos) << text;
    EXPECT_NE(text.find("'g1'"), std::string::npos) << text;
  }
  const std::string fraction = fit(0.5F, settings);
  EXPECT_NE(fraction.find("normalize_total needs counts"), std::string::npos) << fraction;
  EXPECT_NE(fraction.find("allow_non_counts"), std::string::npos) << fraction;
  settings.normalize_total.enabled = false;
  settings.genes.flavor = "seurat_v3";
  EXPECT_NE(fit(0.5F, settings).find("seurat_v3"), std::string::npos);
  settings.genes.flavor = "seurat";
  settings.log1p = false;
  EXPECT_NE(fit(6.0F, settings).find("needs logarithms"), std::string::npos);
}

TEST(Preprocess, FractionsAndNegativesPassWhereTheyAreAllowed) {
  data::PreprocessSettings settings;
  settings.allow_non_counts = true;
  data::CellTable table = dense_table(2, 2, {0.5F, 1.5F, 2, 2});
  EXPECT_EQ(data::fit_preprocess(table, settings).state.genes.size(), 2U);
  settings.normalize_total.enabled = false;
  settings.log1p = false;
  data::CellTable scores = dense_table(2, 2, {-0.5F, 1.5F, 2, -2});
  EXPECT_TRUE(data::fit_preprocess(scores, settings).warnings.empty());
  EXPECT_EQ(scores.x.dense().values, (std::vector<float>{-0.5F, 1.5F, 2, -2}));
}

TEST(Preprocess, SuspectInputIsWarnedAbout) {
  data::PreprocessSettings settings;
  settings.normalize_total.enabled = false;
  settings.log1p = false;
  EXPECT_TRUE(data::stays_unnormalised(settings, dense_table(2, 2, {1, 2, 3, 4})));
  EXPECT_FALSE(data::stays_unnormalised(settings, dense_table(2, 2, {1, 2, 3, 4.5F})));
  settings.counts = "recover";
  EXPECT_FALSE(data::stays_unnormalised(settings, dense_table(2, 2, {1, 2, 3, 4})));
  settings.counts = "as_given";
  settings.log1p = true;
  const auto logs = data::check_input(settings, dense_table(2, 2, {1, 2, 3, 4.5F}));
  ASSERT_EQ(logs.size(), 1U);
  EXPECT_NE(logs.front().find("logarithms already"), std::string::npos);
  settings.log1p = false;
  EXPECT_TRUE(data::check_input(settings, dense_table(2, 2, {1, 2, 3, 4.5F})).empty());
}

// Cells that are not what the model was trained on.
TEST(Preprocess, CountsAndNormalisedValuesAreToldApartWhenApplied) {
  data::PreprocessSettings settings;
  settings.normalize_total.enabled = false;
  settings.log1p = false;
  const auto counts = dense_table(2, 2, {1, 2, 3, 4});
  const auto logs = dense_table(2, 2, {1, 2, 3, 4.5F});
  const auto warnings = [&](data::CellTable trained, data::CellTable given) {
    auto state = data::fit_preprocess(trained, settings).state;
    state = data::preprocess_state_from_json(data::to_json(state));
    return data::apply_preprocess(state, given).warnings;
  };
  EXPECT_TRUE(warnings(counts, counts).empty());
  EXPECT_TRUE(warnings(logs, logs).empty());
  ASSERT_EQ(warnings(logs, counts).size(), 1U);
  EXPECT_NE(warnings(logs, counts).front().find("looks like unnormalised counts"), std::string::npos);
  ASSERT_EQ(warnings(counts, logs).size(), 1U);
  EXPECT_NE(warnings(counts, logs).front().find("does not look like"), std::string::npos);
}

TEST(Preprocess, ListedGenesAreKeptInTheOrderOfTheFile) {
  data::CellTable table = counts_table();
  const auto names = table.var.index;
  data::PreprocessSettings settings;
  settings.genes.flavor = "listed";
  settings.genes.keep = {names[7], names[2]};
  settings.genes.n_top = 1;
  const auto state = data::fit_preprocess(table, settings).state;
  EXPECT_EQ(state.genes, (std::vector<std::string>{names[2], names[7]}));
  EXPECT_EQ(table.var.index, state.genes);
  settings.genes.keep = {"no such gene"};
  EXPECT_THROW((void)data::fit_preprocess(table, settings), Error);
}

TEST(Preprocess, EmptyCellsAndDuplicateGenesAreWarnedAbout) {
  data::CellTable table = dense_table(2, 3, {1, 2, 3, 0, 0, 0});
  table.var.index = {"A", "B", "A"};
  const auto fitted = data::fit_preprocess(table, data::PreprocessSettings{});
  ASSERT_EQ(fitted.warnings.size(), 2U);
  EXPECT_EQ(fitted.state.genes, (std::vector<std::string>{"A", "B", "A-1"}));
  EXPECT_EQ(table.x.dense().values[5], 0.0F);
}

TEST(Preprocess, AnEmptyListOfFittingRowsIsAnError) {
  data::CellTable table = counts_table();
  EXPECT_NE(
      error_text(ErrorKind::kData,
                 [&] { (void)data::fit_preprocess(table, data::PreprocessSettings{}, std::vector<std::int64_t>{}); })
          .find("no cell to fit"),
      std::string::npos);
}

TEST(GeneNames, DuplicatesAreNumberedAsInAnndata) {
  std::vector<std::string> names{"a", "a-1", "a", "b", "a", "b"};
  EXPECT_EQ(data::make_names_unique(names), 3);
  EXPECT_EQ(names, (std::vector<std::string>{"a", "a-1", "a-2", "b", "a-3", "b-1"}));
}

}  // namespace brenier::tests::preprocess_test
