// The maps of a model of two features: a panel a context with its control, predicted and true cells, and arrows from
// some control cells x to where the model moves them, T(x). All panels have the same axes; titles say what tells the
// contexts apart (context_labels.h), and which of them training did not have. At most 24 contexts, 120 cells of each
// population and 18 arrows, by an even step.
//
// Errors: kUsage when the cells have another number of features, or there is no context.
#pragma once

#include <string>
#include <vector>

#include "train/report/figure.h"
#include "train/report/report.h"

namespace brenier::train {

// For a page (report.h): the live form is a spec a panel.
[[nodiscard]] Figure map_chart(const std::vector<ReportContext>& contexts, const std::vector<std::string>& features);
// The text of an .svg file that stands alone, light or dark by the reader's choice.
[[nodiscard]] std::string map_figure(const std::vector<ReportContext>& contexts,
                                     const std::vector<std::string>& features);

}  // namespace brenier::train
