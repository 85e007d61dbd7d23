#include "train/evaluation/action_count_scores.h"

#include <array>
#include <utility>
#include <vector>

namespace brenier::train {

void summarise_by_action_count(Evaluation& evaluation, const std::string& metric, const std::string& prefix,
                               std::int64_t bootstrap, std::uint64_t seed) {
  const std::array<std::pair<std::size_t, const char*>, 2> groups = {{{1, "_single"}, {2, "_double"}}};
  for (auto& [method, scores] : evaluation.summary) {
    for (const auto& [actions, ending] : groups) {
      std::vector<double> values;
      for (const auto& context : evaluation.contexts) {
        if (context.context.actions.size() == actions) values.push_back(score_of(context, method, metric));
      }
      if (!values.empty()) scores.emplace_back(prefix + ending, summarise(values, bootstrap, seed));
    }
  }
}

}  // namespace brenier::train
