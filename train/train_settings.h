// Settings of the training loop: schedule, validation and model choice, checkpoints.
#pragma once

#include <cstdint>
#include <string>

#include "core/config/fields.h"
#include "train/schedule.h"

namespace brenier::train {

// How often validation cells are predicted, and what is done about it.
struct ValidationSettings {
  std::string score = "r2_mean";  // a metric of metric/metric.h, or "elbo"
  std::int64_t cells = 500;       // at most so many of each population are predicted
  std::int64_t every = 250;       // steps; 0: never, the last state is the result
  std::int64_t patience = 0;      // a stage ends after this many validations without a better score; 0: never early
  void describe(Fields& fields);
};

struct CheckpointSettings {
  std::int64_t every = 500;  // steps; 0: only at the end of stages and on a signal
  std::int64_t keep = 2;     // older ones are deleted
  void describe(Fields& fields);
};

struct TrainSettings {
  ScheduleSettings schedule;
  ValidationSettings validation;
  CheckpointSettings checkpoint;
  std::int64_t log_every = 10;  // steps between two lines of metrics.jsonl
  void describe(Fields& fields);
};

}  // namespace brenier::train
