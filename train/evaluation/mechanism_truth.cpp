#include "train/evaluation/mechanism_truth.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/random.h"
#include "models/mechanism_model.h"
#include "models/nn/initialise.h"
#include "train/evaluation/mechanism_doubts.h"
#include "train/evaluation/row_latents.h"
#include "train/evaluation/true_mechanisms.h"
#include "train/recovery/largest_shifts.h"
#include "train/recovery/linear_r2.h"
#include "train/recovery/mask_clustering.h"
#include "train/recovery/mask_scores.h"
#include "train/recovery/matching.h"
#include "train/recovery/mean_correlation.h"

namespace brenier::train {
namespace mechanism_truth_detail {

const models::MechanismModel& as_mechanisms(const models::Model& model) {
  return dynamic_cast<const models::MechanismModel&>(model);
}

std::int64_t place(const std::vector<std::string>& names, const std::string& name) {
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? -1 : found - names.begin();
}

// Cells with their posterior means and what was done to them.
struct Latents {
  std::vector<std::int64_t> rows;    // of the table
  std::vector<std::string> actions;  // of each cell; empty for control cells and for several actions at once
  std::vector<at::Tensor> parts;

  [[nodiscard]] at::Tensor values() const { return at::cat(parts).to(at::kDouble); }
};

// Adds those cells of one part of the split that the model can tell of.
void add_latents(Latents& latents, const models::Model& model, const PreparedData& prepared,
                 const std::vector<std::int64_t>& part) {
  std::vector<bool> wanted(static_cast<std::size_t>(prepared.table.cells()), false);
  for (const auto row : part) wanted[static_cast<std::size_t>(row)] = true;
  for (std::size_t id = 0; id < prepared.contexts.contexts.size(); ++id) {
    const auto& context = prepared.contexts.contexts[id];
    if (!tells_of(model, context)) continue;
    std::vector<std::int64_t> rows;
    for (const auto row : prepared.contexts.rows[id]) {
      if (wanted[static_cast<std::size_t>(row)]) rows.push_back(row);
    }
    const auto action = context.actions.size() == 1 ? context.actions.front().name : std::string();
    latents.actions.insert(latents.actions.end(), rows.size(), action);
    latents.rows.insert(latents.rows.end(), rows.begin(), rows.end());
    for (auto& z : row_latents(as_mechanisms(model), prepared.table, rows, context)) {
      latents.parts.push_back(std::move(z));
    }
  }
}

std::vector<std::int64_t> both(const std::vector<std::int64_t>& a, const std::vector<std::int64_t>& b) {
  auto all = a;
  all.insert(all.end(), b.begin(), b.end());
  return all;
}

// What each action does to the latents of its cells on average [A, L].
at::Tensor shifts_of_means(const Latents& latents, const std::vector<std::string>& actions) {
  std::vector<std::int64_t> ids;
  for (const auto& action : latents.actions) ids.push_back(action.empty() ? -1 : place(actions, action));
  return mean_shifts(latents.values(), at::tensor(ids, at::kLong), std::ssize(actions));
}

// A table of shifts that nothing trains [A, L]: the same row for the same action.
at::Tensor untrained_shifts(const std::vector<std::string>& actions, std::int64_t width, std::uint64_t seed) {
  std::vector<at::Tensor> rows;
  for (const auto& action : actions) {
    RandomStream stream(seed, "evaluation/mechanisms/untrained/" + action);
    rows.push_back(models::normal_tensor(stream, {width}, 1.0, at::kDouble));
  }
  return at::stack(rows);
}

// What a model says that its actions move [A, L].
at::Tensor stated_masks(const models::Mechanisms& mechanisms) {
  return mechanisms.masks.defined() ? mechanisms.masks.to(at::kDouble) : largest_shifts(mechanisms.shifts);
}

// Masks of all actions of the file in the style of the demo [A', L], of a model that says something.
at::Tensor demo_masks(const models::Mechanisms& mechanisms, const HeldOut& held_out,
                      const std::vector<std::string>& all) {
  const bool masked = mechanisms.masks.defined();
  const auto learned = as_mechanisms(held_out.model()).mechanisms();
  const auto known = stated_masks(mechanisms);
  const auto later = masked ? at::Tensor() : largest_shifts(learned.shifts);
  std::vector<at::Tensor> rows;
  for (const auto& action : all) {
    const auto row = place(mechanisms.actions, action);
    const auto learned_row = masked ? -1 : place(learned.actions, action);
    if (row >= 0) {
      rows.push_back(known[row]);
    } else if (learned_row >= 0) {
      rows.push_back(later[learned_row]);
    } else {
      rows.push_back(at::full({known.size(1)}, masked ? 1.0 : 0.0, known.options()));
    }
  }
  return at::stack(rows);
}

}  // namespace mechanism_truth_detail

Scores score_mechanism_truth(const models::Model& trained, const HeldOut& held_out, const PreparedData& prepared,
                             const std::filesystem::path& file, std::uint64_t seed) {
  namespace detail = mechanism_truth_detail;
  const auto mechanisms = detail::as_mechanisms(trained).mechanisms();
  detail::Latents latents;
  detail::add_latents(latents, trained, prepared, detail::both(prepared.split.train, prepared.split.validation));
  std::vector<std::string> cells;
  for (const auto row : latents.rows) cells.push_back(prepared.table.obs.index[static_cast<std::size_t>(row)]);
  const auto truth = read_true_mechanisms(file, cells);
  const auto values = latents.values();

  const auto pearson = correlation_matrix(values, truth.latents, CorrelationKind::kPearson);
  const auto spearman = correlation_matrix(values, truth.latents, CorrelationKind::kSpearman);
  const auto matching = match(pearson);
  Scores scores{{"mcc", mean_correlation(matching)},
                {"mcc_spearman", mean_correlation(match(spearman))},
                {"linear_r2", linear_r2(values, truth.latents)}};

  const auto& actions = mechanisms.actions.empty() ? trained.task().actions : mechanisms.actions;
  const auto true_masks = with_context(
      file.string(), [&] { return truth.masks.index_select(0, at::tensor(truth.rows(actions), at::kLong)); });
  const bool states = mechanisms.masks.defined() || mechanisms.shifts.defined();
  const auto untrained = [&](const std::vector<std::string>& names) {
    return largest_shifts(detail::untrained_shifts(names, values.size(1), seed));
  };
  const auto masks = states ? detail::stated_masks(mechanisms) : untrained(actions);
  const auto found = mask_scores(masks, true_masks, matching);
  scores.emplace_back("mask_precision", found.precision);
  scores.emplace_back("mask_recall", found.recall);
  scores.emplace_back("mask_f1", found.f1);
  scores.emplace_back("mask_f1_overlap", mask_scores(masks, true_masks, match(mask_overlap(masks, true_masks))).f1);
  const auto demo = states ? detail::demo_masks(mechanisms, held_out, truth.actions) : untrained(truth.actions);
  scores.emplace_back("mask_f1_demo", mask_scores(demo, truth.masks, match(pearson, MatchOn::kSigned)).f1);
  const auto moved = detail::shifts_of_means(latents, actions);
  scores.emplace_back("latent_f1", mask_scores(largest_shifts(moved), true_masks, matching).f1);
  scores.emplace_back("latent_average_precision", mask_average_precision(moved, true_masks, matching));
  const auto clusters = mask_clustering(masks, true_masks);
  scores.emplace_back("mask_clustering", clusters.linkage);
  scores.emplace_back("mask_clustering_identical", clusters.identical);
  return scores;
}

}  // namespace brenier::train
