#include "models/baseline/context_effects.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/context.h"
#include "core/error.h"

namespace brenier::models {
namespace context_effects_detail {

constexpr std::size_t kChunkRows = 4096;

at::Tensor mean_of(const TrainingView& view, const std::vector<std::int64_t>& rows) {
  at::Tensor sum;
  for (std::size_t begin = 0; begin < rows.size(); begin += kChunkRows) {
    const auto end = std::min(rows.size(), begin + kChunkRows);
    const std::vector<std::int64_t> chunk(rows.begin() + static_cast<std::ptrdiff_t>(begin),
                                          rows.begin() + static_cast<std::ptrdiff_t>(end));
    const at::Tensor part = view.rows(chunk).sum(0, /*keepdim=*/false, at::kDouble);
    sum = sum.defined() ? sum + part : part;
  }
  return sum / static_cast<double>(rows.size());
}

}  // namespace context_effects_detail

ContextEffects measure_effects(const TrainingView& view) {
  if (view.contexts().empty()) {
    throw Error(ErrorKind::kData, "there is no training context to fit a baseline on")
        .expected("at least one perturbed context in the training part of the split");
  }
  std::vector<at::Tensor> deltas;
  std::vector<at::Tensor> controls;
  std::map<std::vector<std::int64_t>, at::Tensor> means;  // contexts often share their control population
  for (const TrainingContext& training : view.contexts()) {
    if (training.treated.empty() || training.control.empty()) {
      throw Error(ErrorKind::kData, "a training context has no " +
                                        std::string(training.treated.empty() ? "treated" : "control") + " cells")
          .at("context '" + to_string(training.context) + "'")
          .found(std::to_string(training.treated.size()) + " treated and " + std::to_string(training.control.size()) +
                 " control cells")
          .expected("at least one of each");
    }
    auto known = means.find(training.control);
    if (known == means.end()) {
      known = means.emplace(training.control, context_effects_detail::mean_of(view, training.control)).first;
    }
    controls.push_back(known->second);
    deltas.push_back(context_effects_detail::mean_of(view, training.treated) - known->second);
    if (!deltas.back().isfinite().all().item<bool>()) {
      throw Error(ErrorKind::kData, "the mean expression of a training context is not finite")
          .at("context '" + to_string(training.context) + "'")
          .expected("cells without NaN or infinity");
    }
  }
  return {at::stack(deltas), at::stack(controls)};
}

}  // namespace brenier::models
