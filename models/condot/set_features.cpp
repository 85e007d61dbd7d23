#include "models/condot/set_features.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/error.h"
#include "core/number_text.h"

namespace brenier::models {
namespace set_features_detail {

using Names = std::vector<std::string>;

bool contains(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The rows of `names` that the table has, zeros elsewhere, scaled over those of `training`. [names, columns that vary]
at::Tensor scaled_rows(const Descriptors& table, const std::string& key, const Names& names, const Names& training) {
  Names missing;
  for (const auto& name : training) {
    if (!contains(table.names, name)) missing.push_back(name);
  }
  if (!missing.empty()) {
    throw Error(ErrorKind::kData, "the table of descriptors lacks rows")
        .at("data.descriptors '" + key + "'")
        .found("no row for " + quoted_list(missing, 20))
        .expected("a row for every '" + key + "' of the training contexts");
  }
  const auto all =
      at::tensor(table.values, at::kFloat)
          .view({static_cast<std::int64_t>(table.names.size()), static_cast<std::int64_t>(table.columns.size())})
          .to(at::kDouble);
  const auto select = [&](const Names& wanted) {
    std::vector<std::int64_t> rows;
    for (const auto& name : wanted) {
      rows.push_back(std::find(table.names.begin(), table.names.end(), name) - table.names.begin());
    }
    return all.index_select(0, at::tensor(rows, at::kLong));
  };
  const auto trained = select(training);
  const auto mean = trained.mean(0);
  const auto deviation = (trained - mean).square().mean(0).sqrt();
  const auto varies = (deviation > 1e-12 * (1.0 + mean.abs())).nonzero().squeeze(1);
  if (varies.numel() == 0) {
    throw Error(ErrorKind::kData, "no column of the table of descriptors varies over the training contexts")
        .at("data.descriptors '" + key + "'")
        .found(std::to_string(table.columns.size()) + " columns, " + std::to_string(training.size()) + " names")
        .expected("at least two names with different rows");
  }
  auto rows = at::zeros({static_cast<std::int64_t>(names.size()), varies.numel()});
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!contains(table.names, names[i])) continue;
    const auto scaled = (select({names[i]})[0] - mean) / deviation.clamp_min(1e-300);
    rows[static_cast<std::int64_t>(i)].copy_(scaled.index_select(0, varies));
  }
  return rows;
}

void append_new(Names& names, const Names& more) {
  for (const auto& name : more) {
    if (!contains(names, name)) names.push_back(name);
  }
}

double on_scale(double dose, bool log) { return log ? std::log10(std::max(dose, 1e-30)) : dose; }

}  // namespace set_features_detail

SetFeatures::SetFeatures(const SetFeatureSettings& settings, const Task& task)
    : settings_(settings),
      vocabulary_{task.actions, task.covariates, settings.unknown_actions, {}},
      training_actions_(static_cast<std::int64_t>(task.actions.size())) {
  double lowest = std::numeric_limits<double>::infinity();
  double highest = -lowest;
  for (const auto& context : task.contexts) {
    for (const auto& action : context.actions) {
      if (!(action.dose > 0.0)) continue;
      const double value = set_features_detail::on_scale(action.dose, settings.dose_scale == "log");
      lowest = std::min(lowest, value);
      highest = std::max(highest, value);
    }
  }
  if (highest > lowest) {
    doses_vary_ = settings.kind != "one_hot" && settings.kind != "kernel";
    lowest_ = lowest;
    span_ = highest - lowest;
  }
  rows_ = at::zeros({training_actions_, 0});
  if (settings.kind == "one_hot" || settings.kind == "dose") rows_ = at::eye(training_actions_);
  if (settings.kind == "mode_of_action") rows_ = at::zeros({training_actions_, settings.width});
  if (settings.kind == "table") read_action_table(task);
  read_covariate_tables(task);
}

void SetFeatures::read_action_table(const Task& task) {
  const auto found = task.descriptors.find(kActionDescriptors);
  if (found == task.descriptors.end()) {
    throw Error(ErrorKind::kUsage, "contexts by a table need one")
        .at("model.context = table")
        .expected("data.descriptors with an entry of 'perturbation'");
  }
  set_features_detail::append_new(vocabulary_.actions, found->second.names);
  rows_ = set_features_detail::scaled_rows(found->second, kActionDescriptors, vocabulary_.actions, task.actions);
}

void SetFeatures::read_covariate_tables(const Task& task) {
  for (auto& [column, values] : vocabulary_.covariates) {
    const auto table = task.descriptors.find(column);
    if (table != task.descriptors.end()) set_features_detail::append_new(values, table->second.names);
  }
  for (const auto& column : task.numeric) {
    vocabulary_.numeric[column] = numeric_covariate(column, vocabulary_.covariates.at(column));
  }
  std::vector<at::Tensor> blocks;
  std::vector<std::int64_t> plain;
  std::int64_t begin = 0;
  std::int64_t total = 0;
  std::int64_t traits = 0;
  const auto count_of = [this](const auto& column) {
    return vocabulary_.numeric.contains(column.first) ? 1 : static_cast<std::int64_t>(column.second.size());
  };
  for (const auto& column : vocabulary_.covariates) total += count_of(column);
  for (const auto& entry : vocabulary_.covariates) {
    const auto& [column, values] = entry;
    const auto count = count_of(entry);
    const auto table = task.descriptors.find(column);
    if (vocabulary_.numeric.contains(column)) {
      blocks.push_back(at::zeros({total, 1}));
      blocks.back()[begin].fill_(1.0);
      numeric_traits_.push_back(traits);
      traits += 1;
    } else if (table == task.descriptors.end()) {
      for (std::int64_t i = 0; i < count; ++i) plain.push_back(begin + i);
    } else {
      const auto rows = set_features_detail::scaled_rows(table->second, column, values, task.covariates.at(column));
      auto block = at::zeros({total, rows.size(1)});
      block.narrow(0, begin, count).copy_(rows);
      blocks.push_back(block);
      traits += rows.size(1);
    }
    begin += count;
  }
  traits_ = blocks.empty() ? at::zeros({total, 0}) : at::cat(blocks, 1);
  plain_ = at::tensor(plain, at::kLong);
}

std::int64_t SetFeatures::width() const { return rows_.size(1) + (doses_vary_ ? 1 : 0); }

std::int64_t SetFeatures::traits() const { return traits_.size(1); }

void SetFeatures::set_rows(const at::Tensor& rows) { rows_.copy_(rows); }

at::Tensor SetFeatures::coordinates(const at::Tensor& doses) const {
  const auto value = settings_.dose_scale == "log" ? at::log10(doses.clamp_min(1e-30)) : doses;
  return (value - lowest_) / span_;
}

at::Tensor SetFeatures::items(const at::Tensor& actions) const {
  const auto count = static_cast<std::int64_t>(vocabulary_.actions.size());
  const auto doses = actions.narrow(0, 0, count);
  const auto present = (doses > 0).nonzero().squeeze(1);
  auto items = rows_.index_select(0, present);
  if (settings_.kind == "one_hot") items = items * doses.index_select(0, present).unsqueeze(1);
  if (doses_vary_) items = at::cat({items, coordinates(doses.index_select(0, present)).clamp_min(0).unsqueeze(1)}, 1);
  if (!settings_.unknown_actions) return items;
  const auto unknown = actions[-1].item<std::int64_t>();
  auto mean = rows_.narrow(0, 0, training_actions_).mean(0, /*keepdim=*/true);
  if (doses_vary_) mean = at::cat({mean, at::full({1, 1}, 0.5)}, 1);
  return at::cat({items, mean.expand({unknown, mean.size(1)})});
}

at::Tensor SetFeatures::place(const at::Tensor& items) const {
  if (items.size(0) == 0) return at::zeros({items.size(1)});
  if (settings_.pool == "mean") return items.mean(0);
  return settings_.pool == "max" ? std::get<0>(items.max(0)) : items.sum(0);
}

at::Tensor SetFeatures::trait_row(const at::Tensor& covariates) const { return traits_.t().mv(covariates); }

State SetFeatures::state() const {
  if (rows_.numel() == 0) return {};
  return {{"rows", rows_}};
}

Script SetFeatures::script() const {
  Script script;
  const auto count = std::to_string(vocabulary_.actions.size());
  const std::string scale = settings_.dose_scale == "log" ? "torch.log10(torch.clamp(doses, min=1e-30))" : "doses";
  auto& text = script.source;
  text = "def set_coordinates(self, doses: Tensor) -> Tensor:\n    return (" + scale + " - " + number_text(lowest_) +
         ") / " + number_text(span_) + "\n\n";
  text += "def set_items(self, actions: Tensor) -> Tensor:\n    doses = actions[:" + count +
          "]\n    present = torch.nonzero(doses > 0).squeeze(1)\n"
          "    items = self.set_rows[present]\n";
  if (settings_.kind == "one_hot") text += "    items = items * doses[present].unsqueeze(1)\n";
  if (doses_vary_) {
    text +=
        "    x = torch.clamp(self.set_coordinates(doses[present]), min=0.0)\n"
        "    items = torch.cat([items, x.unsqueeze(1)], 1)\n";
  }
  if (settings_.unknown_actions) {
    text += "    mean = torch.mean(self.set_rows[:" + std::to_string(training_actions_) + "], 0, True)\n";
    if (doses_vary_) text += "    mean = torch.cat([mean, torch.full([1, 1], 0.5)], 1)\n";
    text += "    items = torch.cat([items, mean.expand(int(actions[-1].item()), mean.size(1))])\n";
  }
  text +=
      "    return items\n\ndef set_place(self, items: Tensor) -> Tensor:\n"
      "    if items.size(0) == 0:\n        return torch.zeros([items.size(1)])\n    return ";
  text += settings_.pool == "mean"  ? "torch.mean(items, 0)\n\n"
          : settings_.pool == "max" ? "torch.max(items, 0)[0]\n\n"
                                    : "torch.sum(items, 0)\n\n";
  text +=
      "def trait_row(self, covariates: Tensor) -> Tensor:\n    return torch.mv(self.set_traits.t(), covariates)\n\n"
      "def other_covariates(self, covariates: Tensor) -> Tensor:\n    return covariates[self.set_plain]\n\n";
  script.tensors = {{"set_rows", rows_}, {"set_traits", traits_}, {"set_plain", plain_}};
  return script;
}

}  // namespace brenier::models
