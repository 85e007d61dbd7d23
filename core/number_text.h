// Numbers as text, independent of the locale.
#pragma once

#include <string>

namespace brenier {

// The shortest text that reads back as the same double: "0.1", "1", "1e-05", "nan".
[[nodiscard]] std::string number_text(double value);
// With a fixed number of digits after the point: "0.930"; "nan" and "inf" stay words.
[[nodiscard]] std::string fixed_text(double value, int digits);

}  // namespace brenier
