#include "models/svae/action_design.h"

#include <algorithm>
#include <iterator>

#include "core/error.h"

namespace brenier::models {

ActionDesign::ActionDesign(const Task& task, const std::vector<Context>& contexts)
    : actions_(std::ssize(task.actions)) {
  for (const auto& context : contexts) {
    Parts parts;
    for (const auto& action : context.actions) {
      const auto found = std::find(task.actions.begin(), task.actions.end(), action.name);
      if (found == task.actions.end()) {
        throw Error(ErrorKind::kData, "a context has an action that the model does not know")
            .at(to_string(context))
            .found("'" + action.name + "'");
      }
      parts.emplace_back(found - task.actions.begin(), action.dose);
    }
    parts_.push_back(std::move(parts));
  }
}

}  // namespace brenier::models
