#include "tests/train/memory_view.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/tensor.h>

#include <string>
#include <utility>

#include "core/random.h"

namespace brenier::tests {

MemoryView::MemoryView(models::Task task, std::vector<models::TrainingContext> contexts, at::Tensor cells)
    : task_(std::move(task)), contexts_(std::move(contexts)), cells_(std::move(cells)) {}

at::Tensor MemoryView::rows(const std::vector<std::int64_t>& rows) const {
  return at::index_select(cells_, 0, at::tensor(rows, at::kLong));
}

MemoryView make_view(std::int64_t contexts, std::int64_t control, std::int64_t treated, std::int64_t genes,
                     std::uint64_t seed) {
  models::Task task;
  for (std::int64_t g = 0; g < genes; ++g) task.genes.push_back("gene" + std::to_string(g));
  task.actions = {"drug"};
  auto cells = at::empty({contexts * (control + treated), genes}, at::kFloat);
  auto* value = cells.data_ptr<float>();
  RandomStream stream(seed, "view");
  std::vector<models::TrainingContext> all;
  std::int64_t row = 0;
  for (std::int64_t k = 0; k < contexts; ++k) {
    models::TrainingContext context;
    context.context.actions = {{"drug", 1.0}};
    context.context.covariates = {{"type", "t" + std::to_string(k)}};
    task.covariates["type"].push_back("t" + std::to_string(k));
    task.contexts.push_back(context.context);
    for (std::int64_t i = 0; i < control + treated; ++i, ++row) {
      (i < control ? context.control : context.treated).push_back(row);
      for (std::int64_t g = 0; g < genes; ++g)
        *value++ = static_cast<float>(stream.normal() + (i < control ? 0.0 : 1.0));
    }
    all.push_back(std::move(context));
  }
  return {std::move(task), std::move(all), std::move(cells)};
}

}  // namespace brenier::tests
