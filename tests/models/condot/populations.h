// Small made-up populations for tests of conditional maps: a training view over tensors.
#pragma once

#include <ATen/ATen.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "models/nn/initialise.h"
#include "models/training_view.h"

namespace brenier::models {

class Populations final : public TrainingView {
 public:
  explicit Populations(std::int64_t genes) {
    for (std::int64_t g = 0; g < genes; ++g) task_.genes.push_back("g" + std::to_string(g));
  }
  // Adds a training context; control cells of equal covariates are added once a context.
  void add(Context context, const at::Tensor& control, const at::Tensor& treated) {
    TrainingContext item{std::move(context), append(treated), append(control)};
    for (const auto& action : item.context.actions) insert(task_.actions, action.name);
    for (const auto& [column, value] : item.context.covariates) insert(task_.covariates[column], value);
    task_.contexts.push_back(item.context);
    contexts_.push_back(std::move(item));
  }
  [[nodiscard]] const Task& task() const override { return task_; }
  [[nodiscard]] const std::vector<TrainingContext>& contexts() const override { return contexts_; }
  [[nodiscard]] const std::vector<TrainingContext>& control_only() const override { return none_; }
  [[nodiscard]] std::int64_t size() const override { return cells_.defined() ? cells_.size(0) : 0; }
  [[nodiscard]] at::Tensor rows(const std::vector<std::int64_t>& rows) const override {
    return cells_.index_select(0, at::tensor(rows, at::kLong));
  }
  [[nodiscard]] at::Tensor control(std::size_t k) const { return rows(contexts_[k].control); }
  [[nodiscard]] at::Tensor treated(std::size_t k) const { return rows(contexts_[k].treated); }

 private:
  static void insert(std::vector<std::string>& sorted, const std::string& name) {
    const auto place = std::lower_bound(sorted.begin(), sorted.end(), name);
    if (place == sorted.end() || *place != name) sorted.insert(place, name);
  }
  std::vector<std::int64_t> append(const at::Tensor& cells) {
    std::vector<std::int64_t> rows;
    for (std::int64_t i = 0; i < cells.size(0); ++i) rows.push_back(size() + i);
    cells_ = cells_.defined() ? at::cat({cells_, cells}) : cells;
    return rows;
  }

  Task task_;
  std::vector<TrainingContext> contexts_;
  std::vector<TrainingContext> none_;
  at::Tensor cells_;
};

// n standard normal cells times `scale` plus `mean` [D].
inline at::Tensor normal_cells(std::uint64_t seed, std::int64_t n, const std::vector<double>& mean,
                               double scale = 1.0) {
  RandomStream stream(seed, "cells");
  return normal_tensor(stream, {n, static_cast<std::int64_t>(mean.size())}, scale) + at::tensor(mean).to(at::kFloat);
}

inline Context drug_in(const std::string& type, std::vector<Action> actions = {{"drug", 1.0}}) {
  return make_context(std::move(actions), {{"type", type}});
}

}  // namespace brenier::models
