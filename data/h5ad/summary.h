// What an .h5ad file holds, for a person who meets it the first time (`brenier inspect`): sizes, how each matrix is
// stored and what its values look like, the columns of obs and var with their values, and the names of all else.
//
// Frames are read whole; matrices are looked at through a bounded number of values (SummaryOptions), spread over the
// file; of everything else only the description is read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "data/table/data_frame.h"

namespace brenier::data {

// What the values of a matrix are, judged from the values looked at.
enum class ValueKind {
  kEmpty,          // no non-zero value
  kCounts,         // whole numbers from 0 up
  kNormalized,     // from 0 up, every row sums to the same total
  kLogNormalized,  // from 0 up; exp(x) - 1 sums to the same total in every row, or no value above 20
  kNonNegative,    // from 0 up, none of the above
  kSigned,         // negative values: scaled, differences, scores
};
[[nodiscard]] std::string to_string(ValueKind kind);  // "raw counts", "log-normalised", ...

struct ValueSummary {
  std::int64_t looked_at = 0;  // stored values (of a dense matrix: all of them)
  bool complete = true;        // whether those were all
  double min = 0.0;            // of the finite ones
  double max = 0.0;
  std::int64_t zeros = 0;
  std::int64_t negative = 0;
  std::int64_t fractional = 0;
  std::int64_t nan = 0;
  std::int64_t infinite = 0;
  ValueKind kind = ValueKind::kEmpty;
  std::optional<double> row_total;  // kNormalized, kLogNormalized: what each row sums to, when it is the same
};

struct MatrixSummary {
  std::string name;     // "X", "layers/counts", "raw/X"
  std::string storage;  // "dense", "csr", "csc"
  std::string dtype;    // "float32"
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::int64_t stored = 0;  // values stored: rows * cols when dense
  ValueSummary values;
};

struct ColumnSummary {
  std::string name;
  std::string kind;  // data::kind(column)
  std::int64_t missing = 0;
  std::int64_t distinct = 0;                                 // different values that are not missing
  std::vector<std::pair<std::string, std::int64_t>> values;  // the most frequent first, with their numbers of rows
  std::optional<double> min;                                 // numeric columns with at least one value
  std::optional<double> max;
};

struct FrameSummary {
  std::int64_t rows = 0;
  std::string index_name;
  std::vector<std::string> first_names;  // the first few of the index
  std::int64_t repeated_names = 0;       // rows whose name an earlier row has
  std::vector<ColumnSummary> columns;
};

struct H5adSummary {
  std::string path;
  std::int64_t file_bytes = 0;
  FrameSummary obs;
  FrameSummary var;
  std::vector<MatrixSummary> matrices;  // X, the layers, raw/X: those that the file has
  // Names with descriptions ("float32 [1975, 50]"), in file order.
  std::vector<std::pair<std::string, std::string>> obsm, varm, obsp, varp, uns;
  std::vector<std::string> notes;  // what could not be read
};

struct SummaryOptions {
  std::size_t values_per_column = 10;
  std::int64_t values_per_matrix = 20'000'000;
  std::int64_t max_bytes = 0;  // memory allowed for one array; 0: half of the machine's
};

// Throws as read_h5ad does when the file, obs or var cannot be read; other trouble becomes a note.
[[nodiscard]] H5adSummary summarize(const std::filesystem::path& path, const SummaryOptions& options = {});

// One column alone.
[[nodiscard]] ColumnSummary summarize(const std::string& name, const Column& column, std::size_t values);

}  // namespace brenier::data
