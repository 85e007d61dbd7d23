#include "train/evaluation/log_normalized_view.h"

#include "train/evaluation/log_normalize.h"

namespace brenier::train {

at::Tensor LogNormalizedView::rows(const std::vector<std::int64_t>& rows) const {
  return log_normalized(view_->rows(rows), "training");
}

}  // namespace brenier::train
