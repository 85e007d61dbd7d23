#include "models/condot/settings.h"

#include "models/condot/condot.h"

namespace brenier::models {

void CondotSettings::describe(Fields& fields) {
  fields.nested("latent", latent, "The space in which maps are learned");
  fields.choice(
      "context", context, {"kernel", "one_hot"},
      "Input of the context path: kernel weights over training contexts (by doses and control population), or "
      "one-hot actions and covariates");
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
