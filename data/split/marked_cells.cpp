#include "data/split/marked_cells.h"

#include <algorithm>
#include <map>
#include <string>

#include "core/error.h"

namespace brenier::data {

std::vector<std::int64_t> marked_cells(const CellTable& table, const SplitSettings& settings) {
  if (settings.kind != kCellsColumn) return {};
  const auto labels =
      with_context("split.column, obs of " + table.source, [&] { return table.obs.labels(settings.column); });
  std::vector<std::int64_t> rows;
  std::map<std::string, std::int64_t> counts;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto label = labels[i].value_or("");
    ++counts[label];
    if (label == settings.value) rows.push_back(static_cast<std::int64_t>(i));
  }
  if (!rows.empty()) return rows;
  std::vector<std::string> present;
  for (const auto& [label, count] : counts) present.push_back(label + " (" + std::to_string(count) + " cells)");
  throw Error(ErrorKind::kData, "no cell is marked for testing")
      .at("split.column '" + settings.column + "', obs of " + table.source)
      .found(quoted_list(present, 10))
      .expected("split.value '" + settings.value + "'");
}

std::vector<std::int64_t> wholly_marked(const ContextTable& contexts, const std::vector<std::int64_t>& marked) {
  std::vector<std::int64_t> ids;
  for (const auto id : contexts.treated()) {
    const auto& rows = contexts.rows[static_cast<std::size_t>(id)];
    if (std::includes(marked.begin(), marked.end(), rows.begin(), rows.end())) ids.push_back(id);
  }
  return ids;
}

}  // namespace brenier::data
