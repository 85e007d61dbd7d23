// Learning-rate schedules as pure functions of the step: nothing to store, nothing to resume.
//
//   factor(step) = ramp(step) * decay(step),   step = 0 .. steps - 1
//   ramp      min(1, (step + 1) / warmup_steps)                              1 without warm-up
//   constant  1
//   cosine    f + (1 - f) (1 + cos(pi t)) / 2                                t = progress after the warm-up in [0, 1]
//   linear    1 - (1 - f) t
//   step      gamma ^ floor((step - warmup_steps) / every)
//
// with f = final_factor reached at the last step. Cosine: Loshchilov and Hutter 2017 (SGDR), eq. 5 without restarts.
#pragma once

#include <cstdint>
#include <string>

#include "core/config/fields.h"

namespace brenier::train {

struct ScheduleSettings {
  std::string kind = "constant";
  std::int64_t warmup_steps = 0;
  double final_factor = 0.0;  // cosine, linear: the factor of the last step
  double gamma = 0.5;         // step: multiplied in every `every` steps
  std::int64_t every = 1000;  // step

  // Adds the variant `key` (kinds constant, cosine, linear, step) to the parent's fields.
  void describe_as(const std::string& key, Fields& fields);
};

// The factor in [0, 1] of a step of a stage that has `steps` steps. Throws kDefect unless 0 <= step < steps.
[[nodiscard]] double schedule_factor(const ScheduleSettings& settings, std::int64_t step, std::int64_t steps);

}  // namespace brenier::train
