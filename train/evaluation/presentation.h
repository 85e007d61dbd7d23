// How scores, metrics and methods are shown, the same on the terminal and in the report.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace brenier::train {

// Three digits after the point, small numbers with three digits that count, "-" for NaN.
[[nodiscard]] std::string score_text(double value);
// With two digits and an explicit sign: "+0.42", "-1.30".
[[nodiscard]] std::string signed_text(double value);
// "mean_shift" -> "mean shift".
[[nodiscard]] std::string method_label(const std::string& method);
// "r2_mean" -> "r2_mean ↑": the arrow points to better values.
[[nodiscard]] std::string metric_label(const std::string& metric);

// The best of the methods that predict (the ceiling does not); empty when none has a value or the metric is not known.
[[nodiscard]] std::string best_method(const std::vector<std::pair<std::string, double>>& values,
                                      const std::string& metric);
// Those that show the same digits as the best one; empty when that is all of them.
[[nodiscard]] std::set<std::string> best_methods(const std::vector<std::pair<std::string, double>>& values,
                                                 const std::string& metric);

}  // namespace brenier::train
