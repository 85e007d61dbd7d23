#include "train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/error.h"

namespace brenier::train {

void ScheduleSettings::describe_as(const std::string& key, Fields& fields) {
  const auto warmup = [this](Fields& f) {
    f.integer("warmup_steps", warmup_steps, Range::at_least(0), "Steps over which the rate rises linearly from 0");
  };
  const auto decaying = [this, warmup](Fields& f) {
    warmup(f);
    f.real("final_factor", final_factor, Range::between(0.0, 1.0), "Factor of the last step");
  };
  const auto stepped = [this, warmup](Fields& f) {
    warmup(f);
    f.real("gamma", gamma, Range{0.0, 1.0, true, false}, "Factor multiplied in every `every` steps");
    f.integer("every", every, Range::at_least(1), "Steps between two multiplications");
  };
  fields.variant(key, kind, {{"constant", warmup}, {"cosine", decaying}, {"linear", decaying}, {"step", stepped}},
                 "How the learning rate changes over the steps of a stage");
}

double schedule_factor(const ScheduleSettings& settings, std::int64_t step, std::int64_t steps) {
  if (step < 0 || step >= steps) {
    throw Error(ErrorKind::kDefect, "schedule asked for a step outside its stage")
        .found(std::to_string(step))
        .expected("a step in [0, " + std::to_string(steps) + ")");
  }
  const auto warmup = settings.warmup_steps;
  const double ramp = step < warmup ? static_cast<double>(step + 1) / static_cast<double>(warmup) : 1.0;
  const std::int64_t after = std::max<std::int64_t>(0, step - warmup);
  const std::int64_t last = steps - 1 - warmup;
  const double progress = last > 0 ? static_cast<double>(after) / static_cast<double>(last) : 0.0;
  const double floor = settings.final_factor;
  if (settings.kind == "cosine") {
    return ramp * (floor + (1.0 - floor) * 0.5 * (1.0 + std::cos(std::numbers::pi * progress)));
  }
  if (settings.kind == "linear") return ramp * (1.0 - (1.0 - floor) * progress);
  if (settings.kind == "step") {
    return ramp * std::pow(settings.gamma, static_cast<double>(after / settings.every));
  }
  if (settings.kind == "constant") return ramp;
  throw Error(ErrorKind::kUsage, "unknown schedule").found(settings.kind).expected("constant, cosine, linear or step");
}

}  // namespace brenier::train
