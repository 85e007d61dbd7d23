#include "runtime/context_doubts.h"

#include <algorithm>
#include <limits>

#include "core/number_text.h"

namespace brenier::runtime {

std::vector<std::string> context_doubts(const std::vector<Context>& training, const Context& context) {
  std::vector<std::string> doubts;
  for (const auto& asked : context.actions) {
    double low = std::numeric_limits<double>::infinity();
    double high = -low;
    for (const auto& known : training) {
      for (const auto& action : known.actions) {
        if (action.name != asked.name) continue;
        low = std::min(low, action.dose);
        high = std::max(high, action.dose);
      }
    }
    if (low > high) {
      doubts.push_back("'" + asked.name +
                       "' was in no training context: its effect is a guess from other perturbations");
    } else if (asked.dose < low || asked.dose > high) {
      doubts.push_back(
          "dose " + number_text(asked.dose) + " of '" + asked.name + "' lies outside the training range " +
          (low == high ? "(" + number_text(low) + " only)" : number_text(low) + " to " + number_text(high)));
    }
  }
  return doubts;
}

}  // namespace brenier::runtime
