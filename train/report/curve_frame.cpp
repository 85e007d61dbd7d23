#include "train/report/curve_frame.h"

#include <algorithm>

namespace brenier::train {
namespace curve_frame_detail {

constexpr double kWidth = 360;
constexpr double kHeight = 200;
constexpr PlotArea kArea{44, 14, kWidth - 10, kHeight - 26};

bool logarithmic(const CurveExtent& extent) { return extent.low() > 0.0 && extent.high() > 30.0 * extent.low(); }

Scale values(const CurveExtent& extent) {
  const bool by_logarithm = logarithmic(extent);
  const double margin = by_logarithm ? 0.0 : 0.05 * (extent.high() - extent.low());
  return {extent.low() - margin, extent.high() + margin, kArea.bottom, kArea.top, by_logarithm};
}

}  // namespace curve_frame_detail

void CurveExtent::add(double step, double low, double high) {
  begin_ = std::min(begin_, step);
  end_ = std::max(end_, step);
  low_ = std::min(low_, low);
  high_ = std::max(high_, high);
}

CurveFrame::CurveFrame(const CurveExtent& extent)
    : area_(curve_frame_detail::kArea),
      logarithmic_(curve_frame_detail::logarithmic(extent)),
      x_(extent.begin(), extent.end(), area_.left, area_.right),
      y_(curve_frame_detail::values(extent)) {}

Svg CurveFrame::drawing(std::string_view label) const {
  Svg svg(curve_frame_detail::kWidth, curve_frame_detail::kHeight, label);
  draw_axes(svg, area_, x_, y_, "", "");
  return svg;
}

std::string CurveFrame::point(double step, double value) const {
  return svg_number(x_(step)) + " " + svg_number(y_(value));
}

void CurveFrame::fit(nlohmann::ordered_json& x, nlohmann::ordered_json& y) const {
  x["scale"]["domain"] = {x_.low(), x_.high()};
  y["scale"]["domain"] = {y_.low(), y_.high()};
  if (logarithmic_) y["scale"]["type"] = "log";
}

}  // namespace brenier::train
