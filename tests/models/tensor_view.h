// A TrainingView over tensors, for tests: contexts with their control and treated cells.
#pragma once

#include <ATen/ATen.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/context.h"
#include "models/training_view.h"

namespace brenier::tests {

class TensorView final : public models::TrainingView {
 public:
  explicit TensorView(std::vector<std::string> genes) { task_.genes = std::move(genes); }
  explicit TensorView(std::int64_t genes) {
    for (std::int64_t g = 0; g < genes; ++g) task_.genes.push_back("gene" + std::to_string(g));
  }

  // Adds cells and returns their row numbers.
  std::vector<std::int64_t> add_cells(const at::Tensor& cells) {
    std::vector<std::int64_t> rows;
    for (std::int64_t i = 0; i < cells.size(0); ++i) rows.push_back(size() + i);
    cells_ = cells_.defined() ? at::cat({cells_, cells}) : cells;
    return rows;
  }

  void add(const Context& context, std::vector<std::int64_t> control, std::vector<std::int64_t> treated) {
    contexts_.push_back({context, std::move(treated), std::move(control)});
    task_.contexts.push_back(context);
    for (const Action& action : context.actions) insert(task_.actions, action.name);
    for (const auto& [column, value] : context.covariates) insert(task_.covariates[column], value);
  }
  void add(const Context& context, const at::Tensor& control, const at::Tensor& treated) {
    auto control_rows = add_cells(control);
    auto treated_rows = add_cells(treated);
    add(context, std::move(control_rows), std::move(treated_rows));
  }
  // A context whose mean effect is exactly `delta` [G] on a control of two cells around `mean` [G].
  void add_effect(const Context& context, const at::Tensor& mean, const at::Tensor& delta) {
    const at::Tensor spread = at::full_like(mean, 0.5);
    const at::Tensor control = at::stack({mean - spread, mean + spread});
    add(context, control, control + delta);
  }

  [[nodiscard]] const models::Task& task() const override { return task_; }
  [[nodiscard]] const std::vector<models::TrainingContext>& contexts() const override { return contexts_; }
  [[nodiscard]] const std::vector<models::TrainingContext>& control_only() const override { return control_only_; }
  [[nodiscard]] std::int64_t size() const override { return cells_.defined() ? cells_.size(0) : 0; }
  [[nodiscard]] at::Tensor rows(const std::vector<std::int64_t>& rows) const override {
    return cells_.index_select(0, at::tensor(rows, at::kLong));
  }
  // The cells of training context k.
  [[nodiscard]] at::Tensor control(std::size_t k) const { return rows(contexts_[k].control); }
  [[nodiscard]] at::Tensor treated(std::size_t k) const { return rows(contexts_[k].treated); }

 private:
  static void insert(std::vector<std::string>& sorted, const std::string& name) {
    const auto at = std::lower_bound(sorted.begin(), sorted.end(), name);
    if (at == sorted.end() || *at != name) sorted.insert(at, name);
  }

  models::Task task_;
  std::vector<models::TrainingContext> contexts_;
  std::vector<models::TrainingContext> control_only_;
  at::Tensor cells_;
};

}  // namespace brenier::tests
