#include "train/model_card.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <utility>

#include "models/mechanism_model.h"
#include "train/export.h"
#include "train/table_view.h"

namespace brenier::train {

namespace model_card_detail {

constexpr std::int64_t kRowsAtOnce = 1024;

std::vector<std::int64_t> training_controls(const PreparedData& prepared) {
  std::vector<std::int64_t> rows;
  for (const auto row : prepared.split.train) {
    const auto id = prepared.contexts.context_of[static_cast<std::size_t>(row)];
    if (id >= 0 && prepared.contexts.contexts[static_cast<std::size_t>(id)].is_control()) rows.push_back(row);
  }
  return rows;
}

}  // namespace model_card_detail

nlohmann::ordered_json training_summary(const ExperimentSettings& settings, const PreparedData& prepared) {
  const auto& split = prepared.split;
  nlohmann::ordered_json summary{{"data", std::filesystem::path(settings.data.path).filename().string()},
                                 {"cells", split.train.size()},
                                 {"control_cells", model_card_detail::training_controls(prepared).size()},
                                 {"validation_cells", split.validation.size()},
                                 {"genes", prepared.table.var.index.size()},
                                 {"split", split.kind},
                                 {"held_out", nlohmann::ordered_json::array()},
                                 {"held_out_cells", split.test.size()},
                                 {"seed", settings.seed}};
  for (const auto& context : split.held_out) summary["held_out"].push_back(to_json(context));
  return summary;
}

std::vector<float> control_means(const PreparedData& prepared) {
  const auto rows = model_card_detail::training_controls(prepared);
  if (rows.empty()) return {};
  auto sums = at::zeros({prepared.table.genes()}, at::kDouble);
  for (auto first = rows.begin(); first != rows.end();) {
    const auto last = first + std::min<std::ptrdiff_t>(model_card_detail::kRowsAtOnce, rows.end() - first);
    sums += dense_rows(prepared.table, {first, last}).sum(0, /*keepdim=*/false, at::kDouble);
    first = last;
  }
  const auto means = (sums / static_cast<double>(rows.size())).to(at::kFloat);
  const auto* values = means.const_data_ptr<float>();
  return {values, values + means.numel()};
}

runtime::ModelInfo describe_trained(const ExperimentSettings& settings, const PreparedData& prepared,
                                    const models::Model& model, nlohmann::ordered_json metrics) {
  auto info = describe_model(model, data::to_json(prepared.preprocess), std::move(metrics), resolved_json(settings));
  info.training = training_summary(settings, prepared);
  info.gene_means = control_means(prepared);
  if (dynamic_cast<const models::MechanismModel*>(&model) != nullptr) info.training["mechanisms"] = true;
  return info;
}

}  // namespace brenier::train
