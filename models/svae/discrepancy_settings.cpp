#include "models/svae/discrepancy_settings.h"

#include <algorithm>

#include "models/svae/discrepancy_vae.h"

namespace brenier::models {

void RampSettings::describe(Fields& fields) {
  fields.real("most", most, Range::at_least(0.0), "Value at the end of the ramp");
  fields.real("from", from, Range::between(0.0, 1.0), "Share of the steps before it rises");
  fields.real("to", to, Range::between(0.0, 1.0), "Share of the steps at which it has risen");
  fields.require("to", to >= from, "not below from");
}

double RampSettings::share(double progress) const {
  if (progress < from) return 0.0;
  return to > from ? std::clamp((progress - from) / (to - from), 0.0, 1.0) : 1.0;
}

void DiscrepancySettings::describe(Fields& fields) {
  fields.integer("latents", latents, Range::at_least(0), "Latent variables; 0: as many as actions");
  fields.integers("hidden", hidden, Range::at_least(1), "Hidden widths of encoder and decoder; none: both are linear");
  fields.choice("output", output, {"leaky_relu", "linear"}, "What follows the decoder's last layer");
  fields.choice("causal", causal, {"linear", "relu", "none"},
                "How latents act on each other: u = e + u A, u = e + max(u, 0) A, or not at all");
  fields.choice("targets", targets, {"learned", "known"},
                "Which latent an action shifts: a softmax over latents that is learned, or the place of the action in "
                "'order'");
  fields.texts("order", order,
               "Actions in the order of the latents they act on (targets known); empty: in the order of their names");
  fields.integers("target_hidden", target_hidden, Range::at_least(1),
                  "Hidden widths of the network from an action to its target (targets learned)");
  fields.nested("kernels", kernels, "Kernels of the discrepancy");
  fields.nested("discrepancy", discrepancy, "Weight of the discrepancy of predicted and treated cells (alpha)");
  fields.nested("divergence", divergence, "Weight of KL(q(z|x) | N(0, I)) (beta)");
  fields.nested("temperature", temperature, "Factor of the targets' logits, from 1 to 'most'");
  fields.real("edge_penalty", edge_penalty, Range::at_least(0.0), "Weight of the absolute sum of the edges (lambda)");
  fields.boolean("draw", draw,
                 "Predictions draw z from its posterior, as the published evaluation does; false: they take its mean");
  fields.integer("steps", steps, Range::at_least(0), "Training steps");
  fields.integer("batch", batch, Range::at_least(2), "Cells a population and step; one context a step");
  fields.nested("optimiser", optimiser, "Adam or AdamW");
  fields.integer("learn_steps", learn_steps, Range::at_least(0), "Steps that fit an action learned after training");
  fields.real("learn_rate", learn_rate, Range::above(0.0), "Adam's step size in these steps");
  fields.require("order", order.empty() || targets == "known", "is used with targets known only");
}

std::unique_ptr<Model> DiscrepancySettings::build(const Task& task, std::uint64_t seed) const {
  return std::make_unique<DiscrepancyVae>(*this, task, seed);
}

}  // namespace brenier::models
