// The learning curves of a run, read from its metrics.jsonl.
//
// Each line is one JSON object with "step" (of the whole run) and "stage"; its members "losses" and "validation" hold
// named numbers, and "best": true marks a validation that was the best so far. Other members are left alone. A last
// line that was cut off by a kill is ignored.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace brenier::train {

struct Curve {
  std::string stage;
  std::string name;
  bool validation = false;
  std::vector<double> steps;
  std::vector<double> values;  // NaN where the run wrote null
  double best_step = -1.0;     // of the last best validation; -1: none
};

// In the order of their first appearance. Throws kData naming file and line when a line is no JSON object.
[[nodiscard]] std::vector<Curve> read_history(const std::filesystem::path& path);

}  // namespace brenier::train
