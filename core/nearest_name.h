// The known name most like an unknown one, for messages ("did you mean ...?").
#pragma once

#include <string>
#include <vector>

namespace brenier {

// Smallest edit distance (insert, delete, replace, swap neighbours; case ignored); empty when nothing is near:
// more than a third of the longer name (at least 2) would have to change.
[[nodiscard]] std::string nearest_name(const std::string& name, const std::vector<std::string>& known);

}  // namespace brenier
