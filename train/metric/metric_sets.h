// Sets of metrics by the name of the tool that reports them: "cell_eval", "perturbench", "cellot", "gears"; "default",
// the compact one; "all", every metric of the list.
#pragma once

#include <string>
#include <vector>

namespace brenier::train {

[[nodiscard]] const std::vector<std::string>& metric_set_names();
[[nodiscard]] bool is_metric_set(const std::string& name);
// Sets replaced by their metrics, in order; a metric that came before is not repeated. Throws kUsage on a name that is
// neither a metric nor a set, saying what is allowed.
[[nodiscard]] std::vector<std::string> expand_metrics(const std::vector<std::string>& names);

}  // namespace brenier::train
