// A context: the condition under which a population of cells was measured.
//
//   context = perturbation set with doses  +  covariates (cell type, patient, ...)
//
// An empty action set is the control of its covariates. Contexts are values: ordered, comparable, usable
// as keys; actions are kept sorted by name so that "A+B" and "B+A" are one context.
#pragma once

#include <compare>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace brenier {

// One perturbation (gene, drug, cytokine) at a dose. Dose is in the unit of the data; 1 when there is none.
struct Action {
  std::string name;
  double dose = 1.0;
  auto operator<=>(const Action&) const = default;
};

struct Context {
  std::vector<Action> actions;                    // sorted by name; empty: control
  std::map<std::string, std::string> covariates;  // column name -> value

  [[nodiscard]] bool is_control() const { return actions.empty(); }
  // The same covariates without any action: whose cells this context is compared with.
  [[nodiscard]] Context control() const { return Context{{}, covariates}; }
  auto operator<=>(const Context&) const = default;
};

// Sorts the actions by name. Throws kData when one name occurs twice or is empty, or a dose is not finite.
[[nodiscard]] Context make_context(std::vector<Action> actions, std::map<std::string, std::string> covariates);

// "A+B@0.5 | cell_type=B"; "control | cell_type=B" without actions; doses equal to 1 are not written.
[[nodiscard]] std::string to_string(const Context& context);
// "A+B@0.5"; "control" without actions.
[[nodiscard]] std::string actions_to_string(const Context& context);

// {"perturbation": ["A","B"], "dose": [1, 0.5], "covariates": {"cell_type": "B"}}
[[nodiscard]] nlohmann::ordered_json to_json(const Context& context);
// The inverse; "dose" (all 1) and "covariates" (none) may be left out. Throws kData naming the missing, mistyped or
// unknown key.
[[nodiscard]] Context context_from_json(const nlohmann::ordered_json& json);

}  // namespace brenier
