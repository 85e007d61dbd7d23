// What a stage of Svae trains: the networks, the shifts and their optimiser.
#pragma once

#include <memory>

#include "models/nn/adam.h"
#include "models/nn/parameters.h"
#include "models/svae/shifts.h"
#include "models/svae/svae.h"
#include "models/svae/vae_network.h"

namespace brenier::models {

struct Svae::Network {
  Parameters parameters;
  RandomStream init;
  VaeNetwork vae;
  std::unique_ptr<Shifts> shifts;  // null for kind vae
  Adam adam;

  Network(const SvaeSettings& settings, std::int64_t genes, const ActionDesign& design, double gamma,
          RandomStream stream);

  [[nodiscard]] State weights() const;  // without the moments of the optimiser
  [[nodiscard]] State state() const;
};

}  // namespace brenier::models
