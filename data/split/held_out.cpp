#include "data/split/held_out.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <sstream>
#include <utility>

#include "core/error.h"
#include "core/io/atomic_file.h"
#include "core/nearest_name.h"
#include "core/random.h"
#include "data/perturbation/grammar.h"

namespace brenier::data {
namespace held_out_detail {

using Ids = std::vector<std::int64_t>;

const Context& context_at(const ContextTable& contexts, std::int64_t id) {
  return contexts.contexts[static_cast<std::size_t>(id)];
}

std::vector<std::string> treated_names(const ContextTable& contexts) {
  std::vector<std::string> names;
  for (const std::int64_t id : contexts.treated()) names.push_back(to_string(context_at(contexts, id)));
  return names;
}

std::string did_you_mean(const std::string& name, const std::vector<std::string>& known) {
  const std::string nearest = nearest_name(name, known);
  return nearest.empty() ? "" : "did you mean '" + nearest + "'?";
}

bool same_actions(const StatedActions& stated, const Context& context) {
  if (stated.actions.size() != context.actions.size()) return false;
  for (std::size_t i = 0; i < stated.actions.size(); ++i) {
    if (stated.actions[i].name != context.actions[i].name) return false;
    if (stated.has_dose[i] && stated.actions[i].dose != context.actions[i].dose) return false;
  }
  return true;
}

// Why a pattern matches nothing: an unknown column, value or action, or a combination that does not occur.
Error no_match(const ContextPattern& pattern, const ContextTable& contexts) {
  for (const auto& [column, value] : pattern.covariates) {
    const auto known = contexts.covariates.find(column);
    if (known == contexts.covariates.end()) {
      std::vector<std::string> columns;
      for (const auto& [name, values] : contexts.covariates) columns.push_back(name);
      return std::move(Error(ErrorKind::kData, "a pattern of held-out contexts names no covariate of the data")
                           .found("'" + column + "'")
                           .expected(columns.empty() ? "a column of data.perturbation.covariates, which is empty"
                                                     : quoted_list(columns))
                           .hint(did_you_mean(column, columns)));
    }
    if (!std::binary_search(known->second.begin(), known->second.end(), value)) {
      return std::move(Error(ErrorKind::kData, "a pattern of held-out contexts names a value that does not occur")
                           .found("'" + value + "' of covariate '" + column + "'")
                           .expected(quoted_list(known->second))
                           .hint(did_you_mean(value, known->second)));
    }
  }
  for (const Action& action : parse_stated_actions(pattern.perturbation, contexts.settings).actions) {
    if (!std::binary_search(contexts.actions.begin(), contexts.actions.end(), action.name)) {
      return std::move(
          Error(ErrorKind::kData, "a pattern of held-out contexts names a perturbation that does not occur")
              .found("'" + action.name + "'")
              .expected(quoted_list(contexts.actions))
              .hint(did_you_mean(action.name, contexts.actions)));
    }
  }
  return std::move(Error(ErrorKind::kData, "a pattern of held-out contexts matches no perturbed cell")
                       .found("perturbation '" + pattern.perturbation + "'" +
                              (pattern.covariates.empty() ? "" : " with the covariates given"))
                       .expected("one of " + quoted_list(treated_names(contexts))));
}

Ids by_pattern(const ContextTable& contexts, const std::vector<ContextPattern>& patterns) {
  std::set<std::int64_t> chosen;
  for (std::size_t p = 0; p < patterns.size(); ++p) {
    bool any = false;
    for (const std::int64_t id : contexts.treated()) {
      if (!matches(patterns[p], context_at(contexts, id), contexts.settings)) continue;
      chosen.insert(id);
      any = true;
    }
    if (!any) throw no_match(patterns[p], contexts).at("split.held_out[" + std::to_string(p) + "]");
  }
  return {chosen.begin(), chosen.end()};
}

Ids with_actions(const ContextTable& contexts, const std::set<std::string>& actions) {
  Ids ids;
  for (const std::int64_t id : contexts.treated()) {
    const auto& has = context_at(contexts, id).actions;
    if (std::any_of(has.begin(), has.end(), [&](const Action& a) { return actions.count(a.name) > 0; }))
      ids.push_back(id);
  }
  return ids;
}

// How many of n a fraction is: rounded, at least 1.
std::int64_t share(double fraction, std::size_t n) {
  return std::max<std::int64_t>(1, std::llround(fraction * static_cast<double>(n)));
}

Ids by_perturbation(const ContextTable& contexts, const SplitSettings& settings) {
  std::set<std::string> actions(settings.perturbations.begin(), settings.perturbations.end());
  for (const std::string& name : actions) {
    if (std::binary_search(contexts.actions.begin(), contexts.actions.end(), name)) continue;
    throw Error(ErrorKind::kData, "a held-out perturbation does not occur in the data")
        .at("split.perturbations")
        .found("'" + name + "'")
        .expected(quoted_list(contexts.actions))
        .hint(did_you_mean(name, contexts.actions));
  }
  if (actions.empty() && !contexts.actions.empty()) {
    RandomStream stream(static_cast<std::uint64_t>(settings.seed), "split/perturbations");
    const auto n = static_cast<std::int64_t>(contexts.actions.size());
    for (const std::int64_t i : stream.sample(n, share(settings.fraction, contexts.actions.size()))) {
      actions.insert(contexts.actions[static_cast<std::size_t>(i)]);
    }
  }
  return with_actions(contexts, actions);
}

Ids by_combination(const ContextTable& contexts, const SplitSettings& settings) {
  std::map<std::vector<std::string>, Ids> combinations;  // names -> contexts at any dose and covariates
  for (const std::int64_t id : contexts.treated()) {
    std::vector<std::string> names;
    for (const Action& action : context_at(contexts, id).actions) names.push_back(action.name);
    if (names.size() > 1) combinations[names].push_back(id);
  }
  if (combinations.empty()) {
    throw Error(ErrorKind::kData, "there is no combination to hold out")
        .at("split.kind=combinations")
        .found("contexts " + quoted_list(treated_names(contexts)))
        .expected("labels of several actions divided by '" + contexts.settings.delimiter +
                  "' (data.perturbation.delimiter)");
  }
  std::vector<std::vector<std::string>> names;
  for (const auto& [key, ids] : combinations) names.push_back(key);
  RandomStream stream(static_cast<std::uint64_t>(settings.seed), "split/combinations");
  const auto wanted = static_cast<std::size_t>(share(settings.fraction, names.size()));
  const auto order = stream.permutation(static_cast<std::int64_t>(names.size()));
  if (settings.unseen_singles == 0) {
    Ids ids;
    for (std::size_t k = 0; k < wanted; ++k) {
      const Ids& some = combinations.at(names[static_cast<std::size_t>(order[k])]);
      ids.insert(ids.end(), some.begin(), some.end());
    }
    std::sort(ids.begin(), ids.end());
    return ids;
  }
  // Actions become unseen until enough combinations have as many as asked for; whatever contains one is held out.
  std::set<std::string> unseen;
  const auto unseen_of = [&unseen](const std::vector<std::string>& key) {
    return std::count_if(key.begin(), key.end(), [&](const std::string& name) { return unseen.count(name) > 0; });
  };
  const auto enough = [&] {
    return static_cast<std::size_t>(std::count_if(names.begin(), names.end(), [&](const auto& key) {
             return unseen_of(key) == settings.unseen_singles;
           })) >= wanted;
  };
  for (const std::int64_t k : order) {
    if (enough()) break;
    const auto& key = names[static_cast<std::size_t>(k)];
    for (const std::int64_t i : stream.permutation(static_cast<std::int64_t>(key.size()))) {
      if (unseen_of(key) < settings.unseen_singles) unseen.insert(key[static_cast<std::size_t>(i)]);
    }
  }
  return with_actions(contexts, unseen);
}

// The labels of a file, one a line; a first line that names the perturbation column is a header.
std::vector<std::string> read_labels(const std::string& path, const std::string& header) {
  std::istringstream lines(read_file(path));
  std::vector<std::string> labels;
  std::string line;
  for (std::size_t number = 1; std::getline(lines, line); ++number) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == ',')) line.pop_back();
    if (line.size() >= 2 && line.front() == '"' && line.back() == '"') line = line.substr(1, line.size() - 2);
    if (line.empty() || (number == 1 && line == header)) continue;
    if (line.find(',') != std::string::npos) {
      throw Error(ErrorKind::kData, "a file of held-out conditions has more than one column")
          .at(path + ", line " + std::to_string(number))
          .found("'" + line + "'")
          .expected("one label a line");
    }
    labels.push_back(line);
  }
  return labels;
}

HeldOut by_file(const ContextTable& contexts, const std::string& path) {
  if (path.empty()) {
    throw Error(ErrorKind::kUsage, "the config names no list of held-out conditions")
        .at("split.file")
        .expected("a file with one label a line (split.kind conditions_file)")
        .hint("give it on the command line: -s split.file=list.csv");
  }
  HeldOut out;
  std::set<std::int64_t> chosen;
  std::vector<std::string> absent;
  const std::vector<std::string> labels = read_labels(path, contexts.settings.perturbation_column);
  for (const std::string& label : labels) {
    const StatedActions stated = with_context(path, [&] { return parse_stated_actions(label, contexts.settings); });
    if (stated.actions.empty()) {
      out.warnings.push_back(path + ": '" + label + "' is a control, and control cells are not tested on");
      continue;
    }
    bool any = false;
    for (const std::int64_t id : contexts.treated()) {
      if (!same_actions(stated, context_at(contexts, id))) continue;
      chosen.insert(id);
      any = true;
    }
    if (!any) absent.push_back(label);
  }
  if (chosen.empty()) {
    std::vector<std::string> known;
    for (const std::int64_t id : contexts.treated()) known.push_back(actions_to_string(context_at(contexts, id)));
    throw Error(ErrorKind::kData, "no condition of the file occurs in the data")
        .at("split.file: " + path)
        .found(quoted_list(labels, 10))
        .expected("labels such as " + quoted_list(known, 10))
        .hint(absent.empty() ? "" : did_you_mean(absent.front(), known));
  }
  if (!absent.empty()) {
    out.warnings.push_back(std::to_string(absent.size()) + " of " + std::to_string(labels.size()) + " conditions of " +
                           path + " do not occur in the data: " + quoted_list(absent, 10));
  }
  out.contexts.assign(chosen.begin(), chosen.end());
  return out;
}

Ids by_chance(const ContextTable& contexts, const SplitSettings& settings) {
  const Ids treated = contexts.treated();
  if (treated.empty()) return {};
  RandomStream stream(static_cast<std::uint64_t>(settings.seed), "split/random");
  Ids ids;
  for (const std::int64_t i :
       stream.sample(static_cast<std::int64_t>(treated.size()), share(settings.fraction, treated.size()))) {
    ids.push_back(treated[static_cast<std::size_t>(i)]);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

}  // namespace held_out_detail

bool matches(const ContextPattern& pattern, const Context& context, const PerturbationSettings& grammar) {
  if (context.is_control()) return false;
  for (const auto& [column, value] : pattern.covariates) {
    const auto found = context.covariates.find(column);
    if (found == context.covariates.end() || found->second != value) return false;
  }
  if (pattern.perturbation.empty() || pattern.perturbation == "*") return true;
  return held_out_detail::same_actions(parse_stated_actions(pattern.perturbation, grammar), context);
}

HeldOut choose_held_out(const ContextTable& contexts, const SplitSettings& settings) {
  namespace detail = held_out_detail;
  if (settings.kind == "held_out_context") return {detail::by_pattern(contexts, settings.held_out), {}};
  if (settings.kind == "held_out_perturbation") return {detail::by_perturbation(contexts, settings), {}};
  if (settings.kind == "combinations") return {detail::by_combination(contexts, settings), {}};
  if (settings.kind == "conditions_file") return detail::by_file(contexts, settings.file);
  if (settings.kind == "random") return {detail::by_chance(contexts, settings), {}};
  throw Error(ErrorKind::kUsage, "unknown kind of split").at("split.kind").found("'" + settings.kind + "'");
}

}  // namespace brenier::data
