// The training view of prepared data, and the populations that judge a model.
//
// TableView reaches the rows of Split::train and, where they are given, a few more (learn_held_out.h), and nothing
// else. A training context is a treated context with at least one training cell; its controls are the training cells
// among ContextTable::control_rows. Actions and covariate values are those of the training contexts: one that only a
// held-out context has is unknown to the model.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "core/random.h"
#include "models/training_view.h"
#include "train/dataset.h"
#include "train/evaluation/evaluate.h"

namespace brenier::train {

class TableView final : public models::TrainingView {
 public:
  // The data must outlive the view.
  explicit TableView(const PreparedData& prepared) : TableView(prepared, {}) {}
  // more: rows of the table, none of them in Split::train.
  TableView(const PreparedData& prepared, const std::vector<std::int64_t>& more);

  [[nodiscard]] const models::Task& task() const override { return task_; }
  [[nodiscard]] const std::vector<models::TrainingContext>& contexts() const override { return contexts_; }
  [[nodiscard]] const std::vector<models::TrainingContext>& control_only() const override { return control_only_; }
  [[nodiscard]] std::int64_t size() const override;
  [[nodiscard]] at::Tensor rows(const std::vector<std::int64_t>& rows) const override;

 private:
  void add_contexts(const std::vector<std::int64_t>& view_row);
  void add_control_only(const std::vector<std::int64_t>& view_row);

  const PreparedData* prepared_;
  std::vector<std::int64_t> table_rows_;  // ascending
  models::Task task_;
  std::vector<models::TrainingContext> contexts_;
  std::vector<models::TrainingContext> control_only_;
};

// Rows of the table as float32 [rows.size(), G].
[[nodiscard]] at::Tensor dense_rows(const data::CellTable& table, const std::vector<std::int64_t>& rows);

// Those rows, ascending, or `count` of them, drawn by the stream, where there are more.
[[nodiscard]] std::vector<std::int64_t> at_most(std::vector<std::int64_t> rows, std::int64_t count,
                                                RandomStream stream);

// What is judged. The held-out contexts: all their cells against all control cells they are compared with, in ascending
// order of contexts; under split.kind cells_column then the training contexts that have test cells (held_out false) by
// those, and all of them start from the control cells kept for that, where there are any.
[[nodiscard]] std::vector<ScoredContext> held_out_contexts(const PreparedData& prepared);

// The training contexts: their training cells against all control cells they are compared with.
[[nodiscard]] std::vector<ScoredContext> training_contexts(const PreparedData& prepared, const models::Task& task);

// The training contexts by their validation cells, at most `cells` of each population (drawn by the seed); control
// cells are training cells where validation has none. A context without treated validation cells is left out.
[[nodiscard]] std::vector<ScoredContext> validation_contexts(const PreparedData& prepared, const models::Task& task,
                                                             std::int64_t cells, std::uint64_t seed);

}  // namespace brenier::train
