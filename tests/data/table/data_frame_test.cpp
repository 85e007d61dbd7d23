#include "data/table/data_frame.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/error.h"
#include "data/table/cell_table.h"
#include "tests/data/small_table.h"

namespace brenier::data {
namespace data_frame_test {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// One column of each kind, three rows.
DataFrame example() {
  DataFrame frame;
  frame.index = {"a", "b", "c"};
  frame.set("dose", make_column(std::vector<double>{1.0, 0.5, kNan}));
  frame.set("count", make_column(std::vector<std::int32_t>{3, 4, 5}));
  frame.set("flag", make_column(std::vector<Bool>{{1}, {0}, {1}}));
  frame.set("name", StringColumn{"x", "2.5", "z"});
  frame.set("type", CategoricalColumn{{1, -1, 0}, StringColumn{"T", "B"}, false});
  frame.set("time", CategoricalColumn{{0, 1, -1}, make_column(std::vector<double>{6, 24}), true});
  frame.set("maybe", NullableColumn{make_column(std::vector<std::int64_t>{7, 0, 9}), {false, true, false}});
  frame.set("word", NullableStringColumn{{"p", "", "q"}, {false, true, false}, "NA"});
  return frame;
}

using Labels = std::vector<std::optional<std::string>>;

std::string message(const DataFrame& frame, const std::string& column) {
  try {
    (void)frame.numbers(column);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace data_frame_test

TEST(DataFrame, GivesLabelsOfEveryKind) {
  using data_frame_test::Labels;
  const DataFrame frame = data_frame_test::example();
  EXPECT_EQ(frame.labels("dose"), (Labels{"1", "0.5", std::nullopt}));
  EXPECT_EQ(frame.labels("count"), (Labels{"3", "4", "5"}));
  EXPECT_EQ(frame.labels("flag"), (Labels{"True", "False", "True"}));
  EXPECT_EQ(frame.labels("name"), (Labels{"x", "2.5", "z"}));
  EXPECT_EQ(frame.labels("type"), (Labels{"B", std::nullopt, "T"}));
  EXPECT_EQ(frame.labels("time"), (Labels{"6", "24", std::nullopt}));
  EXPECT_EQ(frame.labels("maybe"), (Labels{"7", std::nullopt, "9"}));
  EXPECT_EQ(frame.labels("word"), (Labels{"p", std::nullopt, "q"}));
}

TEST(DataFrame, GivesNumbers) {
  const DataFrame frame = data_frame_test::example();
  EXPECT_EQ(frame.numbers("count"), (std::vector<double>{3, 4, 5}));
  EXPECT_EQ(frame.numbers("flag"), (std::vector<double>{1, 0, 1}));
  EXPECT_EQ(frame.numbers("time")[1], 24.0);
  EXPECT_TRUE(std::isnan(frame.numbers("time")[2]));
  EXPECT_TRUE(std::isnan(frame.numbers("maybe")[1]));
  DataFrame text;
  text.index = {"a", "b", "c"};
  text.set("dose", CategoricalColumn{{1, 0, -1}, StringColumn{" 0.1 ", "1e3"}, false});
  EXPECT_EQ(text.numbers("dose")[0], 1000.0);
  EXPECT_EQ(text.numbers("dose")[1], 0.1);
  EXPECT_TRUE(std::isnan(text.numbers("dose")[2]));
}

TEST(DataFrame, NamesTheFirstRowThatIsNoNumber) {
  const std::string message = data_frame_test::message(data_frame_test::example(), "name");
  EXPECT_NE(message.find("row 0 ('a')"), std::string::npos) << message;
  EXPECT_NE(message.find("'x'"), std::string::npos) << message;
}

TEST(DataFrame, ListsTheColumnsNearestFirstWhenOneIsMissing) {
  const std::string message = data_frame_test::message(data_frame_test::example(), "counts");
  EXPECT_NE(message.find("no column 'counts'"), std::string::npos) << message;
  EXPECT_NE(message.find("columns 'count', 'dose', 'flag'"), std::string::npos) << message;
}

TEST(DataFrame, SetsAndReplaces) {
  DataFrame frame = data_frame_test::example();
  const std::size_t before = frame.columns.size();
  frame.set("count", StringColumn{"l", "m", "n"});
  EXPECT_EQ(frame.columns.size(), before);
  EXPECT_EQ(frame.columns[1].first, "count");
  EXPECT_EQ(kind(frame.column("count")), "string");
  EXPECT_FALSE(frame.has("new"));
  EXPECT_THROW(frame.set("new", StringColumn{"too short"}), Error);
}

TEST(DataFrame, SelectsRowsOfEveryKind) {
  DataFrame frame = data_frame_test::example();
  frame.typed_index = make_column(std::vector<std::int64_t>{10, 11, 12});
  const DataFrame chosen = frame.select_rows({2, 0});
  EXPECT_EQ(chosen.index, (std::vector<std::string>{"c", "a"}));
  EXPECT_EQ(std::get<NumericArray>(*chosen.typed_index), make_column(std::vector<std::int64_t>{12, 10}));
  for (const std::string& name : frame.names()) {
    const auto all = frame.labels(name);
    EXPECT_EQ(chosen.labels(name), (data_frame_test::Labels{all[2], all[0]})) << name;
    EXPECT_EQ(kind(chosen.column(name)), kind(frame.column(name)));
  }
  EXPECT_THROW((void)frame.select_rows({3}), Error);
}

TEST(DataFrame, NamesTheKindOfAColumn) {
  const DataFrame frame = data_frame_test::example();
  EXPECT_EQ(kind(frame.column("dose")), "float64");
  EXPECT_EQ(kind(frame.column("type")), "categorical");
  EXPECT_EQ(kind(frame.column("time")), "ordered categorical of float64");
  EXPECT_EQ(kind(frame.column("maybe")), "nullable int64");
  EXPECT_EQ(kind(frame.column("word")), "nullable string");
}

TEST(CellTable, SelectsCellsAndGenesTogether) {
  CellTable table = tests::dense_table(2, 3, {1, 2, 3, 4, 5, 6});
  table.source = "somewhere";
  const CellTable cells = select_cells(table, {1});
  EXPECT_EQ(cells.obs.index, (std::vector<std::string>{"c1"}));
  EXPECT_EQ(cells.x.dense().values, (std::vector<float>{4, 5, 6}));
  EXPECT_EQ(cells.var.rows(), 3);
  const CellTable genes = select_genes(table, {2, 0});
  EXPECT_EQ(genes.var.index, (std::vector<std::string>{"g2", "g0"}));
  EXPECT_EQ(genes.x.dense().values, (std::vector<float>{3, 1, 6, 4}));
  EXPECT_EQ(genes.source, "somewhere");
}

}  // namespace brenier::data
