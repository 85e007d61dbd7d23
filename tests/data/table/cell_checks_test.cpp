#include "data/table/cell_checks.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "core/error.h"
#include "tests/data/small_table.h"

namespace brenier::data {
namespace cell_checks_test {

std::string message(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return std::to_string(error.exit_code()) + " " + error.what();
  }
  return "no error";
}

// Dense and sparse tables with one value replaced at cell 1, gene 2.
std::vector<CellTable> tables_with(float value) {
  CellTable dense = tests::dense_table(2, 3, {1, 0, 2, 3, 0, value});
  dense.source = "file.h5ad";
  CellTable sparse = dense;
  sparse.x = tests::to_sparse(dense.x.dense());
  return {dense, sparse};
}

}  // namespace cell_checks_test

TEST(CellChecks, AcceptsCounts) {
  for (const CellTable& table : cell_checks_test::tables_with(4.0F)) {
    EXPECT_NO_THROW(check_finite(table));
    EXPECT_NO_THROW(check_counts(table, CountRule::kWholeNumbers));
  }
}

TEST(CellChecks, NamesCellAndGeneOfABadValue) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const auto expect = [](float value, const std::string& what, const std::function<void(const CellTable&)>& check) {
    for (const CellTable& table : cell_checks_test::tables_with(value)) {
      const std::string message = cell_checks_test::message([&] { check(table); });
      EXPECT_EQ(message.front(), '3') << message;
      EXPECT_NE(message.find(what), std::string::npos) << message;
      EXPECT_NE(message.find("file.h5ad: cell 1 ('c1'), gene 2 ('g2')"), std::string::npos) << message;
    }
  };
  expect(kNan, "not a number", [](const CellTable& t) { check_finite(t); });
  expect(kInfinity, "infinite", [](const CellTable& t) { check_finite(t); });
  expect(kNan, "not a number", [](const CellTable& t) { check_counts(t); });
  expect(-1.0F, "negative count", [](const CellTable& t) { check_counts(t); });
  expect(1.5F, "not a whole number", [](const CellTable& t) { check_counts(t, CountRule::kWholeNumbers); });
}

TEST(CellChecks, FractionsPassUnlessWholeNumbersAreAsked) {
  for (const CellTable& table : cell_checks_test::tables_with(1.5F)) EXPECT_NO_THROW(check_counts(table));
}

}  // namespace brenier::data
