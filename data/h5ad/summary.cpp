#include "data/h5ad/summary.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "data/h5ad/dataset.h"
#include "data/h5ad/frame.h"
#include "data/h5ad/group.h"
#include "data/h5ad/input_file.h"
#include "data/h5ad/matrix_summary.h"
#include "data/h5ad/stored_description.h"

namespace brenier::data {
namespace summary_detail {

FrameSummary summarize_frame(const DataFrame& frame, std::size_t values) {
  FrameSummary summary;
  summary.rows = frame.rows();
  summary.index_name = frame.index_name;
  const std::size_t shown = std::min<std::size_t>(frame.index.size(), 5);
  summary.first_names.assign(frame.index.begin(), frame.index.begin() + static_cast<std::ptrdiff_t>(shown));
  std::unordered_set<std::string> seen(frame.index.begin(), frame.index.end());
  summary.repeated_names = frame.rows() - static_cast<std::int64_t>(seen.size());
  for (const auto& [name, column] : frame.columns) summary.columns.push_back(summarize(name, column, values));
  return summary;
}

std::vector<std::pair<std::string, std::string>> describe_members(hid_t file, const std::string& name) {
  std::vector<std::pair<std::string, std::string>> result;
  if (!h5::has_child(file, name)) return result;
  const h5::Object object = h5::open_child(file, name);
  if (!h5::is_group(object.id())) return result;
  for (const std::string& member : h5::child_names(object.id())) {
    result.emplace_back(member, h5::describe_stored(object.id(), member));
  }
  return result;
}

std::vector<std::string> matrix_names(hid_t file) {
  std::vector<std::string> names;
  if (h5::has_child(file, "X")) names.emplace_back("X");
  for (const auto& [name, description] : describe_members(file, "layers")) names.push_back("layers/" + name);
  if (h5::has_child(file, "raw/X")) names.emplace_back("raw/X");
  return names;
}

void add_range(const Column& column, ColumnSummary& summary) {
  const auto* plain = std::get_if<NumericArray>(&column);
  const auto* nullable = std::get_if<NullableColumn>(&column);
  const NumericArray* numbers = plain != nullptr ? plain : nullable != nullptr ? &nullable->values : nullptr;
  if (numbers == nullptr || numbers->dtype() == "bool") return;
  for (std::int64_t i = 0; i < numbers->count(); ++i) {
    if (nullable != nullptr && nullable->missing[static_cast<std::size_t>(i)]) continue;
    const double value = numbers->at(i);
    if (std::isnan(value)) continue;
    summary.min = std::min(summary.min.value_or(value), value);
    summary.max = std::max(summary.max.value_or(value), value);
  }
}

}  // namespace summary_detail

ColumnSummary summarize(const std::string& name, const Column& column, std::size_t values) {
  ColumnSummary summary;
  summary.name = name;
  summary.kind = kind(column);
  std::unordered_map<std::string, std::size_t> positions;
  std::vector<std::pair<std::string, std::int64_t>> counts;  // in order of first appearance
  for (const auto& label : labels(column)) {
    if (!label) {
      ++summary.missing;
      continue;
    }
    const auto [entry, first] = positions.emplace(*label, counts.size());
    if (first) counts.emplace_back(*label, 0);
    ++counts[entry->second].second;
  }
  summary.distinct = static_cast<std::int64_t>(counts.size());
  // Ties keep the order of appearance, so that they come out the same everywhere.
  std::sort(counts.begin(), counts.end(), [&](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : positions.at(a.first) < positions.at(b.first);
  });
  counts.resize(std::min(values, counts.size()));
  summary.values = std::move(counts);
  summary_detail::add_range(column, summary);
  return summary;
}

H5adSummary summarize(const std::filesystem::path& path, const SummaryOptions& options) {
  H5adSummary summary;
  summary.path = path.string();
  h5::reading(path, [&] {
    const h5::File file = h5::open_h5ad(path);
    summary.file_bytes = static_cast<std::int64_t>(std::filesystem::file_size(path));
    h5::ReadContext context;
    context.max_bytes = options.max_bytes > 0 ? options.max_bytes : h5::default_max_bytes();
    context.skip_unreadable = true;
    const auto frame = [&](const std::string& name) {
      return summary_detail::summarize_frame(h5::read_frame(h5::open_child(file.id(), name).id(), context),
                                             options.values_per_column);
    };
    summary.obs = frame("obs");
    summary.var = frame("var");
    summary.obsm = summary_detail::describe_members(file.id(), "obsm");
    summary.varm = summary_detail::describe_members(file.id(), "varm");
    summary.obsp = summary_detail::describe_members(file.id(), "obsp");
    summary.varp = summary_detail::describe_members(file.id(), "varp");
    summary.uns = summary_detail::describe_members(file.id(), "uns");
    for (const std::string& matrix : summary_detail::matrix_names(file.id())) {
      try {
        summary.matrices.push_back(
            h5::summarize_matrix(file.id(), matrix, options.values_per_matrix, context.max_bytes));
      } catch (const Error& error) {
        context.notes.push_back(error.what());
      }
    }
    summary.notes = std::move(context.notes);
  });
  return summary;
}

}  // namespace brenier::data
