// No start of its own: the solver begins at f = 0 and anneals epsilon when its settings say so. Any geometry.
#pragma once

#include "ot/initialise/initialiser.h"

namespace brenier::ot {

class Zeros final : public Initialiser {
 public:
  [[nodiscard]] std::string name() const override { return "zeros"; }
  [[nodiscard]] SinkhornStart start(const LinearProblem& problem) const override;
};

}  // namespace brenier::ot
