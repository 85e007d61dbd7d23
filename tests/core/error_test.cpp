#include "core/error.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace brenier::tests {

TEST(Error, ComposesTheMessageFromItsParts) {
  Error error(ErrorKind::kData, "a column is missing");
  EXPECT_STREQ(error.what(), "a column is missing");
  error.at("obs").found("'x'").expected("'y'").hint("look again").at("cells.h5ad");
  EXPECT_STREQ(
      error.what(),
      "a column is missing\n  where:    cells.h5ad: obs\n  found:    'x'\n  expected: 'y'\n  hint:     look again");
  EXPECT_EQ(error.message(), "a column is missing");
}

TEST(Error, KindIsTheExitCode) {
  EXPECT_EQ(Error(ErrorKind::kDefect, "").exit_code(), 1);
  EXPECT_EQ(Error(ErrorKind::kUsage, "").exit_code(), 2);
  EXPECT_EQ(Error(ErrorKind::kData, "").exit_code(), 3);
  EXPECT_EQ(Error(ErrorKind::kNumerical, "").exit_code(), 4);
  EXPECT_EQ(Error(ErrorKind::kInterrupted, "").exit_code(), 5);
}

TEST(Error, ContextIsAddedOnTheWayUp) {
  EXPECT_EQ(with_context("anything", [] { return 7; }), 7);
  try {
    with_context("outer", [] { with_context("inner", [] { throw Error(ErrorKind::kData, "m"); }); });
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "m\n  where:    outer: inner");
    EXPECT_EQ(error.kind(), ErrorKind::kData);
  }
  EXPECT_THROW(with_context("x", [] { throw std::runtime_error("other"); }), std::runtime_error);
}

TEST(Error, QuotedListSaysHowManyThereAre) {
  EXPECT_EQ(quoted_list({}), "nothing");
  EXPECT_EQ(quoted_list({"a"}), "'a'");
  EXPECT_EQ(quoted_list({"a", "b", "c"}, 2), "'a', 'b', ... (3 in all)");
  EXPECT_EQ(quoted_list({"a", "b"}, 2), "'a', 'b'");
}

}  // namespace brenier::tests
