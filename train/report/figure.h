// One chart in two forms of the same data: a still drawing (inline SVG), and Vega-Lite specs that a page with scripts
// draws in its place. The still one is what a reader sees without scripts, on paper, or when drawing fails.
//
// Specs name no address and no colour of their own: colours are the style sheet's ("var(--model)"), sizes follow the
// figure's width. A spec with a parameter "chosen" (a list of names) fades what is not in it; the page's legends set
// it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace brenier::train {

struct Figure {
  std::string still;                         // markup; empty: there is nothing to draw
  std::vector<nlohmann::ordered_json> live;  // drawn one after the other, in columns where there is room

  [[nodiscard]] bool empty() const { return still.empty(); }
};

// The spec with its rows as columns, {"data": {"columns": {"x": [..], ..}}}: half as long. The page's script makes rows
// of them again; a member that a row does not have is null there.
[[nodiscard]] nlohmann::ordered_json packed(nlohmann::ordered_json spec);

// The figure's place in a page; without `live` the still drawing alone.
[[nodiscard]] std::string figure_markup(const Figure& figure, bool live);

// JSON as the content of a script element: ASCII, no "<" (so neither "</script" nor "<!--"), no U+2028; bytes that are
// no UTF-8 become U+FFFD.
[[nodiscard]] std::string script_json(const nlohmann::ordered_json& json);

// A value with five digits that count, for the data of a chart; null when it is not finite.
[[nodiscard]] nlohmann::ordered_json chart_number(double value);

// {"title": title, "field": field} for a tooltip; "format" for numbers when not empty.
[[nodiscard]] nlohmann::ordered_json tooltip_line(std::string_view field, std::string_view title,
                                                  std::string_view format = {});

}  // namespace brenier::train
