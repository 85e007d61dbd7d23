// How the kernels W_l that must not be negative are kept so, which is what makes a potential convex in the cell.
//
// | name      | W from the parameter V | after an update | gradient            |
// | clamp     | V                      | V <- max(V, 0)  |                     |
// | penalty   | V                      |                 | + penalty * d/dV sum_l |max(-V_l, 0)|_F  |
// | softplus  | log(1 + exp(V))        |                 | times sigmoid(V)    |
// | rectifier | max(V, 0)              |                 | where V >= 0        |
//
// Published (bunne2023cellot, bunne2022condot): f clamp, g penalty, which is convex only nearly. A reparametrised W
// never leaves the cone, but a rectified entry below 0 has no gradient any more, as a ReLU unit has none. An output row
// that starts at 0, where softplus has no value and a rectifier no way back, is clamped instead of either.
#pragma once

#include <string>
#include <vector>

namespace brenier::models {

enum class Positivity { kClamp, kPenalty, kSoftplus, kRectifier };

[[nodiscard]] const std::vector<std::string>& positivity_names();
// Throws kDefect for a name that is not in positivity_names() (settings have checked it).
[[nodiscard]] Positivity positivity_from(const std::string& name);

// TorchScript for W as a function of the tensor that `tensor` names; soft_plus is activation_script's.
[[nodiscard]] std::string positivity_script(Positivity positivity, const std::string& tensor);

}  // namespace brenier::models
