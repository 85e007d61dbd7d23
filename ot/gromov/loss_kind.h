// The loss of Gromov-Wasserstein by name; its formulas are in gromov_loss.h.
#pragma once

#include <string>

namespace brenier::ot {

enum class GromovLoss { kSquare, kKl };

[[nodiscard]] GromovLoss gromov_loss_by_name(const std::string& name);  // square, kl

}  // namespace brenier::ot
