// Training data whose cells are log(1 + 1e4 x / sum of x) (log_normalize.h): what baselines are fitted on when cells
// are compared so. Contexts, row numbers and names are those of the view behind it.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "models/training_view.h"

namespace brenier::train {

class LogNormalizedView final : public models::TrainingView {
 public:
  // The other view must outlive this one.
  explicit LogNormalizedView(const models::TrainingView& view) : view_(&view) {}

  [[nodiscard]] const models::Task& task() const override { return view_->task(); }
  [[nodiscard]] const std::vector<models::TrainingContext>& contexts() const override { return view_->contexts(); }
  [[nodiscard]] const std::vector<models::TrainingContext>& control_only() const override {
    return view_->control_only();
  }
  [[nodiscard]] std::int64_t size() const override { return view_->size(); }
  // float32 [rows.size(), G]. Throws kData naming the first value below 0.
  [[nodiscard]] at::Tensor rows(const std::vector<std::int64_t>& rows) const override;

 private:
  const models::TrainingView* view_;
};

}  // namespace brenier::train
