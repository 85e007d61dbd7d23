// Splits by an obs column: which cells are kept, which contexts that holds out, and what goes wrong.
#include "data/split/marked_cells.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/config/read.h"
#include "core/error.h"
#include "data/split/split.h"
#include "tests/core/throws.h"
#include "tests/data/small_table.h"
#include "tests/data/split/two_types.h"

namespace brenier::tests::marked_cells_test {

data::SplitSettings by_column() {
  data::SplitSettings settings;
  settings.kind = "cells_column";
  settings.column = "part";
  settings.validation_fraction = 0.5;
  return settings;
}

// Four control cells, four of A, two of A+B; half of control and A and all of A+B are marked.
data::CellTable marked_table() {
  const data::StringColumn perturbation{"control", "control", "control", "control", "A", "A", "A", "A", "A+B", "A+B"};
  const data::StringColumn part{"train", "test", "train", "test", "train", "train", "test", "test", "test", "test"};
  return labelled_table({{"perturbation", perturbation}, {"part", part}});
}

data::Split split_of(const data::CellTable& table, const data::SplitSettings& settings) {
  return make_split(data::label_contexts(table, {}), settings, marked_cells(table, settings));
}

TEST(MarkedCells, AreTestedOnAndHoldOutTheContextsTheyFill) {
  const auto table = marked_table();
  const auto contexts = data::label_contexts(table, {});
  const auto split = split_of(table, by_column());
  EXPECT_EQ(held_out_names(split), Names{"A+B"});
  EXPECT_EQ(split.test, (std::vector<std::int64_t>{6, 7, 8, 9}));
  EXPECT_EQ(split.excluded, (std::vector<std::int64_t>{1, 3}));
  EXPECT_EQ(split.train.size(), 2U);
  EXPECT_EQ(split.validation.size(), 2U);
  for (const auto row : split.train) EXPECT_TRUE(row == 0 || row == 2 || row == 4 || row == 5);
  check_no_leak(split, contexts);
  const auto read = data::split_from_json(to_json(split, contexts), contexts);
  EXPECT_EQ(read.test, split.test);
  EXPECT_EQ(read.kind, "cells_column");
}

TEST(MarkedCells, NeedNotHoldOutAnyContext) {
  auto settings = by_column();
  settings.validation_fraction = 0.0;
  const auto table = labelled_table({{"perturbation", data::StringColumn{"control", "A", "A"}},
                                     {"part", data::StringColumn{"train", "test", "train"}}});
  const auto split = split_of(table, settings);
  EXPECT_TRUE(split.held_out.empty());
  EXPECT_EQ(split.test, std::vector<std::int64_t>{1});
}

TEST(MarkedCells, ATestCellThatIsTrainedOnIsALeak) {
  const auto table = marked_table();
  const auto contexts = data::label_contexts(table, {});
  auto split = split_of(table, by_column());
  split.train.push_back(split.test.front());
  EXPECT_NE(error_text(ErrorKind::kDefect, [&] { check_no_leak(split, contexts); }).find("'c6'"), std::string::npos);
  split = split_of(table, by_column());
  split.test.push_back(0);
  EXPECT_NE(error_text(ErrorKind::kDefect, [&] { check_no_leak(split, contexts); }).find("'c0'"), std::string::npos);
}

TEST(MarkedCells, WrongColumnsAndValuesSayWhatThereIs) {
  const auto table = marked_table();
  auto settings = by_column();
  settings.column = "parts";
  EXPECT_NE(error_text(ErrorKind::kData, [&] { (void)marked_cells(table, settings); }).find("'part'"),
            std::string::npos);
  settings = by_column();
  settings.value = "held out";
  const auto text = error_text(ErrorKind::kData, [&] { (void)marked_cells(table, settings); });
  EXPECT_NE(text.find("test (6 cells)"), std::string::npos) << text;
  settings.kind = "random";
  EXPECT_TRUE(marked_cells(table, settings).empty());
}

TEST(MarkedCells, EmptySidesAreErrors) {
  const auto make = [](const data::StringColumn& part) {
    const auto table = labelled_table({{"perturbation", data::StringColumn{"control", "A", "B"}}, {"part", part}});
    return error_text(ErrorKind::kData, [&] { (void)split_of(table, by_column()); });
  };
  EXPECT_NE(make({"test", "train", "train"}).find("test side"), std::string::npos);
  EXPECT_NE(make({"train", "test", "test"}).find("training side"), std::string::npos);
  const auto controls = make({"test", "test", "train"});
  EXPECT_NE(controls.find("loses all its control cells"), std::string::npos) << controls;
}

TEST(MarkedCells, TheColumnBelongsToItsKind) {
  const auto read = [](const char* text) {
    return read_settings<data::SplitSettings>(document_from(nlohmann::ordered_json::parse(text), "/configs"));
  };
  EXPECT_EQ(read(R"({"kind": "cells_column", "column": "split"})").value, "test");
  EXPECT_THROW((void)read(R"({"kind": "cells_column"})"), Error);
  EXPECT_THROW((void)read(R"({"kind": "random", "column": "split"})"), Error);
}

}  // namespace brenier::tests::marked_cells_test
