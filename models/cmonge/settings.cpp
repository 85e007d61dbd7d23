#include "models/cmonge/settings.h"

#include "models/cmonge/cmonge.h"

namespace brenier::models {

void CmongeSettings::describe(Fields& fields) {
  fields.nested("latent", latent, "The space in which maps are learned");
  fields.boolean("relative", relative,
                 "Cells relative to the mean of their own control population; false: to one mean for all contexts");
  fields.choice("readout", readout, {"direct", "residual"},
                "Genes of a moved cell: the decoded latent, or the cell plus the decoded displacement");
  fields.choice(
      "context", context, {"one_hot", "dose", "mode_of_action", "table"},
      "What an action is to the map: its unit vector times the dose; its unit vector and its dose on a scale; "
      "its place by what it does to cells; or its row of data.descriptors");
  fields.choice("dose_scale", dose_scale, {"log", "linear"}, "Scale of doses");
  fields.choice("unseen_actions", unseen_actions, {"error", "mean"},
                "An action that neither training nor a table has: refused, or the mean of those in training");
  fields.integer("embedding_width", embedding_width, Range::at_least(1), "Dimension of mode_of_action");
  fields.integer("action_width", action_width, Range::at_least(1), "Width of the learned description of the actions");
  fields.integer("covariate_width", covariate_width, Range::at_least(0),
                 "Width of the learned description of the covariates; 0 leaves them out");
  fields.integers("hidden", hidden, Range::at_least(1), "Hidden widths of the network of the displacement");
  fields.choice("cost", cost, {"euclidean", "sqeuclidean"}, "Cost between cells, in the divergence and in the gap");
  fields.real(
      "epsilon", epsilon, Range::above(0.0),
      "Entropic regularisation of the Sinkhorn divergence, in units of the mean cost between control and treated "
      "training cells");
  fields.real("gap_weight", gap_weight, Range::at_least(0.0), "Weight of the Monge gap; 0 switches it off");
  fields.real("gap_epsilon", gap_epsilon, Range::above(0.0), "Entropic regularisation of the Monge gap, same units");
  fields.integer("steps", steps, Range::at_least(0), "Training steps of the map");
  fields.integer("batch", batch, Range::at_least(2), "Cells a population and step");
  fields.nested("optimiser", optimiser, "Adam or AdamW of the map");
}

std::unique_ptr<Model> CmongeSettings::build(const Task& task, std::uint64_t seed) const {
  return std::make_unique<Cmonge>(*this, task, seed);
}

}  // namespace brenier::models
