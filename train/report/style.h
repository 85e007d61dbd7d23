// The style sheet of the report: light and dark by the reader's choice, one column on narrow screens, no web fonts.
#pragma once

#include <string_view>

namespace brenier::train {

[[nodiscard]] std::string_view report_style();

}  // namespace brenier::train
