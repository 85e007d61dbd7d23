#include "data/split/split.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "core/error.h"
#include "core/random.h"
#include "data/split/held_out.h"
#include "data/split/marked_cells.h"
#include "data/split/split_leak.h"

namespace brenier::data {
namespace split_detail {

enum class Part : std::uint8_t { kNone, kTrain, kValidation, kTest, kExcluded };

std::string known_contexts(const ContextTable& contexts) {
  std::vector<std::string> names;
  for (std::size_t k = 0; k < contexts.contexts.size(); ++k) {
    names.push_back(to_string(contexts.contexts[k]) + " (" + std::to_string(contexts.rows[k].size()) + " cells)");
  }
  return "contexts " + quoted_list(names);
}

Error empty_side(const ContextTable& contexts, const std::string& message, const std::string& expected) {
  return std::move(Error(ErrorKind::kData, message).at("split").found(known_contexts(contexts)).expected(expected));
}

bool any_in(const std::vector<std::int64_t>& rows, const std::vector<Part>& parts, Part part) {
  return std::any_of(rows.begin(), rows.end(),
                     [&](std::int64_t i) { return parts[static_cast<std::size_t>(i)] == part; });
}

// A share of the training cells of each context becomes validation; at least one stays.
void draw_validation(const ContextTable& contexts, const SplitSettings& settings, std::vector<Part>& parts) {
  RandomStream stream(static_cast<std::uint64_t>(settings.seed), "split/validation");
  for (const auto& rows : contexts.rows) {
    std::vector<std::int64_t> candidates;
    for (const std::int64_t i : rows) {
      if (parts[static_cast<std::size_t>(i)] == Part::kTrain) candidates.push_back(i);
    }
    const auto n = static_cast<std::int64_t>(candidates.size());
    const auto wanted = std::llround(settings.validation_fraction * static_cast<double>(n));
    for (const std::int64_t k :
         stream.sample(n, std::clamp<std::int64_t>(wanted, 0, std::max<std::int64_t>(n - 1, 0)))) {
      parts[static_cast<std::size_t>(candidates[static_cast<std::size_t>(k)])] = Part::kValidation;
    }
  }
}

}  // namespace split_detail

bool Split::is_held_out(const Context& context) const {
  return std::binary_search(held_out.begin(), held_out.end(), context);
}

Split make_split(const ContextTable& contexts, const SplitSettings& settings, const std::vector<std::int64_t>& marked) {
  namespace detail = split_detail;
  using detail::Part;
  const bool by_cells = settings.kind == kCellsColumn;
  HeldOut held_out = by_cells ? HeldOut{wholly_marked(contexts, marked), {}} : choose_held_out(contexts, settings);
  const std::set<std::int64_t> held(held_out.contexts.begin(), held_out.contexts.end());
  const std::vector<std::int64_t> treated = contexts.treated();
  const bool any_marked = std::any_of(marked.begin(), marked.end(), [&](std::int64_t i) {
    const auto id = contexts.context_of[static_cast<std::size_t>(i)];
    return id >= 0 && !contexts.contexts[static_cast<std::size_t>(id)].is_control();
  });
  if (held.empty() && !any_marked) {
    throw detail::empty_side(contexts, "the test side of the split is empty: no context is held out",
                             "at least one perturbed context to hold out");
  }
  if (held.size() == treated.size()) {
    throw detail::empty_side(contexts, "the training side of the split is empty: every perturbed context is held out",
                             "at least one perturbed context to train on");
  }
  std::vector<Part> parts(contexts.context_of.size(), Part::kNone);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::int64_t id = contexts.context_of[i];
    if (id >= 0) parts[i] = held.count(id) > 0 ? Part::kTest : Part::kTrain;
  }
  for (const std::int64_t i : marked) {
    const auto id = contexts.context_of[static_cast<std::size_t>(i)];
    if (id < 0) continue;
    const bool control = contexts.contexts[static_cast<std::size_t>(id)].is_control();
    parts[static_cast<std::size_t>(i)] = control ? Part::kExcluded : Part::kTest;
  }
  for (const std::int64_t id : treated) {
    // Also the check that every treated context has cells to be compared with.
    const auto controls = contexts.control_rows(contexts.contexts[static_cast<std::size_t>(id)]);
    if (settings.held_out_controls != "exclude" || held.count(id) == 0) continue;
    for (const std::int64_t i : controls) parts[static_cast<std::size_t>(i)] = Part::kExcluded;
  }
  for (const std::int64_t id : treated) {
    const Context& context = contexts.contexts[static_cast<std::size_t>(id)];
    if (held.count(id) > 0 || detail::any_in(contexts.control_rows(context), parts, Part::kTrain)) continue;
    if (by_cells) {
      throw Error(ErrorKind::kData, "a training context loses all its control cells to the test")
          .at("split.column '" + settings.column + "'")
          .found("training context '" + to_string(context) + "'")
          .expected("control cells without the value '" + settings.value + "'");
    }
    throw Error(ErrorKind::kData, "a training context loses all its control cells to a held-out one")
        .at("split.held_out_controls=exclude")
        .found("training context '" + to_string(context) + "'")
        .expected("held_out_controls=train, or every context with these covariates held out");
  }
  detail::draw_validation(contexts, settings, parts);
  if (settings.validation_fraction > 0.0) {
    const bool any = std::any_of(treated.begin(), treated.end(), [&](std::int64_t id) {
      return detail::any_in(contexts.rows[static_cast<std::size_t>(id)], parts, Part::kValidation);
    });
    if (!any) {
      throw detail::empty_side(contexts, "the validation side of the split is empty: no perturbed cell falls to it",
                               "more cells in a training context, a larger split.validation_fraction, or 0");
    }
  }
  Split split;
  split.kind = settings.kind;
  split.warnings = std::move(held_out.warnings);
  for (const std::int64_t id : held) split.held_out.push_back(contexts.contexts[static_cast<std::size_t>(id)]);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i);
    if (parts[i] == Part::kTrain) split.train.push_back(row);
    if (parts[i] == Part::kValidation) split.validation.push_back(row);
    if (parts[i] == Part::kTest) split.test.push_back(row);
    if (parts[i] == Part::kExcluded) split.excluded.push_back(row);
  }
  check_no_leak(split, contexts);
  return split;
}

std::vector<SplitSettings> leave_one_covariate_out(const ContextTable& contexts, const std::string& column,
                                                   const std::string& perturbation, const SplitSettings& base) {
  std::set<std::string> values;
  for (const std::int64_t id : contexts.treated()) {
    const Context& context = contexts.contexts[static_cast<std::size_t>(id)];
    if (!matches({perturbation, {}}, context, contexts.settings)) continue;
    const auto value = context.covariates.find(column);
    if (value != context.covariates.end()) values.insert(value->second);
  }
  if (values.empty()) {
    std::vector<std::string> columns;
    for (const auto& [name, all] : contexts.covariates) columns.push_back(name);
    throw Error(ErrorKind::kData, "there is no context to leave out in turn")
        .found("covariate '" + column + "', perturbation '" + perturbation + "'")
        .expected("a covariate of " + quoted_list(columns) + " and a perturbation of " + quoted_list(contexts.actions));
  }
  std::vector<SplitSettings> all;
  for (const std::string& value : values) {
    SplitSettings one = base;
    one.kind = "held_out_context";
    one.held_out = {ContextPattern{perturbation, {{column, value}}}};
    one.perturbations.clear();
    one.file.clear();
    one.unseen_singles = 0;
    all.push_back(std::move(one));
  }
  return all;
}

std::optional<Leak> find_leak(const Split& split, const ContextTable& contexts) {
  std::vector<const char*> part(contexts.context_of.size(), nullptr);
  const auto visit = [&](const std::vector<std::int64_t>& rows, const char* name) -> std::optional<Leak> {
    for (const std::int64_t row : rows) {
      if (row < 0 || row >= static_cast<std::int64_t>(part.size())) {
        return Leak{"row " + std::to_string(row), "", std::string("of ") + name + " is not in the table"};
      }
      const auto i = static_cast<std::size_t>(row);
      const std::int64_t id = contexts.context_of[i];
      if (id < 0) return Leak{contexts.cell_names[i], "", std::string("has no context, but lies in ") + name};
      const Context& context = contexts.contexts[static_cast<std::size_t>(id)];
      const bool held = !context.is_control() && split.is_held_out(context);
      const bool test = std::string(name) == "test";
      std::string what;
      if (part[i] != nullptr) {
        what = std::string("lies in ") + part[i] + " and in " + name;
      } else if (held && !test) {
        what = std::string("is held out, but lies in ") + name;
      } else if (!held && test && (context.is_control() || split.kind != kCellsColumn)) {
        what = "is not held out, but lies in test";
      }
      if (!what.empty()) return Leak{contexts.cell_names[i], to_string(context), what};
      part[i] = name;
    }
    return std::nullopt;
  };
  if (auto leak = visit(split.test, "test")) return leak;
  if (auto leak = visit(split.train, "train")) return leak;
  if (auto leak = visit(split.validation, "validation")) return leak;
  return visit(split.excluded, "excluded");
}

void check_no_leak(const Split& split, const ContextTable& contexts) {
  if (const auto leak = find_leak(split, contexts)) {
    throw Error(ErrorKind::kDefect, "the split leaks: cell '" + leak->cell + "' " + leak->what)
        .at("split '" + split.kind + "'")
        .found(leak->context.empty() ? "" : "context '" + leak->context + "'");
  }
}

std::int64_t unseen_actions(const Context& context, const Split& split, const ContextTable& contexts) {
  std::set<std::string> seen;
  for (const std::int64_t id : contexts.treated()) {
    const Context& one = contexts.contexts[static_cast<std::size_t>(id)];
    if (split.is_held_out(one)) continue;
    for (const Action& action : one.actions) seen.insert(action.name);
  }
  return std::count_if(context.actions.begin(), context.actions.end(),
                       [&seen](const Action& action) { return seen.count(action.name) == 0; });
}

}  // namespace brenier::data
