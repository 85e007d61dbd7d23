// The grammar of perturbation labels: "A", "A+B", "A+ctrl", with doses "0.5" or "0.5+1".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/context.h"
#include "data/perturbation/settings.h"

namespace brenier::data {

// The parts of a label, blanks around them removed; the label itself when the delimiter is "none".
// Throws kData on an empty part ("A+").
[[nodiscard]] std::vector<std::string> split_label(const std::string& label, const std::string& delimiter);

// The actions of a label with their doses, sorted by name; empty: control. `doses` has one text for all actions ("0.5",
// "0.5+1") or one a part; nullopt: every dose is 1. A part that is ignored takes its dose along. The doses of a control
// are not read. Settings are resolved (resolve_preset). Throws kData: an empty part, a name that occurs twice, a number
// of doses that fits neither 1 nor the parts, a dose that is no finite number >= 0.
[[nodiscard]] std::vector<Action> parse_actions(const std::string& label, const std::vector<std::string>& doses,
                                                const PerturbationSettings& settings);

// The same for a text of a person, in which a dose may follow the name: "A@0.5+B". Used in patterns and on the command
// line. has_dose[i] tells whether action i stated its dose.
struct StatedActions {
  std::vector<Action> actions;
  std::vector<bool> has_dose;
};
[[nodiscard]] StatedActions parse_stated_actions(const std::string& text, const PerturbationSettings& settings);

}  // namespace brenier::data
