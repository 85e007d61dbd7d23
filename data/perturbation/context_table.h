// The contexts of a cell table: which perturbations, doses and covariates occur, and which cells belong to each.
//
//   ContextTable contexts = label_contexts(table, settings);
//   contexts.contexts[k]          context k, in ascending order
//   contexts.rows[k]              its cells, ascending
//   contexts.context_of[i]        the context of cell i, -1 for a cell that was left out (missing_label "drop")
//   contexts.control_rows(c)      the cells that context c is compared with
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/context.h"
#include "data/perturbation/settings.h"
#include "data/table/cell_table.h"

namespace brenier::data {

struct ContextTable {
  PerturbationSettings settings;                               // resolved; only columns that were read
  std::vector<Context> contexts;                               // sorted, distinct
  std::vector<std::vector<std::int64_t>> rows;                 // per context, never empty
  std::vector<std::int64_t> context_of;                        // per cell
  std::vector<std::string> cell_names;                         // per cell, made unique
  std::vector<std::string> actions;                            // names of all actions, sorted
  std::map<std::string, std::vector<std::string>> covariates;  // column -> its values, sorted
  std::vector<std::string> warnings;                           // for the log

  // The id of the context; -1 when no cell has it.
  [[nodiscard]] std::int64_t find(const Context& context) const;
  // The same; throws kData naming the nearest context there is.
  [[nodiscard]] std::int64_t at(const Context& context) const;
  // Control cells that agree with the context in the covariates of settings.control_match (all covariates when that is
  // empty), ascending. Without any: all control cells under control_fallback "all", else kData listing what there is.
  [[nodiscard]] std::vector<std::int64_t> control_rows(const Context& context) const;
  // Ids of the contexts with at least one action, ascending.
  [[nodiscard]] std::vector<std::int64_t> treated() const;
};

// Throws kData: a missing column (listing those there are, the nearest first), no control cell (listing the labels and
// their counts), a missing value (naming the cell), a label or dose outside the grammar (naming the cell).
[[nodiscard]] ContextTable label_contexts(const CellTable& table, const PerturbationSettings& settings);

}  // namespace brenier::data
