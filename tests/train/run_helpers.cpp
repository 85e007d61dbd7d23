#include "tests/train/run_helpers.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/io/atomic_file.h"
#include "tests/train/memory_view.h"
#include "train/checkpoint.h"

namespace brenier::tests {

train::Validation shift_validation(const models::TrainingView& view) {
  train::Validation validation;
  validation.name = "distance";
  validation.higher_better = false;
  const Context context = view.task().contexts.front();
  const auto genes = static_cast<std::int64_t>(view.task().genes.size());
  validation.score = [context, genes](const models::Model& model) {
    return (model.predict(at::zeros({1, genes}), context) - 1.0).norm().item<double>();
  };
  return validation;
}

RunOutcome run_shift(const std::filesystem::path& folder, const train::TrainSettings& settings,
                     const ShiftOptions& options, bool resume, bool validate) {
  const auto view = make_view(3, 7, 9, 4);
  ShiftModel model(view.task(), 3, options);
  SilentReporter reporter;
  const auto run = train::RunFolder::open(
      folder, resume ? train::RunFolder::Mode::kResume : train::RunFolder::Mode::kNew, {{"seed", 3}});
  train::TrainingLoop loop(model, view, validate ? shift_validation(view) : train::Validation{}, settings, 3, run,
                           reporter);
  RunOutcome outcome;
  outcome.state = loop.run();
  outcome.metrics = read_file(run.metrics());
  outcome.model = train::clone(model.state());
  outcome.calls = model.calls;
  return outcome;
}

bool equal_states(const models::State& a, const models::State& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return x.first == y.first && x.second.equal(y.second); });
}

std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace brenier::tests
