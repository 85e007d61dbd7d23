// One loss part or validation score over the steps, a line a run (the means of loss_chart.h's intervals).
#pragma once

#include <string>
#include <vector>

#include "train/report/figure.h"
#include "train/report/run_comparison.h"

namespace brenier::train {

struct CurveKey {
  std::string stage;
  std::string name;
  bool validation = false;
  bool operator==(const CurveKey&) const = default;
};

// Empty when no run has a finite value.
[[nodiscard]] Figure curve_overlay(const std::vector<ComparedRun>& runs, const CurveKey& key);

}  // namespace brenier::train
