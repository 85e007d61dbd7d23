#include "data/molecule/molecule_table.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "core/error.h"
#include "core/nearest_name.h"
#include "data/molecule/molecule.h"
#include "data/perturbation/csv_table.h"

namespace brenier::data {
namespace molecule_table_detail {

// The numbers of settings.columns among the descriptors; all when it is empty.
std::vector<std::size_t> chosen_descriptors(const DescriptorSettings& settings) {
  const auto names = Molecule::descriptor_names();
  std::vector<std::size_t> chosen;
  for (const auto& column : settings.columns) {
    const auto found = std::find(names.begin(), names.end(), column);
    if (found == names.end()) {
      Error error(ErrorKind::kUsage, "there is no such descriptor of molecules");
      error.at("data.descriptors.columns").found("'" + column + "'").expected("one of " + quoted_list(names, 50));
      if (const auto near = nearest_name(column, names); !near.empty()) error.hint("did you mean '" + near + "'?");
      throw error;
    }
    chosen.push_back(static_cast<std::size_t>(found - names.begin()));
  }
  for (std::size_t i = 0; settings.columns.empty() && i < names.size(); ++i) chosen.push_back(i);
  return chosen;
}

bool is_blank(const std::string& text) { return text.find_first_not_of(" \t\r\n") == std::string::npos; }

}  // namespace molecule_table_detail

std::vector<NamedSmiles> smiles_of_file(const DescriptorSettings& settings, const std::vector<std::string>& controls) {
  const auto text = read_csv_table(settings.path);
  const auto name = settings.name_column.empty() ? 0 : text.column(settings.name_column);
  const auto smiles = text.column(settings.smiles_column.empty() ? "smiles" : settings.smiles_column);
  std::vector<NamedSmiles> molecules;
  for (std::size_t r = 0; r < text.rows.size(); ++r) {
    if (std::find(controls.begin(), controls.end(), text.rows[r][name]) != controls.end()) continue;
    molecules.push_back({text.rows[r][name], text.rows[r][smiles], "line " + std::to_string(text.lines[r])});
  }
  return molecules;
}

std::vector<NamedSmiles> smiles_of_cells(const DescriptorSettings& settings, const CellTable& table,
                                         const ContextTable& contexts) {
  const auto labels = with_context("data.descriptors.smiles_column, obs of " + table.source,
                                   [&] { return table.obs.labels(settings.smiles_column); });
  std::vector<NamedSmiles> molecules;
  std::set<std::pair<std::string, std::string>> seen;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (contexts.context_of[i] < 0 || !labels[i] || molecule_table_detail::is_blank(*labels[i])) continue;
    const auto& context = contexts.contexts[static_cast<std::size_t>(contexts.context_of[i])];
    std::string name;
    if (settings.of != kActionTable) {
      name = context.covariates.at(settings.of);
    } else if (context.actions.size() == 1) {
      name = context.actions.front().name;
    } else {
      continue;
    }
    if (!seen.emplace(name, *labels[i]).second) continue;
    molecules.push_back({name, *labels[i], "row " + std::to_string(i) + " (cell '" + table.obs.index[i] + "')"});
  }
  return molecules;
}

DescriptorTable molecule_table(const DescriptorSettings& settings, const std::vector<NamedSmiles>& molecules) {
  const bool morgan = settings.molecule == "morgan";
  DescriptorTable table;
  std::vector<std::size_t> chosen;
  if (morgan) {
    for (std::int64_t b = 0; b < settings.bits; ++b) table.columns.push_back("bit " + std::to_string(b));
  } else {
    chosen = molecule_table_detail::chosen_descriptors(settings);
    const auto names = Molecule::descriptor_names();
    for (const auto c : chosen) table.columns.push_back(names[c]);
  }
  struct First {
    std::string canonical;
    const NamedSmiles* row;
  };
  std::map<std::string, First> known;
  for (const auto& row : molecules) {
    with_context(row.where + ", '" + row.name + "'", [&] {
      auto molecule = Molecule::from_smiles(row.smiles);
      if (settings.largest_part) molecule = molecule.largest_part();
      const auto canonical = molecule.canonical_smiles();
      const auto [entry, fresh] = known.emplace(row.name, First{canonical, &row});
      if (!fresh && entry->second.canonical != canonical) {
        throw Error(ErrorKind::kData, "a name has two different molecules")
            .found("'" + entry->second.row->smiles + "' (" + entry->second.row->where + ") and '" + row.smiles + "'");
      }
      if (!fresh) return;
      table.names.push_back(row.name);
      if (morgan) {
        const auto bits = molecule.morgan(settings.radius, settings.bits, settings.chirality);
        table.values.insert(table.values.end(), bits.begin(), bits.end());
      } else {
        const auto all = molecule.descriptors();
        for (const auto c : chosen) table.values.push_back(all[c]);
      }
    });
  }
  if (table.names.empty()) {
    throw Error(ErrorKind::kData, "no name has a molecule").expected("at least one SMILES beside a perturbation");
  }
  return table;
}

}  // namespace brenier::data
