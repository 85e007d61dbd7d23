// What a model's latent mechanisms cannot tell, and what about them deserves a warning.
#pragma once

#include <string>
#include <vector>

#include "core/log.h"
#include "models/mechanism_model.h"
#include "models/model.h"

namespace brenier::train {

// The actions whose mask has no entry above 0.5: they move no latent, so the model predicts no effect. Empty without
// masks.
[[nodiscard]] std::vector<std::string> collapsed_actions(const models::Mechanisms& mechanisms);

// The number of latents, as far as the tensors tell; -1 when none is defined.
[[nodiscard]] std::int64_t latent_count(const models::Mechanisms& mechanisms);

// Whether every action of the context is in the model's vocabulary.
[[nodiscard]] bool knows_actions(const models::Model& model, const Context& context);
// Whether latents and likelihoods of such cells can be asked for: it knows the actions, or has no shifts at all.
[[nodiscard]] bool tells_of(const models::Model& model, const Context& context);

// Both pass over models without mechanisms. Before training: more latents than actions.
void warn_of_latents(const models::Model& model, Reporter& reporter);
// After it: masks that collapsed to zero, with advice.
void warn_of_collapse(const models::Model& model, Reporter& reporter);

}  // namespace brenier::train
