// fit_baselines of evaluate.h.
#include "models/baseline/additive.h"
#include "models/baseline/identity.h"
#include "models/baseline/linear.h"
#include "models/baseline/mean_shift.h"
#include "models/baseline/nearest_context.h"
#include "train/evaluation/evaluate.h"
#include "train/evaluation/log_normalized_view.h"

namespace brenier::train {

std::vector<Baseline> fit_baselines(const models::TrainingView& view, std::uint64_t seed) {
  const models::Task& task = view.task();
  std::vector<Baseline> baselines;
  const auto add = [&](const models::ModelSettings& settings) {
    std::unique_ptr<models::Model> model = settings.build(task, seed);
    model->begin_stage(0, view);
    std::string name = model->kind();
    baselines.push_back({std::move(name), std::move(model)});
  };
  add(models::IdentitySettings{});
  add(models::MeanShiftSettings{});
  add(models::AdditiveSettings{});
  add(models::NearestContextSettings{});
  add(models::LinearSettings{});
  return baselines;
}

std::vector<Baseline> fit_baselines(const models::TrainingView& view, const EvaluateSettings& settings,
                                    std::uint64_t seed) {
  if (!settings.log_normalize) return fit_baselines(view, seed);
  auto baselines = fit_baselines(LogNormalizedView(view), seed);
  for (Baseline& baseline : baselines) baseline.log_normalized = true;
  return baselines;
}

}  // namespace brenier::train
