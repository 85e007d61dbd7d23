#include "data/perturbation/grammar.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "core/error.h"

namespace brenier::data {
namespace grammar_detail {

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool contains(const std::vector<std::string>& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

std::optional<double> number(const std::string& text) {
  double value = 0.0;
  const char* end = text.data() + text.size();
  const auto [stop, status] = std::from_chars(text.data(), end, value);
  if (text.empty() || status != std::errc() || stop != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

double dose(const std::string& text) {
  const std::optional<double> value = number(trimmed(text));
  if (!value || *value < 0.0) {
    throw Error(ErrorKind::kData, "a dose is no number")
        .found("'" + text + "'")
        .expected("a finite number that is not negative, without a unit");
  }
  return *value;
}

// One dose text a part of the label.
std::vector<std::string> spread_doses(const std::vector<std::string>& doses, std::size_t parts,
                                      const std::string& delimiter) {
  if (doses.empty()) return std::vector<std::string>(parts, "1");
  std::vector<std::string> texts = doses.size() == 1 ? split_label(doses.front(), delimiter) : doses;
  if (texts.size() == 1) texts.assign(parts, texts.front());
  // Columns for actions that a shorter combination does not have.
  while (doses.size() > 1 && texts.size() > parts && trimmed(texts.back()).empty()) texts.pop_back();
  if (texts.size() != parts) {
    throw Error(ErrorKind::kData, "the number of doses differs from the number of actions")
        .found(std::to_string(texts.size()) + " doses " + quoted_list(texts) + " for " + std::to_string(parts) +
               " actions")
        .expected("one dose for all actions, or one each, divided by '" + delimiter + "'");
  }
  return texts;
}

}  // namespace grammar_detail

std::vector<std::string> split_label(const std::string& label, const std::string& delimiter) {
  if (delimiter.empty() || delimiter == "none") return {grammar_detail::trimmed(label)};
  std::vector<std::string> parts;
  std::size_t from = 0;
  for (;;) {
    const std::size_t to = label.find(delimiter, from);
    parts.push_back(grammar_detail::trimmed(label.substr(from, to == std::string::npos ? to : to - from)));
    if (parts.back().empty()) {
      throw Error(ErrorKind::kData, "a perturbation label has an empty part")
          .found("'" + label + "'")
          .expected("names divided by '" + delimiter + "'");
    }
    if (to == std::string::npos) return parts;
    from = to + delimiter.size();
  }
}

std::vector<Action> parse_actions(const std::string& label, const std::vector<std::string>& doses,
                                  const PerturbationSettings& settings) {
  namespace detail = grammar_detail;
  if (detail::contains(settings.controls, label)) return {};
  const std::vector<std::string> parts = split_label(label, settings.delimiter);
  const auto ignored = [&settings](const std::string& part) {
    return detail::contains(settings.controls, part) || detail::contains(settings.ignore_tokens, part);
  };
  if (std::all_of(parts.begin(), parts.end(), ignored)) return {};
  return with_context("perturbation '" + label + "'", [&] {
    const std::vector<std::string> texts = detail::spread_doses(doses, parts.size(), settings.delimiter);
    std::vector<Action> actions;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (!ignored(parts[i])) actions.push_back({parts[i], detail::dose(texts[i])});
    }
    return make_context(std::move(actions), {}).actions;
  });
}

StatedActions parse_stated_actions(const std::string& text, const PerturbationSettings& settings) {
  namespace detail = grammar_detail;
  std::vector<std::pair<Action, bool>> stated;
  if (detail::contains(settings.controls, text)) return {};
  for (const std::string& part : split_label(text, settings.delimiter)) {
    if (detail::contains(settings.controls, part) || detail::contains(settings.ignore_tokens, part)) continue;
    const std::size_t sign = part.rfind('@');
    const auto value = sign == std::string::npos ? std::nullopt : detail::number(part.substr(sign + 1));
    if (value && sign > 0) {
      stated.emplace_back(Action{part.substr(0, sign), *value}, true);
    } else {
      stated.emplace_back(Action{part, 1.0}, false);
    }
  }
  std::sort(stated.begin(), stated.end(), [](const auto& a, const auto& b) { return a.first.name < b.first.name; });
  StatedActions out;
  for (auto& [action, has_dose] : stated) {
    out.actions.push_back(std::move(action));
    out.has_dose.push_back(has_dose);
  }
  out.actions = make_context(std::move(out.actions), {}).actions;
  return out;
}

}  // namespace brenier::data
