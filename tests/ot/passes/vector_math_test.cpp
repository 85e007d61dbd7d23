#include "ot/passes/vector_math.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace brenier::ot {
namespace vector_math_test {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

}  // namespace vector_math_test

TEST(VectorMath, AgreesWithTheLibraryToRounding) {
  for (const std::size_t count : {1, 7, 8, 1001}) {
    std::vector<double> values;
    for (std::size_t k = 0; k < count; ++k)
      values.push_back(-700 + 1400 * static_cast<double>(k + 1) / static_cast<double>(count + 1));
    auto found = values;
    vector_math::exponentials(found.data(), static_cast<Index>(count));
    auto logs = found;
    vector_math::logarithms(logs.data(), static_cast<Index>(count));
    for (std::size_t k = 0; k < count; ++k) {
      EXPECT_NEAR(found[k] / std::exp(values[k]), 1, 1e-15);
      EXPECT_NEAR(logs[k], std::log(found[k]), 1e-15 * (1 + std::abs(values[k])));
    }
  }
}

TEST(VectorMath, KeepsZerosInfinitiesAndWhatIsNoNumber) {
  using vector_math_test::kInfinity;
  std::vector<double> values = {-kInfinity, -800, 800, kInfinity, std::nan(""), 0};
  vector_math::exponentials(values.data(), 6);
  EXPECT_EQ(values[0], 0);
  EXPECT_EQ(values[1], 0);
  EXPECT_EQ(values[2], kInfinity);
  EXPECT_EQ(values[3], kInfinity);
  EXPECT_TRUE(std::isnan(values[4]));
  EXPECT_EQ(values[5], 1);
  values = {0, -1, kInfinity, std::nan(""), 1, 2.5};
  vector_math::logarithms(values.data(), 6);
  EXPECT_EQ(values[0], -kInfinity);
  EXPECT_EQ(values[1], -kInfinity);
  EXPECT_EQ(values[2], kInfinity);
  EXPECT_TRUE(std::isnan(values[3]));
  EXPECT_EQ(values[4], 0);
  EXPECT_NEAR(values[5], std::log(2.5), 1e-15);
}

}  // namespace brenier::ot
