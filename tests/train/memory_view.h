// A training view over one tensor, with made-up contexts: what loop tests train on.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "models/training_view.h"

namespace brenier::tests {

class MemoryView final : public models::TrainingView {
 public:
  MemoryView(models::Task task, std::vector<models::TrainingContext> contexts, at::Tensor cells);

  [[nodiscard]] const models::Task& task() const override { return task_; }
  [[nodiscard]] const std::vector<models::TrainingContext>& contexts() const override { return contexts_; }
  [[nodiscard]] const std::vector<models::TrainingContext>& control_only() const override { return none_; }
  [[nodiscard]] std::int64_t size() const override { return cells_.size(0); }
  [[nodiscard]] at::Tensor rows(const std::vector<std::int64_t>& rows) const override;

 private:
  models::Task task_;
  std::vector<models::TrainingContext> contexts_;
  std::vector<models::TrainingContext> none_;
  at::Tensor cells_;
};

// Action "drug" in cell types t0 .. t<contexts-1>; `control` and `treated` cells each; standard normal cells of `genes`
// genes, the treated ones shifted by 1 in every gene.
[[nodiscard]] MemoryView make_view(std::int64_t contexts, std::int64_t control, std::int64_t treated,
                                   std::int64_t genes, std::uint64_t seed = 7);

}  // namespace brenier::tests
