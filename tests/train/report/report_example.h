// A small run to draw: two contexts, 40 genes, names that would be markup.
#pragma once

#include "core/random.h"
#include "train/report/report.h"

namespace brenier::train {

[[nodiscard]] at::Tensor report_cells(RandomStream& random, std::int64_t n, std::int64_t genes, double shift);
// With the R2 of means of the model and of one baseline.
[[nodiscard]] ReportInput report_example(double model = 0.9, double baseline = 0.8);

}  // namespace brenier::train
