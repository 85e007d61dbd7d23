#include "train/report/svg.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>

namespace brenier::train {
namespace svg_test {

TEST(SvgNumber, IsShort) {
  EXPECT_EQ(svg_number(1.0), "1");
  EXPECT_EQ(svg_number(1.256), "1.26");
  EXPECT_EQ(svg_number(-0.001), "0");
  EXPECT_EQ(svg_number(100.0), "100");
  EXPECT_EQ(svg_number(std::numeric_limits<double>::quiet_NaN()), "0") << "a drawing with NaN is not drawn at all";
}

TEST(TickText, IsReadable) {
  EXPECT_EQ(tick_text(0.0), "0");
  EXPECT_EQ(tick_text(0.30000000000000004), "0.3");
  EXPECT_EQ(tick_text(-2.5), "-2.5");
  EXPECT_EQ(tick_text(1500.0), "1500");
  EXPECT_EQ(tick_text(1e-5), "10⁻⁵");
  EXPECT_EQ(tick_text(2e6), "2·10⁶");
}

TEST(Scale, MapsEndsToEnds) {
  const Scale linear(2.0, 4.0, 10.0, 110.0);
  EXPECT_DOUBLE_EQ(linear(2.0), 10.0);
  EXPECT_DOUBLE_EQ(linear(3.0), 60.0);
  const Scale logarithmic(0.01, 100.0, 0.0, 4.0, true);
  EXPECT_NEAR(logarithmic(1.0), 2.0, 1e-12);
  EXPECT_EQ(logarithmic.ticks(5).size(), 5U);
}

RC_GTEST_PROP(Scale, TicksAreRoundFewAndInside, ()) {
  const double low = *rc::gen::inRange(-1000000, 1000000) * 1e-3;
  const double width = (*rc::gen::inRange(1, 1000000)) * 1e-4;
  const Scale scale(low, low + width, 0.0, 100.0);
  const std::vector<double> ticks = scale.ticks(5);
  RC_ASSERT(ticks.size() >= 2U);
  RC_ASSERT(ticks.size() <= 7U);
  for (const double tick : ticks) {
    RC_ASSERT(tick >= low - 1e-6 * width);
    RC_ASSERT(tick <= low + width * (1.0 + 1e-6));
  }
}

TEST(Scale, AnEmptyOrBrokenIntervalStillDraws) {
  for (const Scale& scale : {Scale(3.0, 3.0, 0.0, 1.0), Scale(0.0, 0.0, 0.0, 1.0), Scale(NAN, 1.0, 0.0, 1.0),
                             Scale(5.0, 1.0, 0.0, 1.0), Scale(-INFINITY, INFINITY, 0.0, 1.0)}) {
    EXPECT_LT(scale.low(), scale.high());
    EXPECT_GE(scale.ticks(4).size(), 2U);
    EXPECT_TRUE(std::isfinite(scale(0.5)));
  }
}

TEST(Svg, EscapesTextsAndTooltips) {
  Svg svg(100, 50, "a <chart>");
  svg.text(1, 2, "<b>", "tick");
  svg.path("M0 0", "mark", "x & y");
  const std::string markup = svg.markup();
  EXPECT_NE(markup.find("aria-label=\"a &lt;chart&gt;\""), std::string::npos) << markup;
  EXPECT_NE(markup.find(">&lt;b&gt;</text>"), std::string::npos) << markup;
  EXPECT_NE(markup.find("<title>x &amp; y</title>"), std::string::npos) << markup;
  EXPECT_NE(markup.find("viewBox=\"0 0 100 50\""), std::string::npos) << markup;
}

}  // namespace svg_test
}  // namespace brenier::train
