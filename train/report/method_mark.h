// How a method is drawn: its colour (a class of the style sheet) and its shape, the same in every chart and legend.
#pragma once

#include <string>
#include <vector>

namespace brenier::train {

// The name under which run number `index` (from 0) of a comparison stands among the methods: "run 1, NAME". Six
// colours; from the seventh run on they come again with another shape.
[[nodiscard]] std::string run_method(std::size_t index, const std::string& name);
// "m-model", "m-identity", ... ; "m-other" for a name that is not known.
[[nodiscard]] std::string method_class(const std::string& method);
// The path of the method's shape around (x, y): a large disc for the model, a bar for the ceiling, small shapes for
// baselines.
[[nodiscard]] std::string method_shape(const std::string& method, double x, double y);
// The same for the scales of a Vega-Lite spec: a variable of the style sheet, a symbol, its area in square pixels.
struct MethodStyle {
  std::string colour;
  std::string symbol;
  double area;
};
[[nodiscard]] MethodStyle method_style(const std::string& method);
// A list of shapes with names, as markup; with scripts, pressing a name singles the method out.
[[nodiscard]] std::string method_legend(const std::vector<std::string>& methods);

}  // namespace brenier::train
