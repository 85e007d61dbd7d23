#include "train/train_settings.h"

#include "core/error.h"
#include "train/metric/metric.h"
#include "train/validation_score.h"

namespace brenier::train {

void ValidationSettings::describe(Fields& fields) {
  fields.text("score", score,
              "The metric that chooses the best state: mean over training contexts, on validation cells; 'elbo' for "
              "models with latent mechanisms: their log likelihood bound in nats a cell");
  fields.require("score", is_validation_score(score),
                 "must be '" + std::string(kElboScore) + "' or " + allowed_metrics());
  fields.integer("cells", cells, Range::at_least(2),
                 "At most this many validation cells of each population are predicted");
  fields.integer("every", every, Range::at_least(0),
                 "Steps between two validations; 0: never, the last state is the result");
  fields.integer("patience", patience, Range::at_least(0),
                 "A stage ends after this many validations without a better score; 0: never early");
}

void CheckpointSettings::describe(Fields& fields) {
  fields.integer("every", every, Range::at_least(0),
                 "Steps between two checkpoints; 0: only at the end of stages and on a signal");
  fields.integer("keep", keep, Range::at_least(1), "How many checkpoints are kept");
}

void TrainSettings::describe(Fields& fields) {
  schedule.describe_as("schedule", fields);
  fields.nested("validation", validation,
                "Model choice and early stopping on validation cells of the training contexts");
  fields.nested("checkpoint", checkpoint, "What a killed run continues from");
  fields.integer("log_every", log_every, Range::at_least(1), "Steps between two lines of metrics.jsonl");
}

}  // namespace brenier::train
