// The place of learning curves: the area, both scales, and what a Vega-Lite spec has to know of them; the same for one
// curve (loss_chart.h) and for several runs (curve_overlay.h).
//
// The vertical axis is logarithmic when all values are positive and span more than a factor of 30; otherwise it has a
// margin of 5 % on both sides.
#pragma once

#include <limits>
#include <nlohmann/json.hpp>
#include <string_view>

#include "train/report/svg.h"

namespace brenier::train {

// The steps and values that a frame has to hold.
class CurveExtent final {
 public:
  // The finite values of a step lie between low and high.
  void add(double step, double low, double high);
  [[nodiscard]] bool empty() const { return begin_ > end_; }
  [[nodiscard]] double begin() const { return begin_; }
  [[nodiscard]] double end() const { return end_; }
  [[nodiscard]] double low() const { return low_; }
  [[nodiscard]] double high() const { return high_; }

 private:
  double begin_ = std::numeric_limits<double>::infinity();
  double end_ = -std::numeric_limits<double>::infinity();
  double low_ = std::numeric_limits<double>::infinity();
  double high_ = -std::numeric_limits<double>::infinity();
};

class CurveFrame final {
 public:
  // The extent is not empty.
  explicit CurveFrame(const CurveExtent& extent);

  // A drawing with its axes, and the place of a value in it.
  [[nodiscard]] Svg drawing(std::string_view label) const;
  [[nodiscard]] std::string point(double step, double value) const;  // "12.5 30"
  [[nodiscard]] double across(double step) const { return x_(step); }
  [[nodiscard]] double up(double value) const { return y_(value); }
  [[nodiscard]] const PlotArea& area() const { return area_; }

  // Gives the scales of two encodings of a spec the domains, and the type where it is logarithmic.
  void fit(nlohmann::ordered_json& x, nlohmann::ordered_json& y) const;

 private:
  PlotArea area_;
  bool logarithmic_;
  Scale x_;
  Scale y_;
};

}  // namespace brenier::train
