// A small writer of SVG charts: shapes in one coordinate system, axes with round ticks, no script and no fixed colours.
//
// Colours come from classes that the page's style sheet defines (style.h), so one drawing serves light and dark. A
// drawing scales to its place: sizes are in units of its own width.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace brenier::train {

// A coordinate as text: at most two digits after the point, no trailing zeros.
[[nodiscard]] std::string svg_number(double value);

class Svg final {
 public:
  // `label` describes the drawing to those who cannot see it.
  Svg(double width, double height, std::string_view label);

  void line(double x1, double y1, double x2, double y2, std::string_view style_class);
  void rect(double x, double y, double width, double height, std::string_view style_class);
  void text(double x, double y, std::string_view text, std::string_view style_class);
  // Path data as of the SVG standard; `tooltip` may be empty.
  void path(const std::string& data, std::string_view style_class, std::string_view tooltip = {});
  // Small dots, all alike, in one path.
  void dots(const std::vector<double>& x, const std::vector<double>& y, std::string_view style_class);

  [[nodiscard]] std::string markup() const;
  // The same as a file that stands alone, with a style sheet (style.h) and a background of its own.
  [[nodiscard]] std::string file(std::string_view style) const;

 private:
  double width_;
  double height_;
  std::string label_;
  std::string body_;
};

// Values to drawing units, linear or by logarithm (base 10).
class Scale final {
 public:
  // low < high; when equal or not finite the interval is widened around it. Logarithmic scales need low > 0.
  Scale(double low, double high, double from, double to, bool logarithmic = false);

  [[nodiscard]] double operator()(double value) const;
  // Round values inside [low, high], about `count` of them.
  [[nodiscard]] std::vector<double> ticks(int count) const;
  [[nodiscard]] double low() const { return low_; }
  [[nodiscard]] double high() const { return high_; }

 private:
  double low_;
  double high_;
  double from_;
  double to_;
  bool logarithmic_;
};

// A tick's text: short, no more digits than needed ("0.5", "1000", "10⁻⁵").
[[nodiscard]] std::string tick_text(double value);

// Grid lines, tick labels and axis titles for a plot area; empty titles are left out.
struct PlotArea {
  double left, top, right, bottom;  // in drawing units
};
void draw_axes(Svg& svg, const PlotArea& area, const Scale& x, const Scale& y, std::string_view x_title,
               std::string_view y_title);

}  // namespace brenier::train
