#include "models/svae/left_out.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include "core/random.h"

namespace brenier::models {

LeftOut::LeftOut(const Task& task, double share, std::uint64_t seed) {
  std::vector<std::size_t> singles;
  for (std::size_t k = 0; k < task.contexts.size(); ++k) {
    if (task.contexts[k].actions.size() == 1) singles.push_back(k);
  }
  const auto count = std::ssize(singles);
  const auto wanted =
      std::max<std::int64_t>(std::min<std::int64_t>(2, count), std::llround(share * static_cast<double>(count)));
  std::set<std::string> names;
  RandomStream stream(seed, "svae left out");
  for (const auto drawn : stream.sample(count, wanted)) {
    names.insert(task.contexts[singles[static_cast<std::size_t>(drawn)]].actions.front().name);
  }
  for (const auto& context : task.contexts) {
    const auto& actions = context.actions;
    trains_.push_back(
        std::none_of(actions.begin(), actions.end(), [&](const auto& action) { return names.contains(action.name); }));
    if (!trains_.back() && actions.size() == 1) judging_.push_back(std::ssize(trains_) - 1);
  }
}

bool LeftOut::any_trains() const { return std::find(trains_.begin(), trains_.end(), true) != trains_.end(); }

Batch LeftOut::kept(const Batch& batch) const {
  const auto* label = batch.labels.const_data_ptr<std::int64_t>();
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < batch.labels.size(0); ++i) {
    if (trains(label[i])) rows.push_back(i);
  }
  const auto index = at::tensor(rows, at::kLong);
  Batch kept;
  kept.cells = batch.cells.index_select(0, index);
  kept.labels = batch.labels.index_select(0, index);
  return kept;
}

}  // namespace brenier::models
