#include "models/svae/settings.h"

#include <utility>

#include "models/svae/svae.h"

namespace brenier::models {

SvaeSettings::SvaeSettings(std::string variant_name) : variant(std::move(variant_name)) {
  if (variant != "sams_vae") return;
  batch_norm = false;
  dropout = 0.0;
  leak = 0.01;
  standardize = true;
  mask_logit = 0.0;
  particles = 5;
  optimiser = {.learning_rate = 1e-3, .clip_norm = 100.0};
}

void SvaeSettings::describe(Fields& fields) {
  fields.integer("latent_width", latent_width, Range::at_least(1), "Number of latent mechanisms");
  fields.integers("hidden", hidden, Range::at_least(1), "Hidden widths of the encoder; the decoder mirrors them");
  fields.boolean("batch_norm", batch_norm, "Batch normalisation behind every hidden layer");
  fields.real("dropout", dropout, Range::below(0.0, 1.0), "Share of hidden units of the encoder left out in a step");
  fields.real("leak", leak, Range::below(0.0, 1.0), "Slope of the activation below 0; 0: ReLU");
  fields.choice("likelihood", likelihood, {"negative_binomial", "gaussian"},
                "Distribution of a gene: of counts, with the cell's total as it is; or of any values");
  fields.boolean("standardize", standardize,
                 "The encoder sees each gene (log1p of counts) with mean 0 and deviation 1 over training cells");
  fields.real("mask_logit", mask_logit, Range::between(-20.0, 20.0), "Where the logits of the masks start");
  fields.real("temperature", temperature, Range::above(0.0), "Temperature of the relaxed masks in the first step");
  fields.real("temperature_end", temperature_end, Range::above(0.0), "The same in the last step");
  fields.real("gamma", gamma, Range::at_least(1.0),
              "Of svae_plus: strength of the prior Beta(1, gamma) of mask probabilities; 1 is no sparsity");
  fields.choice(
      "gamma_rule", gamma_rule, {"fixed", "held_out"},
      "Of svae_plus: take gamma, or the one of `gammas` that lets actions left out of training be learned best "
      "from few cells, for which a model is trained for each");
  fields.reals("gammas", gammas, Range::at_least(1.0), "The values that gamma_rule compares");
  fields.real("held_out_share", held_out_share, Range::between_open(0.0, 1.0),
              "Share of the single actions that are left out while gammas are compared");
  fields.integer("shots", shots, Range::at_least(2), "Cells of such an action from which its shift is estimated");
  fields.real("mask_penalty", mask_penalty, Range::at_least(0.0), "Of svae: weight of the mean mask probability");
  fields.real("mask_prior", mask_prior, Range::between_open(0.0, 1.0), "Of sams_vae: prior probability of a mask");
  fields.choice("guide", guide, {"mean_field", "correlated"},
                "Of sams_vae: posterior of the shifts by themselves, or given the drawn masks by a network");
  fields.boolean("encoder_sees_shift", encoder_sees_shift, "Of sams_vae: the encoder gets the drawn shift of the cell");
  fields.integer("particles", particles, Range::between(1, 100), "Draws of the latent variables for a cell and step");
  fields.real("penalty_weight", penalty_weight, Range::at_least(0.0),
              "Weight of the mask penalty after the warm-up; 1 is the bound, more makes masks sparser");
  fields.choice(
      "readout", readout, {"residual", "direct"},
      "Predicted cells: the control cell times (counts) or plus the change of the decoded mean, or that mean");
  fields.real("beta", beta, Range::at_least(0.0), "Weight of the KL divergence after the warm-up");
  fields.integer("steps", steps, Range::at_least(0), "Training steps");
  fields.integer("warmup_steps", warmup_steps, Range::at_least(0),
                 "Steps over which KL divergence and mask penalty grow to full weight");
  fields.integer("penalty_warmup_steps", penalty_warmup_steps, Range::at_least(0),
                 "Steps over which the mask penalty grows, beyond that of the KL divergence");
  fields.integer(
      "rotation_step", rotation_step, Range::at_least(0),
      "Step at which the latent is rotated to where shifts are sparsest; the penalty starts there; 0: never");
  fields.integer("refine_step", refine_step, Range::at_least(0),
                 "Step from which masks are binarised at 1/2 and only the rest is trained, without penalty; 0: never");
  fields.integer("batch", batch, Range::at_least(2), "Cells a step");
  fields.nested("optimiser", optimiser, "Adam");
  fields.require("gammas", gamma_rule == "fixed" || gammas.size() > 1, "at least two values to choose from");
  fields.require("rotation_step", rotation_step == 0 || guide == "mean_field", "0 with guide 'correlated'");
  fields.require("refine_step", refine_step == 0 || guide == "mean_field", "0 with guide 'correlated'");
  fields.require("refine_step", refine_step == 0 || refine_step > rotation_step, "0 or above rotation_step");
}

std::unique_ptr<Model> SvaeSettings::build(const Task& task, std::uint64_t seed) const {
  return std::make_unique<Svae>(*this, task, seed);
}

}  // namespace brenier::models
