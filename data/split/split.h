// The division of cells into training, validation and test, by context.
//
//   test        treated cells of the held-out contexts: never seen before evaluation
//   validation  a share of the cells (treated and control) of each training context, for model choice
//   train       the rest of the training contexts; control cells of held-out contexts too (held_out_controls "train")
//   excluded    control cells of held-out contexts under held_out_controls "exclude"
//
// Kind cells_column: test holds the marked treated cells, excluded the marked control cells (predictions start from
// them); a context with other cells too is trained on those and is not held out.
//
// Cells without a context (ContextTable: -1) are in none of them. Preprocessing and every choice are fitted on `train`
// (and judged on `validation`) alone. A split is saved by cell names, so it fits the same file in another order.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "data/perturbation/context_table.h"
#include "data/split/settings.h"

namespace brenier::data {

struct Split {
  std::string kind;
  std::vector<Context> held_out;    // ascending
  std::vector<std::int64_t> train;  // rows of the table, each list ascending
  std::vector<std::int64_t> validation;
  std::vector<std::int64_t> test;
  std::vector<std::int64_t> excluded;
  std::vector<std::string> warnings;  // for the log; not saved

  [[nodiscard]] bool is_held_out(const Context& context) const;
};

// `marked`: of marked_cells.h. Throws kData: nothing is held out, no treated cell is left to train on, no cell to
// validate on (each lists the contexts there are), a treated context without control cells, and what choose_held_out
// throws.
[[nodiscard]] Split make_split(const ContextTable& contexts, const SplitSettings& settings,
                               const std::vector<std::int64_t>& marked = {});

// One split a value of the covariate (of the treated contexts): the contexts with that value are held out in turn.
// `perturbation` narrows them as in ContextPattern; `base` gives validation share, controls and seed.
[[nodiscard]] std::vector<SplitSettings> leave_one_covariate_out(const ContextTable& contexts,
                                                                 const std::string& column,
                                                                 const std::string& perturbation,
                                                                 const SplitSettings& base);

// Throws kDefect naming the cell: a cell of a held-out treated context in train or validation, a cell in two parts, a
// test cell whose context is not held out (but for kind cells_column).
void check_no_leak(const Split& split, const ContextTable& contexts);

// How many actions of the context occur in no training context: the difficulty of a held-out combination (0, 1, 2).
[[nodiscard]] std::int64_t unseen_actions(const Context& context, const Split& split, const ContextTable& contexts);

// {"kind", "held_out": [contexts], "train": [cell names], "validation", "test", "excluded"}
[[nodiscard]] nlohmann::ordered_json to_json(const Split& split, const ContextTable& contexts);
// Throws kData: a key or cell that is missing, a cell of the table that the split does not know, a leak.
[[nodiscard]] Split split_from_json(const nlohmann::ordered_json& json, const ContextTable& contexts);

void save_split(const Split& split, const ContextTable& contexts, const std::filesystem::path& path);
[[nodiscard]] Split load_split(const std::filesystem::path& path, const ContextTable& contexts);

}  // namespace brenier::data
