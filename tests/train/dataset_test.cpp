#include "train/dataset.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/error.h"
#include "tests/helpers/temp_dir.h"
#include "tests/train/small_experiment.h"
#include "train/table_view.h"

namespace brenier::train {

// Cells whose treated, held-out rows hold something else entirely.
data::CellTable with_other_held_out_cells(data::CellTable cells) {
  const auto perturbation = cells.obs.labels("perturbation");
  const auto type = cells.obs.labels("cell_type");
  auto& x = cells.x.sparse();
  for (std::int64_t i = 0; i < x.rows; ++i) {
    const auto row = static_cast<std::size_t>(i);
    if (perturbation[row] != "pert_1" || type[row] != "type_2") continue;
    for (auto k = x.indptr[row]; k < x.indptr[row + 1]; ++k) {
      const auto entry = static_cast<std::size_t>(k);
      x.values[entry] = static_cast<float>(1 + (x.indices[entry] * 97 + i * 13) % 500);
    }
  }
  return cells;
}

TEST(Dataset, HeldOutCellsHaveNoPartInAnythingThatIsFitted) {
  const tests::TempDir a;
  const tests::TempDir b;
  SilentReporter reporter;
  const auto cells = tests::small_cells();
  const auto original = prepare_data(tests::small_experiment(a.path(), {}, cells), reporter);
  const auto changed = prepare_data(tests::small_experiment(b.path(), {}, with_other_held_out_cells(cells)), reporter);
  EXPECT_EQ(original.preprocess, changed.preprocess);  // the median total and the chosen genes
  const TableView first(original);
  const TableView second(changed);
  ASSERT_EQ(first.size(), second.size());
  std::vector<std::int64_t> all(static_cast<std::size_t>(first.size()));
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int64_t>(i);
  EXPECT_TRUE(first.rows(all).equal(second.rows(all)));
  const auto scored = validation_contexts(original, first.task(), 500, 0);
  const auto rescored = validation_contexts(changed, second.task(), 500, 0);
  ASSERT_EQ(scored.size(), rescored.size());
  for (std::size_t k = 0; k < scored.size(); ++k) {
    EXPECT_TRUE(scored[k].truth.equal(rescored[k].truth));
    EXPECT_TRUE(scored[k].control.equal(rescored[k].control));
  }
  EXPECT_FALSE(held_out_contexts(original)[0].truth.equal(held_out_contexts(changed)[0].truth));
}

TEST(Dataset, MarkedCellsAreJudgedAndNeverTrainedOn) {
  const tests::TempDir dir;
  SilentReporter reporter;
  auto cells = tests::small_cells();
  const auto perturbation = cells.obs.labels("perturbation");
  data::StringColumn part;
  for (std::size_t i = 0; i < perturbation.size(); ++i) {
    part.push_back(perturbation[i] == "pert_2" || i % 2 == 0 ? "test" : "train");
  }
  cells.obs.set("part", part);
  const auto prepared = prepare_data(
      tests::small_experiment(dir.path(), {"split.kind=cells_column", "~split.held_out", "+split.column=part"}, cells),
      reporter);
  const auto judged = held_out_contexts(prepared);
  ASSERT_EQ(judged.size(), 6U);  // pert_2 in 3 types held out, then pert_1 in 3 types by its marked cells
  for (std::size_t k = 0; k < judged.size(); ++k) {
    EXPECT_EQ(judged[k].held_out, k < 3);
    EXPECT_EQ(judged[k].context.actions.front().name, k < 3 ? "pert_2" : "pert_1");
    EXPECT_EQ(judged[k].truth.size(0), k < 3 ? 40 : 20);
    EXPECT_EQ(judged[k].control.size(0), 20);
  }
  const auto& train = prepared.split.train;
  for (const auto row : train) EXPECT_EQ(part[static_cast<std::size_t>(row)], "train");
  EXPECT_EQ(TableView(prepared).task().actions, std::vector<std::string>{"pert_1"});
}

TEST(Dataset, GenesAreNamedByTheColumnThatIsAskedFor) {
  const tests::TempDir dir;
  auto cells = tests::small_cells();
  data::StringColumn symbols;
  for (std::int64_t g = 0; g < cells.genes(); ++g) symbols.push_back("SYM" + std::to_string(g));
  cells.var.set("symbol", symbols);
  const auto settings = tests::small_experiment(dir.path(), {"+data.gene_column=symbol"}, cells);
  EXPECT_EQ(read_table(settings.data).var.index, symbols);
  auto missing = settings.data;
  missing.gene_column = "symbl";
  try {
    (void)read_table(missing);
    FAIL() << "a missing column was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    EXPECT_NE(std::string(error.what()).find("symbol"), std::string::npos) << error.what();
  }
}

TEST(Dataset, SaysThatNoDataAreNamed) {
  try {
    (void)read_table({});
    FAIL() << "no path was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_NE(std::string(error.what()).find("data.path"), std::string::npos) << error.what();
  }
}

class SmallView : public testing::Test {
 protected:
  SmallView() : prepared_(prepare_data(tests::small_experiment(dir_.path()), reporter_)), view_(prepared_) {}

  // The table's row of a view row.
  [[nodiscard]] std::size_t table_row(std::int64_t row) const {
    return static_cast<std::size_t>(prepared_.split.train[static_cast<std::size_t>(row)]);
  }

  tests::TempDir dir_;
  SilentReporter reporter_;
  PreparedData prepared_;
  TableView view_;
};

TEST_F(SmallView, HasEveryTreatedContextButTheHeldOutOne) {
  ASSERT_EQ(view_.contexts().size(), 5U);  // 2 perturbations x 3 types - 1
  ASSERT_EQ(view_.task().contexts.size(), 5U);
  for (std::size_t k = 0; k < 5; ++k) {
    EXPECT_EQ(view_.task().contexts[k], view_.contexts()[k].context);
    EXPECT_FALSE(prepared_.split.is_held_out(view_.contexts()[k].context));
    EXPECT_FALSE(view_.contexts()[k].context.is_control());
  }
  EXPECT_EQ(view_.task().actions, (std::vector<std::string>{"pert_1", "pert_2"}));
  EXPECT_EQ(view_.task().genes, prepared_.table.var.index);
  EXPECT_EQ(view_.task().genes.size(), 20U);
}

TEST_F(SmallView, RowsOfAContextAreItsTrainingCells) {
  const auto perturbation = prepared_.table.obs.labels("perturbation");
  const auto type = prepared_.table.obs.labels("cell_type");
  for (const auto& context : view_.contexts()) {
    EXPECT_EQ(context.treated.size(), 32U);  // 40 less a fifth for validation
    for (const auto row : context.treated) {
      EXPECT_EQ(perturbation[table_row(row)], context.context.actions.front().name);
      EXPECT_EQ(type[table_row(row)], context.context.covariates.at("cell_type"));
    }
    for (const auto row : context.control) {
      EXPECT_EQ(perturbation[table_row(row)], "control");
      EXPECT_EQ(type[table_row(row)], context.context.covariates.at("cell_type"));
    }
  }
}

TEST_F(SmallView, RowsAreTheTablesRows) {
  const auto rows = view_.rows({3, 0, 3});
  ASSERT_EQ(rows.sizes(), at::IntArrayRef({3, 20}));
  EXPECT_TRUE(rows[0].equal(rows[2]));
  const auto table = dense_rows(prepared_.table, {prepared_.split.train[0]});
  EXPECT_TRUE(rows[1].equal(table[0]));
  EXPECT_THROW((void)view_.rows({view_.size()}), Error);
  EXPECT_THROW((void)view_.rows({-1}), Error);
}

TEST_F(SmallView, ValidationContextsHoldValidationCellsOnlyAndAtMostSoMany) {
  const auto scored = validation_contexts(prepared_, view_.task(), 5, 0);
  ASSERT_EQ(scored.size(), 5U);
  const auto validation = dense_rows(prepared_.table, prepared_.split.validation);
  for (const auto& context : scored) {
    EXPECT_EQ(context.truth.size(0), 5);
    EXPECT_EQ(context.control.size(0), 5);
    for (std::int64_t i = 0; i < 5; ++i) {
      EXPECT_TRUE((validation == context.truth[i]).all(1).any().item<bool>());
      EXPECT_TRUE((validation == context.control[i]).all(1).any().item<bool>());
    }
  }
}

TEST_F(SmallView, HeldOutContextsHoldAllCellsOfTheContext) {
  const auto scored = held_out_contexts(prepared_);
  ASSERT_EQ(scored.size(), 1U);
  EXPECT_TRUE(scored[0].held_out);
  EXPECT_EQ(to_string(scored[0].context), "pert_1 | cell_type=type_2");
  EXPECT_EQ(scored[0].truth.size(0), 40);
  EXPECT_EQ(scored[0].control.size(0), 40);
}

TEST(TableView, ControlCellsOfNoTrainingContextAreListedApart) {
  const tests::TempDir dir;
  SilentReporter reporter;
  const auto settings =
      tests::small_experiment(dir.path(), {R"(split.held_out=[{"covariates": {"cell_type": "type_2"}}])"});
  const auto prepared = prepare_data(settings, reporter);
  const TableView view(prepared);
  EXPECT_EQ(view.contexts().size(), 4U);
  ASSERT_EQ(view.control_only().size(), 1U);
  EXPECT_EQ(to_string(view.control_only()[0].context), "control | cell_type=type_2");
  EXPECT_TRUE(view.control_only()[0].treated.empty());
  EXPECT_FALSE(view.control_only()[0].control.empty());
  // Its type is no known value: nothing was learned for it.
  EXPECT_EQ(view.task().covariates.at("cell_type"), (std::vector<std::string>{"type_1", "type_3"}));
}

}  // namespace brenier::train
