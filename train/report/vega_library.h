// The text of Vega, Vega-Lite and vega-embed with their licences, as it stands inside a page: part of the library when
// the build found them (cmake/find_vega.cmake).
#pragma once

#include <string_view>

namespace brenier::train {

// One script; empty when this build has none. It holds no "</script".
[[nodiscard]] std::string_view vega_library();

}  // namespace brenier::train
