#include "apps/inspect_h5ad.h"

#include <utility>
#include <vector>

#include "core/number_text.h"

namespace brenier::apps {
namespace inspect_h5ad_detail {

using Parts = std::vector<std::pair<std::string, std::string>>;

nlohmann::ordered_json json_of(const data::FrameSummary& frame) {
  nlohmann::ordered_json columns = nlohmann::ordered_json::array();
  for (const auto& column : frame.columns) {
    nlohmann::ordered_json item{
        {"name", column.name}, {"kind", column.kind}, {"missing", column.missing}, {"distinct", column.distinct}};
    if (column.min) item["min"] = *column.min;
    if (column.max) item["max"] = *column.max;
    item["values"] = nlohmann::ordered_json::array();
    for (const auto& [value, rows] : column.values) item["values"].push_back({{"value", value}, {"rows", rows}});
    columns.push_back(std::move(item));
  }
  return {{"rows", frame.rows},
          {"index", frame.index_name},
          {"first", frame.first_names},
          {"repeated_names", frame.repeated_names},
          {"columns", std::move(columns)}};
}

nlohmann::ordered_json json_of(const data::MatrixSummary& matrix) {
  const auto& v = matrix.values;
  nlohmann::ordered_json values{
      {"kind", data::to_string(v.kind)}, {"min", v.min}, {"max", v.max},           {"negative", v.negative},
      {"fractional", v.fractional},      {"nan", v.nan}, {"infinite", v.infinite}, {"looked_at", v.looked_at},
      {"complete", v.complete}};
  if (v.row_total) values["row_total"] = *v.row_total;
  return {{"name", matrix.name},     {"storage", matrix.storage},
          {"dtype", matrix.dtype},   {"shape", {matrix.rows, matrix.cols}},
          {"stored", matrix.stored}, {"values", std::move(values)}};
}

std::string text_of(const data::MatrixSummary& matrix) {
  const auto& v = matrix.values;
  std::string text = "  " + matrix.name + ": " + std::to_string(matrix.rows) + " x " + std::to_string(matrix.cols) +
                     " " + matrix.dtype + ", " + matrix.storage;
  if (matrix.storage != "dense" && matrix.rows > 0 && matrix.cols > 0) {
    const double share = 100.0 * static_cast<double>(matrix.stored) /
                         (static_cast<double>(matrix.rows) * static_cast<double>(matrix.cols));
    text += ", " + fixed_text(share, 1) + " % stored";
  }
  text += "; " + data::to_string(v.kind);
  if (v.row_total) text += " (rows sum to " + number_text(*v.row_total) + ")";
  text += ", " + number_text(v.min) + " to " + number_text(v.max);
  if (v.nan > 0) text += ", " + std::to_string(v.nan) + " NaN";
  if (v.infinite > 0) text += ", " + std::to_string(v.infinite) + " infinite";
  if (v.negative > 0) text += ", " + std::to_string(v.negative) + " negative";
  return text + (v.complete ? "\n" : " (of a sample)\n");
}

std::string text_of(const std::string& name, const data::FrameSummary& frame) {
  std::string text = name + ": " + std::to_string(frame.rows) + " rows, index '" + frame.index_name + "'";
  for (std::size_t i = 0; i < frame.first_names.size() && i < 3; ++i)
    text += (i == 0 ? " (" : ", ") + frame.first_names[i];
  if (!frame.first_names.empty()) text += ", ...)";
  text += "\n";
  if (frame.repeated_names > 0) text += "  " + std::to_string(frame.repeated_names) + " rows repeat a name\n";
  for (const auto& column : frame.columns) {
    text += "  " + column.name + ": " + column.kind;
    if (column.missing > 0) text += ", " + std::to_string(column.missing) + " missing";
    if (column.min && column.max) {
      text += ", " + number_text(*column.min) + " to " + number_text(*column.max) + "\n";
      continue;
    }
    text += ", " + std::to_string(column.distinct) + " values:";
    for (const auto& [value, rows] : column.values) text += " " + value + " (" + std::to_string(rows) + ")";
    text += static_cast<std::int64_t>(column.values.size()) < column.distinct ? " ...\n" : "\n";
  }
  return text;
}

}  // namespace inspect_h5ad_detail

nlohmann::ordered_json to_json(const data::H5adSummary& summary) {
  namespace detail = inspect_h5ad_detail;
  nlohmann::ordered_json json{{"path", summary.path},
                              {"bytes", summary.file_bytes},
                              {"obs", detail::json_of(summary.obs)},
                              {"var", detail::json_of(summary.var)}};
  json["matrices"] = nlohmann::ordered_json::array();
  for (const auto& matrix : summary.matrices) json["matrices"].push_back(detail::json_of(matrix));
  const auto add = [&json](const std::string& name, const detail::Parts& parts) {
    json[name] = nlohmann::ordered_json::object();
    for (const auto& [key, what] : parts) json[name][key] = what;
  };
  add("obsm", summary.obsm);
  add("varm", summary.varm);
  add("obsp", summary.obsp);
  add("varp", summary.varp);
  add("uns", summary.uns);
  json["notes"] = summary.notes;
  return json;
}

std::string to_text(const data::H5adSummary& summary) {
  namespace detail = inspect_h5ad_detail;
  std::string text = summary.path + ": " + std::to_string(summary.obs.rows) + " cells, " +
                     std::to_string(summary.var.rows) + " genes, " +
                     fixed_text(static_cast<double>(summary.file_bytes) / 1e6, 1) + " MB\nmatrices:\n";
  for (const auto& matrix : summary.matrices) text += detail::text_of(matrix);
  if (summary.matrices.empty()) text += "  none\n";
  text += detail::text_of("obs", summary.obs) + detail::text_of("var", summary.var);
  const auto add = [&text](const std::string& name, const detail::Parts& parts) {
    if (!parts.empty()) text += name + ":\n";
    for (const auto& [key, what] : parts) text += "  " + key + ": " + what + "\n";
  };
  add("obsm", summary.obsm);
  add("varm", summary.varm);
  add("obsp", summary.obsp);
  add("varp", summary.varp);
  add("uns", summary.uns);
  for (const auto& note : summary.notes) text += "note: " + note + "\n";
  return text;
}

}  // namespace brenier::apps
