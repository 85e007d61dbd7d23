// Actions that are kept away from training while values of gamma are compared, to be learned from few cells afterwards
// (few_shot.h).
//
// A share of the training contexts of a single action is drawn, and their actions are left out: no context with one of
// them trains, whatever its doses, covariates and other actions. The contexts of these actions alone judge.
// What is set before the first step (the mean cell where the decoder starts, input moments) sees all cells, alike for
// every gamma.
#pragma once

#include <cstdint>
#include <vector>

#include "models/model.h"

namespace brenier::models {

class LeftOut final {
 public:
  // share in (0, 1), of the contexts of a single action; at least two of them where there are two.
  LeftOut(const Task& task, double share, std::uint64_t seed);

  // Contexts by their place in Task::contexts: those that judge, ascending, and whether cells of one train; -1, control
  // cells, do.
  [[nodiscard]] const std::vector<std::int64_t>& judging() const { return judging_; }
  [[nodiscard]] bool trains(std::int64_t label) const { return label < 0 || trains_[static_cast<std::size_t>(label)]; }
  [[nodiscard]] bool any_trains() const;
  // The rows of the batch that train; none may be left.
  [[nodiscard]] Batch kept(const Batch& batch) const;

 private:
  std::vector<bool> trains_;
  std::vector<std::int64_t> judging_;
};

}  // namespace brenier::models
