// The whole preprocessing of a table, and what is needed to repeat it on other cells.
//
//   PreprocessState state = fit_preprocess(table, settings, training_rows).state;   // table is preprocessed in place
//   apply_preprocess(state, other_table);                                           // the same steps, genes by name
//
// Everything that is estimated (median total, variable genes) is estimated on the fitting rows alone and stored in the
// state, so held-out cells have no influence. The total count of a cell is taken over the genes of the fitting table
// (`total_genes`), not over whatever genes another file has.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "data/preprocess/row_values.h"
#include "data/preprocess/settings.h"
#include "data/table/cell_table.h"

namespace brenier::data {

struct PreprocessState {
  std::string counts = "as_given";  // recover: X was, or may be, log(1 + normalised counts)
  bool normalize_total = false;
  double target_sum = 0.0;  // resolved: never 0 when normalize_total
  bool log1p = false;
  bool unnormalised = false;  // X holds counts and nothing normalises them (stays_unnormalised)
  bool allow_non_counts = false;
  std::string gene_flavor = "none";
  std::vector<std::string>
      total_genes;                 // genes that the total count of a cell runs over; empty without normalize_total
  std::vector<std::string> genes;  // genes of the result, in order

  bool operator==(const PreprocessState&) const = default;
};

struct FittedPreprocess {
  PreprocessState state;
  std::vector<std::string> warnings;  // for the log, one a line
};

// Preprocesses all cells of the table in place: `var` gets scanpy's gene-choice columns, then genes that were not
// chosen are dropped. Duplicate gene names are made unique with a warning. Throws kData (check_input and the steps),
// and when fit_rows is an empty list, or a gene of settings.genes.keep is not in the table.
[[nodiscard]] FittedPreprocess fit_preprocess(CellTable& table, const PreprocessSettings& settings,
                                              const FitRows& fit_rows = std::nullopt);

struct AppliedPreprocess {
  std::vector<std::string> missing_genes;  // of the result: their columns are 0. No warning: the caller tells
  std::int64_t missing_total_genes = 0;    // of total_genes, counted as 0
  std::int64_t unused_genes = 0;           // in the table, but not in the state
  std::vector<std::string> warnings;
};

enum class MissingGenes { kRefuse, kZero };

// The same steps on another table, in place; the result has exactly the genes of the state, in order. Missing genes (of
// the result or of the totals) throw kData that counts and lists them, or are taken as 0 under kZero and reported; a
// table with none of the genes always throws. Throws as check_input does, for example for logarithms where counts are
// due.
[[nodiscard]] AppliedPreprocess apply_preprocess(const PreprocessState& state, CellTable& table,
                                                 MissingGenes missing = MissingGenes::kRefuse);

[[nodiscard]] nlohmann::ordered_json to_json(const PreprocessState& state);
// Throws kData naming the missing or mistyped key.
[[nodiscard]] PreprocessState preprocess_state_from_json(const nlohmann::ordered_json& json);

}  // namespace brenier::data
