#include "train/report/figure.h"

#include <cmath>

namespace brenier::train {
namespace figure_detail {

constexpr std::size_t kFewRows = 20;

void pack(nlohmann::ordered_json& node) {
  const auto data = node.find("data");
  if (data == node.end() || !data->contains("values") || (*data)["values"].size() < kFewRows) return;
  const auto rows = std::move((*data)["values"]);
  auto columns = nlohmann::ordered_json::object();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (const auto& [key, value] : rows[i].items()) {
      auto& column = columns[key];
      while (column.size() < i) column.push_back(nullptr);
      column.push_back(value);
    }
  }
  for (auto& column : columns) {
    while (column.size() < rows.size()) column.push_back(nullptr);
  }
  *data = {{"columns", std::move(columns)}};
}

}  // namespace figure_detail

nlohmann::ordered_json packed(nlohmann::ordered_json spec) {
  figure_detail::pack(spec);
  if (spec.contains("layer")) {
    for (auto& layer : spec["layer"]) figure_detail::pack(layer);
  }
  return spec;
}

std::string figure_markup(const Figure& figure, bool live) {
  if (!live || figure.live.empty()) return figure.still;
  nlohmann::ordered_json specs = nlohmann::ordered_json::array();
  for (const auto& spec : figure.live) specs.push_back(packed(spec));
  return "<div class=\"figure\"><div class=\"still\">" + figure.still +
         "</div><script type=\"application/json\" class=\"specs\">" + script_json(specs) + "</script></div>\n";
}

std::string script_json(const nlohmann::ordered_json& json) {
  std::string out;
  for (const char c : json.dump(-1, ' ', /*ensure_ascii=*/true, nlohmann::ordered_json::error_handler_t::replace)) {
    // Only texts hold brackets, and in a text the escape is the same character.
    if (c == '<') {
      out += "\\u003c";
    } else {
      out += c;
    }
  }
  return out;
}

nlohmann::ordered_json chart_number(double value) {
  if (!std::isfinite(value)) return nullptr;
  if (value == 0.0) return 0.0;
  const double unit = std::pow(10.0, 4.0 - std::floor(std::log10(std::abs(value))));
  // Numbers so small or large that the unit is not finite are left as they are.
  return std::isfinite(unit) && unit > 0.0 ? std::round(value * unit) / unit : value;
}

nlohmann::ordered_json tooltip_line(std::string_view field, std::string_view title, std::string_view format) {
  nlohmann::ordered_json line{{"field", field}, {"title", title}};
  line["type"] = format.empty() ? "nominal" : "quantitative";
  if (!format.empty()) line["format"] = format;
  return line;
}

}  // namespace brenier::train
