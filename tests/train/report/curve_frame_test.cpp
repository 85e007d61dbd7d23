// The place that learning curves share: what it holds, and when its axis is logarithmic.
#include "train/report/curve_frame.h"

#include <gtest/gtest.h>

#include "train/report/curve_overlay.h"
#include "train/report/loss_chart.h"

namespace brenier::train {
namespace curve_frame_test {

using Json = nlohmann::ordered_json;

CurveExtent extent(double low, double high) {
  CurveExtent out;
  EXPECT_TRUE(out.empty());
  out.add(10, low, low);
  out.add(30, low, high);
  EXPECT_FALSE(out.empty());
  return out;
}

std::pair<Json, Json> fitted(const CurveFrame& frame) {
  Json x{{"scale", Json::object()}};
  Json y = x;
  frame.fit(x, y);
  return {x["scale"], y["scale"]};
}

TEST(CurveFrame, HasAMarginWhereItIsLinear) {
  const CurveFrame frame(extent(0.5, 10.5));
  const auto [x, y] = fitted(frame);
  EXPECT_EQ(x["domain"], (Json{10.0, 30.0}));
  EXPECT_EQ(y["domain"], (Json{0.0, 11.0}));
  EXPECT_FALSE(y.contains("type"));
  EXPECT_DOUBLE_EQ(frame.across(20), 0.5 * (frame.area().left + frame.area().right));
  EXPECT_DOUBLE_EQ(frame.up(5.5), 0.5 * (frame.area().top + frame.area().bottom));
  EXPECT_LT(frame.up(10.5), frame.up(0.5)) << "up is smaller in a drawing";
}

TEST(CurveFrame, IsLogarithmicFromAFactorOfThirty) {
  const CurveFrame wide(extent(0.01, 100));
  EXPECT_EQ(fitted(wide).second["type"], "log");
  EXPECT_EQ(fitted(wide).second["domain"], (Json{0.01, 100.0}));
  EXPECT_DOUBLE_EQ(wide.up(1.0), 0.5 * (wide.area().top + wide.area().bottom));
  EXPECT_FALSE(fitted(CurveFrame(extent(1, 30))).second.contains("type"));
  EXPECT_FALSE(fitted(CurveFrame(extent(-0.1, 100))).second.contains("type"));
  EXPECT_FALSE(fitted(CurveFrame(extent(0, 100))).second.contains("type"));
}

TEST(CurveFrame, IsTheSameForOneCurveAndForRuns) {
  Curve curve;
  curve.stage = "s";
  curve.name = "f";
  curve.steps = {0, 50, 100};
  curve.values = {100, 1, 0.1};
  ComparedRun run;
  run.name = "a";
  run.curves = {curve};
  const Json alone = loss_chart(curve).live.at(0);
  const Json overlay = curve_overlay({run}, {"s", "f", false}).live.at(0);
  EXPECT_EQ(alone["encoding"]["x"]["scale"], overlay["encoding"]["x"]["scale"]);
  EXPECT_EQ(alone["layer"][0]["encoding"]["y"]["scale"], overlay["encoding"]["y"]["scale"]);
  EXPECT_EQ(overlay["encoding"]["y"]["scale"]["type"], "log");
}

}  // namespace curve_frame_test
}  // namespace brenier::train
