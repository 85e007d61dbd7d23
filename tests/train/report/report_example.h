// A small run to draw: two contexts, 40 genes, names that would be markup.
#pragma once

#include "core/random.h"
#include "models/mechanism_model.h"
#include "train/report/report.h"

namespace brenier::train {

[[nodiscard]] at::Tensor report_cells(RandomStream& random, std::int64_t n, std::int64_t genes, double shift);
// With the R2 of means of the model and of one baseline.
[[nodiscard]] ReportInput report_example(double model = 0.9, double baseline = 0.8);

// 24 actions in four groups, each moving two of 8 latents; effects on the 40 genes of report_example.
[[nodiscard]] models::Mechanisms mechanism_example();

}  // namespace brenier::train
