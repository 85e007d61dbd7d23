#include "train/report/method_mark.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "train/evaluation/presentation.h"
#include "train/report/html.h"
#include "train/report/svg.h"

namespace brenier::train {
namespace method_mark_detail {

constexpr std::array<std::string_view, 7> kKnown = {"model",           "identity", "mean_shift", "additive",
                                                    "nearest_context", "linear",   "ceiling"};

// A polygon from points relative to (x, y).
std::string polygon(double x, double y, const std::vector<std::pair<double, double>>& points) {
  std::string data;
  for (const auto& [dx, dy] : points) {
    data += data.empty() ? "M" : "L";
    data += svg_number(x + dx) + " " + svg_number(y + dy);
  }
  return data + "Z";
}

std::string disc(double x, double y, double r) {
  const std::string radius = svg_number(r);
  const std::string arc = "a" + radius + " " + radius + " 0 1 0 ";
  return "M" + svg_number(x - r) + " " + svg_number(y) + arc + svg_number(2 * r) + " 0" + arc + svg_number(-2 * r) +
         " 0Z";
}

constexpr std::size_t kRunColours = 6;

// From 0; nothing when the method is no run of a comparison.
std::optional<std::size_t> run_index(const std::string& method) {
  if (!method.starts_with("run ") || method.size() < 5 || method[4] < '1' || method[4] > '9') return std::nullopt;
  return std::stoul(method.substr(4, 4)) - 1;
}

std::string run_colour(std::size_t index) { return "run" + std::to_string(index % kRunColours + 1); }

}  // namespace method_mark_detail

std::string run_method(std::size_t index, const std::string& name) {
  return "run " + std::to_string(index + 1) + ", " + name;
}

std::string method_class(const std::string& method) {
  using method_mark_detail::kKnown;
  if (const auto run = method_mark_detail::run_index(method)) return "m-" + method_mark_detail::run_colour(*run);
  const bool known = std::find(kKnown.begin(), kKnown.end(), method) != kKnown.end();
  return known ? "m-" + method : "m-other";
}

std::string method_shape(const std::string& method, double x, double y) {
  using method_mark_detail::polygon;
  if (const auto run = method_mark_detail::run_index(method)) {
    if (*run < method_mark_detail::kRunColours) return method_mark_detail::disc(x, y, 5);
    return polygon(x, y, {{-4.4, -4.4}, {4.4, -4.4}, {4.4, 4.4}, {-4.4, 4.4}});
  }
  if (method == "model") return method_mark_detail::disc(x, y, 5.5);
  if (method == "ceiling") return polygon(x, y, {{-1, -8}, {1, -8}, {1, 8}, {-1, 8}});
  if (method == "mean_shift") return polygon(x, y, {{-3.4, -3.4}, {3.4, -3.4}, {3.4, 3.4}, {-3.4, 3.4}});
  if (method == "additive") return polygon(x, y, {{0, -4.4}, {4.2, 3.2}, {-4.2, 3.2}});
  if (method == "nearest_context") return polygon(x, y, {{0, -4.9}, {4.9, 0}, {0, 4.9}, {-4.9, 0}});
  if (method == "linear") return polygon(x, y, {{0, 4.4}, {4.2, -3.2}, {-4.2, -3.2}});
  return method_mark_detail::disc(x, y, 3.4);
}

MethodStyle method_style(const std::string& method) {
  if (const auto run = method_mark_detail::run_index(method)) {
    const std::string symbol = *run < method_mark_detail::kRunColours ? "circle" : "square";
    return {"var(--" + method_mark_detail::run_colour(*run) + ")", symbol, 100};
  }
  if (method == "model") return {"var(--model)", "circle", 120};
  if (method == "ceiling") return {"var(--ink)", "M-.19-1h.38v2h-.38z", 280};
  if (method == "identity") return {"var(--identity)", "circle", 46};
  if (method == "mean_shift") return {"var(--mean-shift)", "square", 46};
  if (method == "additive") return {"var(--additive)", "triangle-up", 52};
  if (method == "nearest_context") return {"var(--nearest)", "diamond", 58};
  if (method == "linear") return {"var(--linear)", "triangle-down", 52};
  return {"var(--soft)", "circle", 46};
}

std::string method_legend(const std::vector<std::string>& methods) {
  std::string out = "<ul class=\"legend\">";
  for (const std::string& method : methods) {
    out += "<li data-name=\"" + escape_html(method) + "\"><svg viewBox=\"0 0 18 18\" aria-hidden=\"true\"><path d=\"" +
           method_shape(method, 9, 9) + "\" class=\"" + method_class(method) + "\"/></svg>" +
           escape_html(method_label(method)) + "</li>";
  }
  return out + "</ul>\n";
}

}  // namespace brenier::train
