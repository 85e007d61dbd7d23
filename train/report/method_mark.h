// How a method is drawn: its colour (a class of the style sheet) and its shape, the same in every chart and legend.
#pragma once

#include <string>
#include <vector>

namespace brenier::train {

// "m-model", "m-identity", ... ; "m-other" for a name that is not known.
[[nodiscard]] std::string method_class(const std::string& method);
// The path of the method's shape around (x, y): a large disc for the model, a bar for the ceiling, small shapes for
// baselines.
[[nodiscard]] std::string method_shape(const std::string& method, double x, double y);
// A list of shapes with names, as markup.
[[nodiscard]] std::string method_legend(const std::vector<std::string>& methods);

}  // namespace brenier::train
