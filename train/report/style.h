// The style sheet of the report: light and dark by the reader's choice, one column on narrow screens, no web fonts.
#pragma once

#include <string>

namespace brenier::train {

// Colours and the classes of drawings: all that an .svg file needs.
[[nodiscard]] std::string chart_style();
// The same and the rest of the page.
[[nodiscard]] std::string report_style();

}  // namespace brenier::train
