// Which actions each training context is made of: how rows of a table of actions add up to the shift of a cell.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "models/training_view.h"

namespace brenier::models {

class ActionDesign final {
 public:
  using Parts = std::vector<std::pair<std::int64_t, double>>;  // (row of the table, dose)

  // Rows in the order of task.actions. Throws kData for an action that is not among them.
  ActionDesign(const Task& task, const std::vector<Context>& contexts);
  explicit ActionDesign(const Task& task) : ActionDesign(task, task.contexts) {}

  // Of context `label`; control cells (-1) have no parts.
  [[nodiscard]] const Parts& parts(std::int64_t label) const {
    return label < 0 ? none_ : parts_[static_cast<std::size_t>(label)];
  }
  [[nodiscard]] std::int64_t actions() const { return actions_; }

 private:
  std::int64_t actions_;
  std::vector<Parts> parts_;
  Parts none_;
};

}  // namespace brenier::models
