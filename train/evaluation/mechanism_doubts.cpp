#include "train/evaluation/mechanism_doubts.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstdint>

#include "core/error.h"
#include "core/shape.h"

namespace brenier::train {

std::vector<std::string> collapsed_actions(const models::Mechanisms& mechanisms) {
  std::vector<std::string> collapsed;
  if (!mechanisms.masks.defined()) return collapsed;
  check_shape(mechanisms.masks, "masks", "[A, L]", {{"A", std::ssize(mechanisms.actions)}}, ErrorKind::kDefect);
  const auto moves = mechanisms.masks.gt(0.5).any(1).contiguous();
  const auto* any = moves.const_data_ptr<bool>();
  for (std::size_t a = 0; a < mechanisms.actions.size(); ++a) {
    if (!any[a]) collapsed.push_back(mechanisms.actions[a]);
  }
  return collapsed;
}

std::int64_t latent_count(const models::Mechanisms& mechanisms) {
  if (mechanisms.masks.defined()) return mechanisms.masks.size(1);
  if (mechanisms.shifts.defined()) return mechanisms.shifts.size(1);
  return mechanisms.gene_effects.defined() ? mechanisms.gene_effects.size(0) : -1;
}

bool knows_actions(const models::Model& model, const Context& context) {
  const auto known = model.vocabulary().actions;
  return std::all_of(context.actions.begin(), context.actions.end(), [&](const Action& action) {
    return std::find(known.begin(), known.end(), action.name) != known.end();
  });
}

bool tells_of(const models::Model& model, const Context& context) {
  if (knows_actions(model, context)) return true;
  const auto* judged = dynamic_cast<const models::MechanismModel*>(&model);
  return judged != nullptr && !judged->mechanisms().shifts.defined();
}

void warn_of_latents(const models::Model& model, Reporter& reporter) {
  const auto* judged = dynamic_cast<const models::MechanismModel*>(&model);
  if (judged == nullptr) return;
  const auto mechanisms = judged->mechanisms();
  const auto latents = latent_count(mechanisms);
  const auto actions = std::ssize(model.task().actions);
  if (latents <= actions) return;
  reporter.warn("the model has " + std::to_string(latents) + " latents for " + std::to_string(actions) +
                " actions: latents that no action moves alone cannot be told apart; fewer latents are easier to read");
}

void warn_of_collapse(const models::Model& model, Reporter& reporter) {
  const auto* judged = dynamic_cast<const models::MechanismModel*>(&model);
  if (judged == nullptr) return;
  const auto mechanisms = judged->mechanisms();
  const auto collapsed = collapsed_actions(mechanisms);
  if (collapsed.empty()) return;
  reporter.warn("the masks of " + std::to_string(collapsed.size()) + " of " +
                std::to_string(mechanisms.actions.size()) + " actions collapsed to zero, so they move no latent: " +
                quoted_list(collapsed, 5) + "; a lower gamma or a longer warm-up may help");
}

}  // namespace brenier::train
