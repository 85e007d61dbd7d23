#include "train/report/svg.h"

#include <algorithm>
#include <cmath>

#include "core/number_text.h"
#include "train/report/html.h"

namespace brenier::train {

std::string svg_number(double value) {
  std::string text = fixed_text(std::isfinite(value) ? value : 0.0, 2);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

Svg::Svg(double width, double height, std::string_view label)
    : width_(width), height_(height), label_(escape_html(label)) {}

void Svg::line(double x1, double y1, double x2, double y2, std::string_view style_class) {
  body_ += "<line x1=\"" + svg_number(x1) + "\" y1=\"" + svg_number(y1) + "\" x2=\"" + svg_number(x2) + "\" y2=\"" +
           svg_number(y2) + "\" class=\"" + std::string(style_class) + "\"/>\n";
}

void Svg::rect(double x, double y, double width, double height, std::string_view style_class) {
  body_ += "<rect x=\"" + svg_number(x) + "\" y=\"" + svg_number(y) + "\" width=\"" + svg_number(width) +
           "\" height=\"" + svg_number(height) + "\" class=\"" + std::string(style_class) + "\"/>\n";
}

void Svg::text(double x, double y, std::string_view text, std::string_view style_class) {
  body_ += "<text x=\"" + svg_number(x) + "\" y=\"" + svg_number(y) + "\" class=\"" + std::string(style_class) + "\">" +
           escape_html(text) + "</text>\n";
}

void Svg::path(const std::string& data, std::string_view style_class, std::string_view tooltip) {
  body_ += "<path d=\"" + data + "\" class=\"" + std::string(style_class) + "\"";
  body_ += tooltip.empty() ? "/>\n" : "><title>" + escape_html(tooltip) + "</title></path>\n";
}

void Svg::dots(const std::vector<double>& x, const std::vector<double>& y, std::string_view style_class) {
  std::string data;
  for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
    data += "M" + svg_number(x[i]) + " " + svg_number(y[i]) + "h.01";  // a round cap makes it a dot
  }
  if (!data.empty()) path(data, style_class);
}

std::string Svg::markup() const {
  return "<svg viewBox=\"0 0 " + svg_number(width_) + " " + svg_number(height_) + "\" role=\"img\" aria-label=\"" +
         label_ + "\">\n" + body_ + "</svg>\n";
}

std::string Svg::file(std::string_view style) const {
  const std::string width = svg_number(width_);
  const std::string height = svg_number(height_);
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + width + "\" height=\"" + height + "\" viewBox=\"0 0 " +
         width + " " + height + "\" role=\"img\" aria-label=\"" + label_ + "\">\n<style>" + std::string(style) +
         "svg{font-family:system-ui,-apple-system,\"Segoe UI\",Roboto,\"Noto Sans\",sans-serif}"
         ".sheet{fill:var(--card)}</style>\n<rect width=\"" +
         width + "\" height=\"" + height + "\" class=\"sheet\"/>\n" + body_ + "</svg>\n";
}

Scale::Scale(double low, double high, double from, double to, bool logarithmic)
    : low_(low), high_(high), from_(from), to_(to), logarithmic_(logarithmic) {
  if (!std::isfinite(low_) || !std::isfinite(high_) || low_ > high_) {
    low_ = logarithmic_ ? 0.1 : 0.0;
    high_ = 1.0;
  } else if (low_ == high_) {
    const double margin = low_ == 0.0 ? 1.0 : 0.1 * std::abs(low_);
    low_ -= margin;
    high_ += margin;
  }
}

double Scale::operator()(double value) const {
  const double share = logarithmic_ ? std::log(std::max(value, 1e-300) / low_) / std::log(high_ / low_)
                                    : (value - low_) / (high_ - low_);
  return from_ + share * (to_ - from_);
}

std::vector<double> Scale::ticks(int count) const {
  std::vector<double> ticks;
  if (logarithmic_) {
    const int first = static_cast<int>(std::floor(std::log10(low_) + 1e-9));
    const int last = static_cast<int>(std::floor(std::log10(high_) + 1e-9));
    const int step = std::max(1, (last - first) / std::max(1, count) + 1);
    // Few decades have room for 2 and 5 as well.
    const std::vector<double> mantissas =
        last - first < 3 ? std::vector<double>{1.0, 2.0, 5.0} : std::vector<double>{1.0};
    for (int power = first; power <= last; power += step) {
      for (const double mantissa : mantissas) {
        const double tick = mantissa * std::pow(10.0, power);
        if (tick >= low_ * (1.0 - 1e-9) && tick <= high_ * (1.0 + 1e-9)) ticks.push_back(tick);
      }
    }
    if (ticks.size() >= 2) return ticks;
    ticks.clear();  // within less than a decade round values are better
  }
  const double rough = (high_ - low_) / std::max(1, count);
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  const double step = power * (rough / power > 5.0   ? 10.0
                               : rough / power > 2.0 ? 5.0
                               : rough / power > 1.0 ? 2.0
                                                     : 1.0);
  const double begin = std::ceil(low_ / step - 1e-9);
  for (double i = begin; i * step <= high_ + 1e-9 * step; i += 1.0) ticks.push_back(i == 0.0 ? 0.0 : i * step);
  return ticks;
}

namespace svg_detail {

std::string power_of_ten(int power) {
  static const char* const kDigits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string text = power < 0 ? "10⁻" : "10";
  for (const char digit : std::to_string(std::abs(power))) text += kDigits[digit - '0'];
  return text;
}

}  // namespace svg_detail

std::string tick_text(double value) {
  if (value == 0.0) return "0";
  const double size = std::abs(value);
  if (size >= 1e6 || size < 1e-4) {
    const int power = static_cast<int>(std::floor(std::log10(size) + 1e-9));
    const std::string mantissa = svg_number(value / std::pow(10.0, power));
    return (mantissa == "1" ? "" : mantissa == "-1" ? "-" : mantissa + "·") + svg_detail::power_of_ten(power);
  }
  std::string text = fixed_text(value, size >= 100.0 ? 0 : 4);
  if (text.find('.') != std::string::npos) {
    while (text.back() == '0') text.pop_back();
    if (text.back() == '.') text.pop_back();
  }
  return text;
}

void draw_axes(Svg& svg, const PlotArea& area, const Scale& x, const Scale& y, std::string_view x_title,
               std::string_view y_title) {
  for (const double tick : y.ticks(5)) {
    svg.line(area.left, y(tick), area.right, y(tick), "grid");
    svg.text(area.left - 5, y(tick) + 3.5, tick_text(tick), "tick end");
  }
  for (const double tick : x.ticks(5)) {
    svg.line(x(tick), area.top, x(tick), area.bottom, "grid");
    svg.text(x(tick), area.bottom + 14, tick_text(tick), "tick middle");
  }
  svg.line(area.left, area.bottom, area.right, area.bottom, "axis");
  svg.line(area.left, area.top, area.left, area.bottom, "axis");
  if (!x_title.empty()) svg.text((area.left + area.right) / 2, area.bottom + 30, x_title, "label middle");
  if (!y_title.empty()) svg.text(area.left - 30, area.top - 9, y_title, "label");
}

}  // namespace brenier::train
