#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/error.h"
#include "core/nearest_name.h"
#include "data/preprocess/gene_names.h"
#include "data/preprocess/input_checks.h"
#include "data/preprocess/normalize.h"
#include "data/preprocess/preprocess.h"
#include "data/preprocess/recover_counts.h"

namespace brenier::data {
namespace apply_preprocess_detail {

using Json = nlohmann::ordered_json;

Error missing_error(const CellTable& table, const std::string& what, const std::vector<std::string>& missing,
                    std::size_t wanted) {
  Error error(ErrorKind::kData, what);
  const std::string nearest = missing.empty() ? "" : nearest_name(missing.front(), table.var.index);
  error.at(table.source.empty() ? "var" : table.source + ": var")
      .found(std::to_string(missing.size()) + " of " + std::to_string(wanted) +
             " genes missing: " + quoted_list(missing, 10))
      .expected("the genes that the preprocessing was fitted on, as names in the index of var")
      .hint(nearest.empty() ? "allow missing genes to take them as 0" : "did you mean '" + nearest + "'?");
  return error;
}

// Total of each row over the columns that are marked.
std::vector<double> marked_totals(const CellMatrix& x, const std::vector<bool>& marked) {
  std::vector<double> totals(static_cast<std::size_t>(x.rows()));
  for (std::int64_t i = 0; i < x.rows(); ++i) {
    const auto row = row_values(x, i);
    double total = 0.0;
    for (std::size_t k = 0; k < row.values.size(); ++k) {
      if (marked[row.column(k)]) total += static_cast<double>(row.values[k]);
    }
    totals[static_cast<std::size_t>(i)] = total;
  }
  return totals;
}

// The named columns in order; -1 makes a column of zeros.
CellMatrix columns_or_zero(const CellMatrix& x, const std::vector<std::int64_t>& columns) {
  const auto width = columns.size();
  std::vector<std::int64_t> target(static_cast<std::size_t>(x.cols()), -1);
  for (std::size_t j = 0; j < width; ++j) {
    if (columns[j] >= 0) target[static_cast<std::size_t>(columns[j])] = static_cast<std::int64_t>(j);
  }
  if (!x.is_sparse()) {
    DenseMatrix out{x.rows(), static_cast<std::int64_t>(width), {}};
    out.values.assign(static_cast<std::size_t>(x.rows()) * width, 0.0F);
    for (std::int64_t i = 0; i < x.rows(); ++i) {
      const auto row = row_values(x, i).values;
      float* to = out.values.data() + static_cast<std::size_t>(i) * width;
      for (std::size_t j = 0; j < width; ++j) {
        if (columns[j] >= 0) to[j] = row[static_cast<std::size_t>(columns[j])];
      }
    }
    return CellMatrix(std::move(out));
  }
  CsrMatrix out{x.rows(), static_cast<std::int64_t>(width), {0}, {}, {}};
  std::vector<std::pair<std::int32_t, float>> entries;
  for (std::int64_t i = 0; i < x.rows(); ++i) {
    const auto row = row_values(x, i);
    entries.clear();
    for (std::size_t k = 0; k < row.values.size(); ++k) {
      const std::int64_t j = target[row.column(k)];
      if (j >= 0) entries.emplace_back(static_cast<std::int32_t>(j), row.values[k]);
    }
    std::sort(entries.begin(), entries.end());
    for (const auto& [column, value] : entries) {
      out.indices.push_back(column);
      out.values.push_back(value);
    }
    out.indptr.push_back(static_cast<std::int64_t>(out.values.size()));
  }
  return CellMatrix(std::move(out));
}

template <class Value>
void read_key(const Json& json, const char* key, Value& value) {
  if (!json.is_object() || !json.contains(key)) {
    throw Error(ErrorKind::kData, "the stored preprocessing is incomplete")
        .at("preprocess")
        .expected(std::string("key '") + key + "'");
  }
  try {
    json.at(key).get_to(value);
  } catch (const nlohmann::json::exception&) {
    throw Error(ErrorKind::kData, "the stored preprocessing has a value of the wrong type")
        .at(std::string("preprocess.") + key)
        .found(json.at(key).dump().substr(0, 80));
  }
}

}  // namespace apply_preprocess_detail

AppliedPreprocess apply_preprocess(const PreprocessState& state, CellTable& table, MissingGenes missing) {
  namespace detail = apply_preprocess_detail;
  AppliedPreprocess out;
  PreprocessSettings settings;
  settings.counts = state.counts;
  settings.normalize_total.enabled = state.normalize_total;
  settings.log1p = state.log1p;
  settings.allow_non_counts = state.allow_non_counts;
  if (state.counts == "recover") recover_counts(table);
  out.warnings = check_input(settings, table);
  if (!state.unnormalised && stays_unnormalised(settings, table)) out.warnings.push_back(unnormalised_warning());
  if (state.unnormalised && !whole_numbers(table.x)) {
    out.warnings.emplace_back("X does not look like unnormalised counts, which the model was trained on");
  }
  if (const std::int64_t renamed = make_names_unique(table.var.index); renamed > 0) {
    out.warnings.push_back(std::to_string(renamed) +
                           " gene names occur more than once; the later ones got -1, -2, ... appended");
  }
  const GeneAlignment genes = align_genes(state.genes, table.var.index);
  const bool none = !state.genes.empty() && genes.missing.size() == state.genes.size();
  if (none || (!genes.missing.empty() && missing == MissingGenes::kRefuse)) {
    throw detail::missing_error(
        table, none ? "the data have none of the genes that are needed" : "the data lack genes that are needed",
        genes.missing, state.genes.size());
  }
  if (state.normalize_total) {
    const GeneAlignment totals = align_genes(state.total_genes, table.var.index);
    if (!totals.missing.empty() && missing == MissingGenes::kRefuse) {
      throw detail::missing_error(table, "the data lack genes over which the total count of a cell is taken",
                                  totals.missing, state.total_genes.size());
    }
    out.missing_total_genes = static_cast<std::int64_t>(totals.missing.size());
    std::vector<bool> marked(static_cast<std::size_t>(table.genes()), false);
    for (const std::int64_t column : totals.columns) {
      if (column >= 0) marked[static_cast<std::size_t>(column)] = true;
    }
    const std::vector<double> sums = detail::marked_totals(table.x, marked);
    const auto empty = std::count(sums.begin(), sums.end(), 0.0);
    if (empty > 0) out.warnings.push_back(std::to_string(empty) + " cells have no count at all and stay zero");
    scale_rows(table.x, sums, state.target_sum);
  }
  if (state.log1p) log1p(table);
  table.x = detail::columns_or_zero(table.x, genes.columns);
  if (genes.missing.empty()) {
    table.var = table.var.select_rows(genes.columns);
  } else {
    DataFrame var;
    var.index_name = table.var.index_name;
    var.index = state.genes;
    table.var = std::move(var);
  }
  out.missing_genes = genes.missing;
  out.unused_genes = genes.unused;
  return out;
}

nlohmann::ordered_json to_json(const PreprocessState& state) {
  return {{"counts", state.counts},
          {"normalize_total", state.normalize_total},
          {"target_sum", state.target_sum},
          {"log1p", state.log1p},
          {"unnormalised", state.unnormalised},
          {"allow_non_counts", state.allow_non_counts},
          {"gene_flavor", state.gene_flavor},
          {"total_genes", state.total_genes},
          {"genes", state.genes}};
}

PreprocessState preprocess_state_from_json(const nlohmann::ordered_json& json) {
  namespace detail = apply_preprocess_detail;
  PreprocessState state;
  // Of newer files.
  if (json.is_object() && json.contains("counts")) detail::read_key(json, "counts", state.counts);
  if (json.is_object() && json.contains("unnormalised")) detail::read_key(json, "unnormalised", state.unnormalised);
  detail::read_key(json, "normalize_total", state.normalize_total);
  detail::read_key(json, "target_sum", state.target_sum);
  detail::read_key(json, "log1p", state.log1p);
  detail::read_key(json, "allow_non_counts", state.allow_non_counts);
  detail::read_key(json, "gene_flavor", state.gene_flavor);
  detail::read_key(json, "total_genes", state.total_genes);
  detail::read_key(json, "genes", state.genes);
  if (state.counts != "as_given" && state.counts != "recover") {
    throw Error(ErrorKind::kData, "the stored preprocessing names counts that this program does not know")
        .at("preprocess.counts")
        .found("'" + state.counts + "'")
        .expected("'as_given' or 'recover'");
  }
  if (state.normalize_total && !(state.target_sum > 0.0)) {
    throw Error(ErrorKind::kData, "the stored preprocessing normalises to no positive total")
        .at("preprocess.target_sum")
        .found(json.at("target_sum").dump())
        .expected("a positive number");
  }
  return state;
}

}  // namespace brenier::data
