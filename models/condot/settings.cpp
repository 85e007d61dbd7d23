#include "models/condot/settings.h"

#include "models/condot/condot.h"

namespace brenier::models {

void CondotSettings::describe(Fields& fields) {
  fields.nested("latent", latent, "The space in which maps are learned");
  fields.choice(
      "context", context, {"kernel", "one_hot", "dose", "mode_of_action", "table", "none"},
      "Input of the context path: kernel weights over training contexts (by doses and control population); one-hot "
      "actions; one-hot actions with a scaled dose; what actions do to cells (scaled distances of the treated "
      "populations); or rows of data.descriptors. All but kernel add the covariates. none: one map for all contexts, "
      "that of CellOT");
  fields.boolean("relative", relative,
                 "Cells relative to the mean of their own control population; false: to one mean for all contexts");
  fields.choice("combinator", combinator, {"sum", "mean", "max", "deepset"},
                "How a set of actions becomes one context: the displacements of its actions add up; or their rows are "
                "averaged, maximised, or pooled by a learned network, and the set as a whole is compared with those of "
                "training");
  fields.choice("dose_scale", dose_scale, {"log", "linear"}, "Scale on which doses are compared and interpolated");
  fields.choice("unseen_actions", unseen_actions, {"error", "mean"},
                "An action that neither training nor a table has: refused, or the mean of those in training");
  fields.integer("embedding_width", embedding_width, Range::at_least(1), "Dimension of mode_of_action");
  fields.require("combinator", (context != "kernel" && context != "none") || combinator == "sum",
                 "contexts 'kernel' and 'none' have no other combinator than 'sum'");
  fields.real("bandwidth", bandwidth, Range::at_least(0.0),
              "Width of the context kernel in units of the nearest context's distance; 0: chosen by leaving training "
              "contexts out");
  fields.real("retention", retention, Range::between(0.0, 1.0),
              "For an unseen context: share of its baseline's difference from similar training contexts that survives "
              "treatment");
  fields.nested("potential", potential, "The pair of partially input-convex networks f and g");
  fields.choice("dual", dual, {"pair", "single"},
                "pair: min-max over f and g, as published; single: g alone, its conjugate solved for point by point");
  fields.require("dual", dual != "single" || potential.positivity_g != "penalty",
                 "single needs a convex g: potential.positivity_g clamp, softplus or rectifier");
  fields.require("dual", dual != "single" || combinator != "deepset",
                 "a learned combinator needs the pair: each network's own loss trains it");
  fields.real("prior_cells", prior_cells, Range::at_least(0.0),
              "Weight of the pooled covariance in the Gaussian map of a context, as a number of cells");
  fields.real("ridge", ridge, Range::above(0.0), "Ridge of those covariances, in units of the mean control variance");
  fields.integer("steps", steps, Range::at_least(0), "Outer steps: `inner` updates of g, then one of f");
  fields.integer("inner", inner, Range::at_least(1), "Updates of g an outer step");
  fields.integer("batch", batch, Range::at_least(2), "Cells a population and update");
  fields.nested("optimiser", optimiser, "Adam of f and of g");
  fields.boolean(
      "anchor_mean", anchor_mean,
      "Add the constant to a map that makes its mean displacement the kernel-weighted one of the training contexts");
  fields.choice(
      "readout", readout, {"direct", "residual", "fold"},
      "Genes of a moved cell: the decoded latent; the cell plus the decoded displacement; or that for a gene that "
      "rises and the cell times the decoded ratio for one that falls, which keeps zeros (values >= 0 only)");
}

std::unique_ptr<Model> CondotSettings::build(const Task& task, std::uint64_t seed) const {
  return std::make_unique<Condot>(*this, task, seed);
}

}  // namespace brenier::models
