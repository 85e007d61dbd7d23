#include "data/perturbation/context_table.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "data/h5ad/reader.h"
#include "tests/core/throws.h"
#include "tests/data/small_table.h"
#include "tests/helpers/shared_data.h"

namespace brenier::tests::context_table_test {

data::PerturbationSettings with_covariates(std::vector<std::string> covariates) {
  data::PerturbationSettings settings;
  settings.covariates = std::move(covariates);
  return settings;
}

data::CellTable drugs_table() {
  return labelled_table({{"perturbation", {"control", "A", "B+A", "A+B", "control", "A"}},
                         {"dose_value", {"0", "0.5", "2+1", "1+2", "0", "1"}},
                         {"cell_type", {"T", "T", "T", "T", "B", "B"}}});
}

TEST(ContextTable, GroupsCellsByActionsDosesAndCovariates) {
  auto settings = with_covariates({"cell_type"});
  settings.preset = "scperturb";
  const auto contexts = data::label_contexts(drugs_table(), settings);
  std::vector<std::string> names;
  for (const auto& context : contexts.contexts) names.push_back(to_string(context));
  EXPECT_EQ(names, (std::vector<std::string>{"control | cell_type=B", "control | cell_type=T", "A@0.5 | cell_type=T",
                                             "A | cell_type=B", "A+B@2 | cell_type=T"}));
  EXPECT_EQ(contexts.rows[4], (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(contexts.context_of, (std::vector<std::int64_t>{1, 2, 4, 4, 0, 3}));
  EXPECT_EQ(contexts.actions, (std::vector<std::string>{"A", "B"}));
  EXPECT_EQ(contexts.covariates.at("cell_type"), (std::vector<std::string>{"B", "T"}));
  EXPECT_EQ(contexts.treated(), (std::vector<std::int64_t>{2, 3, 4}));
  EXPECT_EQ(contexts.control_rows(contexts.contexts[4]), (std::vector<std::int64_t>{0}));
  EXPECT_EQ(contexts.at(contexts.contexts[3]), 3);
}

TEST(ContextTable, ColumnsOfAPresetMayBeAbsentButStatedOnesMustExist) {
  data::PerturbationSettings settings;
  settings.preset = "cpa";
  const auto table = labelled_table({{"condition", {"ctrl", "A+ctrl"}}});
  const auto contexts = data::label_contexts(table, settings);
  EXPECT_TRUE(contexts.settings.dose_columns.empty());
  EXPECT_EQ(contexts.contexts.size(), 2U);
  settings.covariates = {"cell_tipe"};
  auto typed = table;
  typed.obs.set("cell_type", data::StringColumn{"T", "T"});
  const std::string text = error_text(ErrorKind::kData, [&] { (void)data::label_contexts(typed, settings); });
  EXPECT_NE(text.find("cell_tipe"), std::string::npos) << text;
  EXPECT_NE(text.find("'cell_type'"), std::string::npos) << text;
  EXPECT_NE(text.find("data.perturbation.covariates"), std::string::npos) << text;
}

TEST(ContextTable, NoControlListsTheLabelsWithCounts) {
  const auto table = labelled_table({{"perturbation", {"ctrl", "A", "A", "A"}}});
  const std::string text = error_text(ErrorKind::kData, [&] { (void)data::label_contexts(table, {}); });
  EXPECT_NE(text.find("'A' (3 cells), 'ctrl' (1 cells)"), std::string::npos) << text;
  EXPECT_NE(text.find("'control'"), std::string::npos) << text;
}

TEST(ContextTable, MissingLabelsAreAnErrorOrLeftOut) {
  data::CellTable table = drugs_table();
  table.obs.set("cell_type", data::CategoricalColumn{{0, 0, -1, 0, 1, 1}, data::StringColumn{"T", "B"}, false});
  auto settings = with_covariates({"cell_type"});
  const std::string text = error_text(ErrorKind::kData, [&] { (void)data::label_contexts(table, settings); });
  EXPECT_NE(text.find("cell 'c2'"), std::string::npos) << text;
  EXPECT_NE(text.find("'cell_type'"), std::string::npos) << text;
  settings.missing_label = "drop";
  const auto contexts = data::label_contexts(table, settings);
  EXPECT_EQ(contexts.context_of[2], -1);
  ASSERT_EQ(contexts.warnings.size(), 1U);
  EXPECT_NE(contexts.warnings.front().find("1 cells are left out"), std::string::npos);
}

TEST(ContextTable, AControlNeedsNoDoseButATreatedCellDoes) {
  data::CellTable table = labelled_table({{"perturbation", {"control", "A", "A"}}});
  table.obs.set("dose_value", data::NumericArray{{3}, std::vector<double>{std::nan(""), 0.5, 2.0}});
  data::PerturbationSettings settings;
  settings.preset = "scperturb";
  EXPECT_EQ(data::label_contexts(table, settings).contexts.size(), 3U);
  table.obs.set("dose_value", data::NumericArray{{3}, std::vector<double>{0.0, 0.5, std::nan("")}});
  const std::string text = error_text(ErrorKind::kData, [&] { (void)data::label_contexts(table, settings); });
  EXPECT_NE(text.find("cell 'c2'"), std::string::npos) << text;
  EXPECT_NE(text.find("'dose_value'"), std::string::npos) << text;
}

TEST(ContextTable, ControlsFollowTheMatchAndTheFallback) {
  const auto table = labelled_table({{"perturbation", {"control", "A", "A", "control"}},
                                     {"cell_type", {"T", "T", "B", "T"}},
                                     {"time", {"0", "6", "6", "6"}}});
  auto settings = with_covariates({"cell_type", "time"});
  const Context treated = make_context({{"A", 1.0}}, {{"cell_type", "T"}, {"time", "6"}});
  EXPECT_EQ(data::label_contexts(table, settings).control_rows(treated), (std::vector<std::int64_t>{3}));
  settings.control_match = {"cell_type"};
  const auto matched = data::label_contexts(table, settings);
  EXPECT_EQ(matched.control_rows(treated), (std::vector<std::int64_t>{0, 3}));
  const Context lonely = make_context({{"A", 1.0}}, {{"cell_type", "B"}, {"time", "6"}});
  const std::string text = error_text(ErrorKind::kData, [&] { (void)matched.control_rows(lonely); });
  EXPECT_NE(text.find("A | cell_type=B, time=6"), std::string::npos) << text;
  EXPECT_NE(text.find("control | cell_type=T, time=0 (1 cells)"), std::string::npos) << text;
  settings.control_fallback = "all";
  EXPECT_EQ(data::label_contexts(table, settings).control_rows(lonely), (std::vector<std::int64_t>{0, 3}));
}

TEST(ContextTable, AnUnknownContextNamesTheNearest) {
  const auto contexts = data::label_contexts(drugs_table(), with_covariates({"cell_type"}));
  const std::string text =
      error_text(ErrorKind::kData, [&] { (void)contexts.at(make_context({{"A", 1.0}}, {{"cell_type", "TT"}})); });
  EXPECT_NE(text.find("did you mean 'A | cell_type=T'"), std::string::npos) << text;
}

TEST(ContextTable, KangHasTwoConditionsInSevenCellTypes) {
  const auto path = shared_data("perturbation/kang_pbmc_ifnb.h5ad");
  if (!path) GTEST_SKIP() << shared_data_missing("perturbation/kang_pbmc_ifnb.h5ad");
  auto settings = with_covariates({"cell_type"});
  settings.perturbation_column = "condition";
  const auto contexts = data::label_contexts(data::read_cells(*path), settings);
  EXPECT_EQ(contexts.contexts.size(), 14U);
  EXPECT_EQ(contexts.actions, (std::vector<std::string>{"stimulated"}));
  std::size_t controls = 0;
  for (const auto& context : contexts.contexts) {
    if (context.is_control()) controls += contexts.rows[static_cast<std::size_t>(contexts.at(context))].size();
  }
  EXPECT_EQ(controls, 936U);
  EXPECT_EQ(contexts.covariates.at("cell_type").size(), 7U);
}

TEST(ContextTable, NormanHasSinglesAndPairsWithDoses) {
  const auto path = shared_data("perturbation/norman_k562_crispra.h5ad");
  if (!path) GTEST_SKIP() << shared_data_missing("perturbation/norman_k562_crispra.h5ad");
  data::PerturbationSettings settings;
  settings.dose_columns = {"dose"};
  const auto contexts = data::label_contexts(data::read_cells(*path), settings);
  std::size_t singles = 0;
  std::size_t pairs = 0;
  for (const auto& context : contexts.contexts) {
    singles += context.actions.size() == 1 ? 1U : 0U;
    pairs += context.actions.size() == 2 ? 1U : 0U;
  }
  EXPECT_EQ(singles, 18U);
  EXPECT_EQ(pairs, 15U);
  EXPECT_EQ(contexts.control_rows(contexts.contexts.back()).size(), 100U);
}

}  // namespace brenier::tests::context_table_test
