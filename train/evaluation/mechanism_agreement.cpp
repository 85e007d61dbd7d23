#include "train/evaluation/mechanism_agreement.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <limits>
#include <unordered_map>
#include <utility>

#include "core/error.h"
#include "core/random.h"
#include "train/evaluation/mechanism_doubts.h"
#include "train/evaluation/row_latents.h"
#include "train/recovery/mean_correlation.h"
#include "train/recovery/stability.h"

namespace brenier::train {
namespace mechanism_agreement_detail {

constexpr int kShuffles = 200;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Rows of the two runs that are the same cell, in the order of the first.
std::pair<std::vector<std::int64_t>, std::vector<std::int64_t>> common_cells(const MechanismRun& first,
                                                                             const MechanismRun& second) {
  std::unordered_map<std::string, std::int64_t> known;
  for (std::size_t i = 0; i < second.cells.size(); ++i) known.emplace(second.cells[i], static_cast<std::int64_t>(i));
  std::pair<std::vector<std::int64_t>, std::vector<std::int64_t>> rows;
  for (std::size_t i = 0; i < first.cells.size(); ++i) {
    const auto found = known.find(first.cells[i]);
    if (found == known.end()) continue;
    rows.first.push_back(static_cast<std::int64_t>(i));
    rows.second.push_back(found->second);
  }
  return rows;
}

double chance(const at::Tensor& first, const at::Tensor& second, const Matching& matching) {
  RandomStream stream(0, "mechanism agreement");
  double sum = 0.0;
  for (int i = 0; i < kShuffles; ++i) {
    const auto order = stream.sample(second.size(0), second.size(0));
    sum += mask_stability(first, second.index_select(0, at::tensor(order, at::kLong)), matching).f1;
  }
  return sum / kShuffles;
}

// What a run adds for an action: shifts, under masks where there are any.
at::Tensor effective(const models::Mechanisms& mechanisms) {
  const auto shifts = mechanisms.shifts.to(at::kDouble);
  return mechanisms.masks.defined() ? shifts * mechanisms.masks.gt(0.5).to(at::kDouble) : shifts;
}

// Of matched latents alone; a latent that runs the other way counts with the other sign.
double shift_correlation(const at::Tensor& first, const at::Tensor& second, const Matching& matching) {
  std::vector<double> signs;
  for (const double score : matching.score) signs.push_back(score < 0 ? -1.0 : 1.0);
  const auto width = first.size(1);
  const auto turned = matching.align(second).narrow(1, 0, width) * at::tensor(signs, at::kDouble);
  return correlation_matrix(turned.reshape({-1, 1}), first.reshape({-1, 1}), CorrelationKind::kPearson).item<double>();
}

}  // namespace mechanism_agreement_detail

MechanismRun mechanism_run(const std::string& name, const models::Model& model, const PreparedData& prepared) {
  const at::NoGradGuard no_grad;
  const auto* known = dynamic_cast<const models::MechanismModel*>(&model);
  if (known == nullptr || !known->mechanisms().shifts.defined()) {
    throw Error(ErrorKind::kUsage, "this run has no mechanisms to compare")
        .at(name)
        .found("model '" + model.kind() + "'")
        .expected("a run folder of a model that shifts latents, with its checkpoints: svae_plus, sams_vae, ...");
  }
  MechanismRun run{name, known->mechanisms(), {}, {}};
  std::vector<at::Tensor> latents;
  for (std::size_t id = 0; id < prepared.contexts.contexts.size(); ++id) {
    const auto& context = prepared.contexts.contexts[id];
    const auto& rows = prepared.contexts.rows[id];
    if (!tells_of(model, context)) continue;
    for (const auto row : rows) run.cells.push_back(prepared.table.obs.index[static_cast<std::size_t>(row)]);
    for (auto& z : row_latents(*known, prepared.table, rows, context)) latents.push_back(std::move(z));
  }
  run.latents = latents.empty() ? at::zeros({0, run.mechanisms.shifts.size(1)}) : at::cat(latents);
  return run;
}

MechanismAgreement mechanism_agreement(const MechanismRun& first, const MechanismRun& second) {
  namespace detail = mechanism_agreement_detail;
  return with_context("runs '" + first.name + "' and '" + second.name + "'", [&] {
    const auto rows = detail::common_cells(first, second);
    const auto pick = [](const at::Tensor& from, const std::vector<std::int64_t>& which) {
      return from.index_select(0, at::tensor(which, at::kLong));
    };
    const auto matching = match(correlation_matrix(pick(second.latents, rows.second), pick(first.latents, rows.first),
                                                   CorrelationKind::kPearson));
    const auto shared = [&](const at::Tensor& one, const at::Tensor& other) {
      return common_actions(first.mechanisms.actions, one, second.mechanisms.actions, other);
    };
    const auto shifts = shared(detail::effective(first.mechanisms), detail::effective(second.mechanisms));
    MechanismAgreement agreement;
    agreement.cells = std::ssize(rows.first);
    agreement.actions = shifts.first.size(0);
    agreement.latent_correlation = mean_correlation(matching);
    agreement.shift_correlation = detail::shift_correlation(shifts.first, shifts.second, matching);
    agreement.mask_f1 = agreement.mask_f1_chance = agreement.mask_jaccard = detail::kNaN;
    if (!first.mechanisms.masks.defined() || !second.mechanisms.masks.defined()) return agreement;
    const auto masks = shared(first.mechanisms.masks, second.mechanisms.masks);
    const auto stability = mask_stability(masks.first, masks.second, matching);
    agreement.mask_f1 = stability.f1;
    agreement.mask_jaccard = stability.jaccard;
    agreement.mask_f1_chance = detail::chance(masks.first, masks.second, matching);
    return agreement;
  });
}

}  // namespace brenier::train
