// The scripts of a page with interactive charts, and what keeps the page from loading anything.
#pragma once

#include <string>

namespace brenier::train {

// Whether this build can draw interactive charts (vega_library.h).
[[nodiscard]] bool can_draw_live();
// For the head: a content security policy without any outside source; scripts only when `live`.
[[nodiscard]] std::string page_policy(bool live);
// For the end of the body: the libraries, and a short script that draws every figure (figure.h) when it becomes
// visible, keeps the still drawing when that fails, and lets legends choose. Empty when not `live`.
[[nodiscard]] std::string page_scripts(bool live);
// A line that says how to use the charts; shown only where scripts run.
[[nodiscard]] std::string page_hint(bool live);

}  // namespace brenier::train
