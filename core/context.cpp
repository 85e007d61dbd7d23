#include "core/context.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/error.h"
#include "core/io/json_text.h"
#include "core/nearest_name.h"
#include "core/number_text.h"

namespace brenier {
namespace context_detail {

using Json = nlohmann::ordered_json;

Error wrong(const std::string& key, const Json& found, const std::string& expected) {
  return std::move(
      Error(ErrorKind::kData, "a context has a wrong '" + key + "'").found(shortened_json(found)).expected(expected));
}

void check_keys(const Json& json) {
  static const std::vector<std::string> kKeys = {"perturbation", "dose", "covariates"};
  for (const auto& [key, value] : json.items()) {
    if (std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end()) continue;
    Error error(ErrorKind::kData, "a context has the unknown key '" + key + "'");
    error.expected(quoted_list(kKeys));
    if (const std::string near = nearest_name(key, kKeys); !near.empty()) error.hint("did you mean '" + near + "'?");
    throw error;
  }
}

}  // namespace context_detail

Context make_context(std::vector<Action> actions, std::map<std::string, std::string> covariates) {
  std::sort(actions.begin(), actions.end(), [](const Action& a, const Action& b) { return a.name < b.name; });
  for (std::size_t i = 0; i < actions.size(); ++i) {
    if (actions[i].name.empty()) throw Error(ErrorKind::kData, "a perturbation without a name");
    if (!std::isfinite(actions[i].dose)) {
      throw Error(ErrorKind::kData, "the dose of '" + actions[i].name + "' is not a finite number")
          .found(number_text(actions[i].dose));
    }
    if (i > 0 && actions[i].name == actions[i - 1].name) {
      throw Error(ErrorKind::kData, "the perturbation '" + actions[i].name + "' occurs twice in one context")
          .found("doses " + number_text(actions[i - 1].dose) + " and " + number_text(actions[i].dose))
          .expected("each perturbation once");
    }
  }
  return {std::move(actions), std::move(covariates)};
}

std::string actions_to_string(const Context& context) {
  if (context.is_control()) return "control";
  std::string text;
  for (const Action& action : context.actions) {
    if (!text.empty()) text += "+";
    text += action.name;
    if (action.dose != 1.0) text += "@" + number_text(action.dose);
  }
  return text;
}

std::string to_string(const Context& context) {
  std::string text = actions_to_string(context);
  const char* separator = " | ";
  for (const auto& [column, value] : context.covariates) {
    text += separator + column + "=" + value;
    separator = ", ";
  }
  return text;
}

nlohmann::ordered_json to_json(const Context& context) {
  nlohmann::ordered_json names = nlohmann::ordered_json::array();
  nlohmann::ordered_json doses = nlohmann::ordered_json::array();
  for (const Action& action : context.actions) {
    names.push_back(action.name);
    doses.push_back(action.dose);
  }
  nlohmann::ordered_json covariates = nlohmann::ordered_json::object();
  for (const auto& [column, value] : context.covariates) covariates[column] = value;
  return {{"perturbation", std::move(names)}, {"dose", std::move(doses)}, {"covariates", std::move(covariates)}};
}

Context context_from_json(const nlohmann::ordered_json& json) {
  namespace detail = context_detail;
  const auto is_text = [](const detail::Json& item) { return item.is_string(); };
  const auto is_number = [](const detail::Json& item) { return item.is_number(); };
  if (!json.is_object()) {
    throw Error(ErrorKind::kData, "a context is a JSON object")
        .found(shortened_json(json))
        .expected("{\"perturbation\": [...], ...}");
  }
  detail::check_keys(json);
  const auto names = json.find("perturbation");
  if (names == json.end())
    throw Error(ErrorKind::kData, "a context lacks the key 'perturbation'").found(shortened_json(json));
  if (!names->is_array() || !std::all_of(names->begin(), names->end(), is_text)) {
    throw detail::wrong("perturbation", *names, "a list of texts; empty for control");
  }
  std::vector<Action> actions;
  for (const auto& name : *names) actions.push_back({name.get<std::string>(), 1.0});
  if (const auto doses = json.find("dose"); doses != json.end()) {
    if (!doses->is_array() || doses->size() != actions.size() ||
        !std::all_of(doses->begin(), doses->end(), is_number)) {
      throw detail::wrong("dose", *doses,
                          "a list of " + std::to_string(actions.size()) + " numbers, one a perturbation");
    }
    for (std::size_t i = 0; i < actions.size(); ++i) actions[i].dose = (*doses)[i].get<double>();
  }
  std::map<std::string, std::string> covariates;
  if (const auto stated = json.find("covariates"); stated != json.end()) {
    if (!stated->is_object() || !std::all_of(stated->begin(), stated->end(), is_text)) {
      throw detail::wrong("covariates", *stated, "an object of texts, like {\"cell_type\": \"B\"}");
    }
    for (const auto& [column, value] : stated->items()) covariates[column] = value.get<std::string>();
  }
  return make_context(std::move(actions), std::move(covariates));
}

}  // namespace brenier
