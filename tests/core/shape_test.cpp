#include "core/shape.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/core/throws.h"

namespace brenier::tests {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string shape_error(const std::function<void()>& f) { return error_text(ErrorKind::kData, f); }

TEST(ShapeLetters, LearnsSizesAndHoldsTensorsToThem) {
  ShapeLetters letters({{"D", 3}});
  letters.check(at::zeros({12, 3}), "x", "[N, D]");
  letters.check(at::zeros({12}), "a", "[N]");
  EXPECT_EQ(letters.size("N"), 12);
  EXPECT_THAT(shape_error([&] { letters.check(at::zeros({10}), "a", "[N]"); }),
              AllOf(HasSubstr("a has the wrong shape"), HasSubstr("found:    [10]"),
                    HasSubstr("[N] with N = 12 (from x [12, 3])")));
  EXPECT_THAT(shape_error([&] { letters.check(at::zeros({5, 4}), "y", "[M, D]"); }),
              AllOf(HasSubstr("[5, 4]"), HasSubstr("[M, D] with D = 3")));
  EXPECT_THROW((void)letters.size("M"), Error);  // nothing is learnt from a tensor that was refused
}

TEST(ShapeLetters, PatternsOfEveryKind) {
  EXPECT_NO_THROW(check_shape(at::zeros({2, 5}), "x", "[2, _]"));
  EXPECT_NO_THROW(check_shape(at::zeros({4, 4}), "x", "[N, N]"));
  EXPECT_NO_THROW(check_shape(at::zeros({}), "x", "[]"));
  EXPECT_NO_THROW(check_shape(at::zeros({7, 2, 3}), "x", "[..., D]", {{"D", 3}}));
  EXPECT_NO_THROW(check_shape(at::zeros({3}), "x", "[..., D]", {{"D", 3}}));
  EXPECT_NO_THROW(check_shape(at::zeros({0, 3}), "x", "[N, 3]"));
  EXPECT_THAT(shape_error([] { check_shape(at::zeros({2, 5}), "x", "[3, _]"); }), HasSubstr("expected: [3, _]"));
  EXPECT_THAT(shape_error([] { check_shape(at::zeros({4, 5}), "x", "[N, N]"); }), HasSubstr("[4, 5]"));
  EXPECT_THAT(shape_error([] { check_shape(at::zeros({}), "x", "[..., D]"); }), HasSubstr("[]"));
  EXPECT_THAT(shape_error([] { check_shape(at::zeros({1, 3}), "x", "[D]"); }), HasSubstr("[1, 3]"));
  EXPECT_THAT(shape_error([] { check_shape(at::Tensor(), "x", "[D]"); }), HasSubstr("x is an undefined tensor"));
}

TEST(Shape, KindOfTheErrorIsTheCallers) {
  EXPECT_THAT(error_text(ErrorKind::kDefect, [] { check_shape(at::zeros({1}), "x", "[2]", {}, ErrorKind::kDefect); }),
              HasSubstr("x has"));
}

TEST(Shape, AlikeComparesShapeTypeAndDevice) {
  const at::Tensor a = at::zeros({2, 3});
  EXPECT_NO_THROW(check_alike(a, "a", at::ones({2, 3}), "b"));
  EXPECT_THAT(shape_error([&] { check_alike(a, "a", at::zeros({3, 2}), "b"); }),
              AllOf(HasSubstr("differ in shape"), HasSubstr("a [2, 3], b [3, 2]")));
  EXPECT_THAT(shape_error([&] { check_alike(a, "a", a.to(at::kDouble), "b"); }),
              AllOf(HasSubstr("differ in dtype"), HasSubstr("Double")));
  EXPECT_THAT(shape_error([&] { check_alike(a, "a", at::Tensor(), "b"); }), HasSubstr("b is an undefined"));
}

TEST(Shape, FloatingMeansSingleOrDouble) {
  EXPECT_NO_THROW(check_floating(at::zeros({1}), "x"));
  EXPECT_NO_THROW(check_floating(at::zeros({1}, at::kDouble), "x"));
  EXPECT_THAT(shape_error([] { check_floating(at::zeros({1}, at::kLong), "x"); }),
              AllOf(HasSubstr("Long"), HasSubstr("float32 or float64")));
}

TEST(Shape, FirstValueThatIsNotFiniteIsNamed) {
  at::Tensor x = at::zeros({3, 4});
  EXPECT_NO_THROW(check_finite(x, "x"));
  x[1][2] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(shape_error([&] { check_finite(x, "x"); }), AllOf(HasSubstr("x[1, 2]"), HasSubstr("found:    nan\n")));
  x[2][0] = -std::numeric_limits<float>::infinity();
  EXPECT_THAT(shape_error([&] { check_finite(x, "x"); }),
              AllOf(HasSubstr("x[1, 2]"), HasSubstr("nan, the first of 2")));
  EXPECT_THAT(shape_error([&] { check_finite(x.t(), "xt"); }),
              AllOf(HasSubstr("xt[0, 2]"), HasSubstr("-inf, the first of 2")));
  EXPECT_NO_THROW(check_finite(at::zeros({0}), "empty"));
  EXPECT_NO_THROW(check_finite(at::zeros({2}, at::kLong), "whole"));
}

}  // namespace brenier::tests
