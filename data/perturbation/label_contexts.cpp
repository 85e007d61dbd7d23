#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "core/error.h"
#include "data/perturbation/context_table.h"
#include "data/perturbation/grammar.h"
#include "data/preprocess/gene_names.h"

namespace brenier::data {
namespace label_contexts_detail {

using Labels = std::vector<std::optional<std::string>>;

// Drops the columns of a preset that the file does not have.
void drop_absent(std::vector<std::string>& columns, const PerturbationSettings& settings, const DataFrame& obs) {
  std::erase_if(columns, [&](const std::string& name) {
    const auto& optional = settings.optional_columns;
    return !obs.has(name) && std::find(optional.begin(), optional.end(), name) != optional.end();
  });
}

struct Columns {
  Labels perturbation;
  std::vector<Labels> doses;
  std::vector<Labels> covariates;
};

Columns read_columns(const DataFrame& obs, const PerturbationSettings& settings) {
  const auto read = [&obs](const std::string& key, const std::string& name) {
    return with_context("data.perturbation." + key, [&] { return obs.labels(name); });
  };
  Columns columns{read("perturbation_column", settings.perturbation_column), {}, {}};
  for (const auto& name : settings.dose_columns) columns.doses.push_back(read("dose_columns", name));
  for (const auto& name : settings.covariates) columns.covariates.push_back(read("covariates", name));
  return columns;
}

// Everything that decides the context of a cell, as texts; nullopt where the file has nothing.
using Key = std::vector<std::optional<std::string>>;

Key key_of(const Columns& columns, std::size_t row) {
  Key key{columns.perturbation[row]};
  for (const Labels& labels : columns.doses) key.push_back(labels[row]);
  for (const Labels& labels : columns.covariates) key.push_back(labels[row]);
  return key;
}

// The name of the column whose value is missing and needed; empty when the key is complete.
std::string missing_column(const Key& key, const PerturbationSettings& settings) {
  if (!key[0]) return settings.perturbation_column;
  const std::size_t doses = settings.dose_columns.size();
  for (std::size_t c = 0; c < settings.covariates.size(); ++c) {
    if (!key[1 + doses + c]) return settings.covariates[c];
  }
  if (doses > 0 && !key[1] && !parse_actions(*key[0], {"1"}, settings).empty()) return settings.dose_columns.front();
  return "";
}

Context context_of(const Key& key, const PerturbationSettings& settings) {
  std::vector<std::string> doses;
  for (std::size_t d = 0; d < settings.dose_columns.size(); ++d) doses.push_back(key[1 + d].value_or(""));
  std::map<std::string, std::string> covariates;
  for (std::size_t c = 0; c < settings.covariates.size(); ++c) {
    covariates[settings.covariates[c]] = *key[1 + settings.dose_columns.size() + c];
  }
  return make_context(parse_actions(*key[0], doses, settings), std::move(covariates));
}

std::string counted_labels(const Labels& labels) {
  std::map<std::string, std::int64_t> count;
  for (const auto& label : labels) ++count[label.value_or("(missing)")];
  std::vector<std::pair<std::int64_t, std::string>> sorted;
  for (const auto& [label, n] : count) sorted.emplace_back(-n, label);
  std::sort(sorted.begin(), sorted.end());
  std::string text;
  for (std::size_t i = 0; i < sorted.size() && i < 20; ++i) {
    text += (i > 0 ? ", '" : "'") + sorted[i].second + "' (" + std::to_string(-sorted[i].first) + " cells)";
  }
  if (sorted.size() > 20) text += ", ... (" + std::to_string(sorted.size()) + " in all)";
  return text.empty() ? "no cell" : text;
}

}  // namespace label_contexts_detail

ContextTable label_contexts(const CellTable& table, const PerturbationSettings& settings) {
  namespace detail = label_contexts_detail;
  const std::string place = table.source.empty() ? "obs" : table.source + ": obs";
  ContextTable out;
  out.settings = resolve_preset(settings);
  detail::drop_absent(out.settings.dose_columns, out.settings, table.obs);
  detail::drop_absent(out.settings.covariates, out.settings, table.obs);
  const detail::Columns columns = with_context(place, [&] { return detail::read_columns(table.obs, out.settings); });

  const auto cells = static_cast<std::size_t>(table.obs.rows());
  std::map<detail::Key, std::optional<Context>> known;  // nullopt: left out
  std::vector<const std::optional<Context>*> of_cell(cells);
  std::int64_t dropped = 0;
  for (std::size_t i = 0; i < cells; ++i) {
    detail::Key key = detail::key_of(columns, i);
    auto entry = known.find(key);
    if (entry == known.end()) {
      const auto parsed = with_context(place + ", cell '" + table.obs.index[i] + "'", [&]() -> std::optional<Context> {
        const std::string missing = detail::missing_column(key, out.settings);
        if (missing.empty()) return detail::context_of(key, out.settings);
        if (out.settings.missing_label == "drop") return std::nullopt;
        throw Error(ErrorKind::kData, "a cell has no value in a column that its context needs")
            .at("column '" + missing + "'")
            .found("a missing value")
            .expected("a value for every cell, or data.perturbation.missing_label=drop to leave such cells out");
      });
      entry = known.emplace(std::move(key), parsed).first;
    }
    of_cell[i] = &entry->second;
    if (!entry->second) ++dropped;
  }

  std::map<Context, std::int64_t> ids;
  for (const auto& [key, context] : known) {
    if (context) ids.emplace(*context, 0);
  }
  std::set<std::string> actions;
  std::map<std::string, std::set<std::string>> values;
  bool any_control = false;
  for (auto& [context, id] : ids) {
    id = static_cast<std::int64_t>(out.contexts.size());
    out.contexts.push_back(context);
    any_control = any_control || context.is_control();
    for (const Action& action : context.actions) actions.insert(action.name);
    for (const auto& [column, value] : context.covariates) values[column].insert(value);
  }
  if (!any_control) {
    throw Error(ErrorKind::kData, "no cell is a control")
        .at(place + ", column '" + out.settings.perturbation_column + "'")
        .found(detail::counted_labels(columns.perturbation))
        .expected("cells labelled " + quoted_list(out.settings.controls))
        .hint("data.perturbation.controls names the labels of control cells");
  }
  out.rows.resize(out.contexts.size());
  out.context_of.assign(cells, -1);
  for (std::size_t i = 0; i < cells; ++i) {
    if (!*of_cell[i]) continue;
    const std::int64_t id = ids.at(**of_cell[i]);
    out.context_of[i] = id;
    out.rows[static_cast<std::size_t>(id)].push_back(static_cast<std::int64_t>(i));
  }
  out.cell_names = table.obs.index;
  if (const std::int64_t renamed = make_names_unique(out.cell_names); renamed > 0) {
    out.warnings.push_back(std::to_string(renamed) +
                           " cell names occur more than once; the later ones got -1, -2, ... appended");
  }
  if (dropped > 0) {
    out.warnings.push_back(std::to_string(dropped) + " cells are left out: no label, dose or covariate");
  }
  out.actions.assign(actions.begin(), actions.end());
  for (const auto& [column, set] : values) out.covariates[column].assign(set.begin(), set.end());
  return out;
}

}  // namespace brenier::data
