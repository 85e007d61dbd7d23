// Actions that a trained Svae did not know, learned from their cells with everything else as it is, and what the end of
// training keeps for them.
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "core/error.h"
#include "models/latent/latent_space.h"
#include "models/svae/few_shot.h"
#include "models/svae/new_shifts.h"
#include "models/svae/svae.h"
#include "models/svae/svae_network.h"

namespace brenier::models {
namespace svae_learn_detail {

constexpr std::int64_t kSteps = 400;
constexpr double kRate = 5e-2;
constexpr std::int64_t kBatch = 512;
constexpr std::int64_t kRepeats = 50;  // draws of few cells

// Moments of the latents of each training context's cells, and of the cells of no context in the last row.
struct LatentMoments {
  at::Tensor count;     // [K + 1]
  at::Tensor mean;      // [K + 1, L], 0 without cells
  at::Tensor variance;  // [K + 1, L], divided by the count
};

LatentMoments latent_moments(const TrainingView& view, const std::function<at::Tensor(const at::Tensor&)>& latents,
                             std::int64_t width) {
  const auto last = std::ssize(view.contexts());
  auto group = at::full({view.size()}, last, at::kLong);
  auto* of_row = group.mutable_data_ptr<std::int64_t>();
  for (std::int64_t k = 0; k < last; ++k) {
    for (const auto row : view.contexts()[static_cast<std::size_t>(k)].treated) of_row[row] = k;
  }
  auto count = at::zeros({last + 1}, at::kDouble);
  auto sum = at::zeros({last + 1, width}, at::kDouble);
  auto squares = at::zeros_like(sum);
  for_each_chunk(view, [&](const at::Tensor& cells, std::int64_t first) {
    const auto z = latents(cells).to(at::kDouble);
    const auto to = group.narrow(0, first, cells.size(0));
    count.index_add_(0, to, at::ones({cells.size(0)}, at::kDouble));
    sum.index_add_(0, to, z);
    squares.index_add_(0, to, z.square());
  });
  const auto cells = count.clamp_min(1.0).unsqueeze(1);
  const auto mean = sum / cells;
  return {count, mean, (squares / cells - mean.square()).clamp_min(0.0)};
}

std::int64_t row_of(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) - names.begin();
}

}  // namespace svae_learn_detail

// The mean control cell, and what the known actions say about shifts in general (new_shifts.h): how many entries are
// moved, how far, and how far the cells of an action are from where its masks leave them, beyond what chance does to a
// mean.
void Svae::end_training(const TrainingView& view) {
  const c10::NoGradGuard no_grad;
  const auto moments = svae_learn_detail::latent_moments(
      view, [&](const at::Tensor& cells) { return latents(cells, Context{}); }, settings_.latent_width);
  const auto last = std::ssize(view.contexts());
  const auto total = moments.count.sum().clamp_min(1.0);
  const bool any_control = moments.count[last].item<double>() > 0.0;
  origin_.copy_(any_control ? moments.mean[last] : moments.count.matmul(moments.mean) / total);
  if (!network_->shifts) return;

  const auto shifts = network_->shifts->effective().to(at::kDouble);
  const bool sparse = penalizes_masks();
  const auto moved = sparse ? network_->shifts->masks().gt(0.5).to(at::kDouble) : at::ones_like(shifts);
  const double count = moved.sum().item<double>();
  double beside = 0.0;
  double entries = 0.0;
  for (std::int64_t k = 0; sparse && k < last; ++k) {
    const double cells = moments.count[k].item<double>();
    if (cells < 2.0) continue;
    const auto& context = view.contexts()[static_cast<std::size_t>(k)].context;
    const auto away = moments.mean[k] - shift_of(context).to(at::kDouble);
    const auto by_chance = moments.variance[k] / (cells - 1.0);
    const auto still =
        encode_actions(vocabulary(), context).to(at::kDouble).abs().matmul(moved).eq(0.0).to(at::kDouble);
    beside += ((away.square() - by_chance) * still).sum().item<double>();
    entries += still.sum().item<double>();
  }
  auto* prior = prior_.mutable_data_ptr<double>();
  prior[0] = sparse ? (count + 1.0) / (static_cast<double>(moved.numel()) + 2.0) : 1.0;
  prior[1] = std::max(shifts.square().sum().item<double>() / std::max(count, 1.0), 1e-6);
  prior[2] = entries > 0.0 ? std::clamp(beside / entries, 0.0, prior[1]) : 0.0;
  const auto share = moments.count / total;
  prior[3] = std::clamp(share.matmul(moments.variance).mean().item<double>(), 1e-3, 1.0);
}

std::unique_ptr<Model> Svae::learn_actions(const std::vector<ContextCells>& contexts, std::uint64_t seed,
                                           Reporter& reporter) const {
  const c10::NoGradGuard no_grad;
  Task task = task_;
  std::vector<std::string> fresh;
  for (const auto& one : contexts) {
    if (one.cells.size(0) == 0) {
      throw Error(ErrorKind::kData, "an action cannot be learned without cells").at(to_string(one.context));
    }
    for (const auto& action : one.context.actions) {
      auto& names = task.actions;
      if (std::find(names.begin(), names.end(), action.name) != names.end()) continue;
      names.push_back(action.name);
      fresh.push_back(action.name);
    }
  }
  std::sort(task.actions.begin(), task.actions.end());
  auto settings = settings_;
  // Its shifts are numbers of the table from here on, whatever posterior they came from.
  settings.guide = "mean_field";
  auto learned = std::make_unique<Svae>(settings, task, seed_);
  learned->copy_known(*this);
  if (!settings_.has_shifts()) return learned;
  if (settings_.is_additive() && settings_.encoder_sees_shift) {
    learned->fit_shifts(contexts, fresh, seed, reporter);
  } else {
    learned->add_shifts(regress_shifts(contexts, fresh), fresh);
  }
  return learned;
}

// Networks as they are; masks binarised; new actions move every latent, by nothing yet.
void Svae::copy_known(const Svae& from) {
  const c10::NoGradGuard no_grad;
  State own;
  State given;
  const auto of_shifts = [](const std::string& name) {
    return name.starts_with("shift") || name.starts_with("mask_logits");
  };
  for (const auto& item : network_->weights()) {
    if (!of_shifts(item.first)) own.push_back(item);
  }
  for (const auto& item : from.network_->weights()) {
    if (!of_shifts(item.first)) given.push_back(item);
  }
  copy_state(given, own);
  cells_.copy_(from.cells_);
  gamma_.copy_(from.gamma_);
  scores_.copy_(from.scores_);
  prior_.copy_(from.prior_);
  origin_.copy_(from.origin_);
  if (!network_->shifts) return;
  const auto effective = from.network_->shifts->effective();
  const auto known = from.network_->shifts->masks();
  auto values = at::zeros({std::ssize(task_.actions), settings_.latent_width});
  auto masks = at::ones_like(values);
  for (std::size_t a = 0; a < from.task_.actions.size(); ++a) {
    const auto row = svae_learn_detail::row_of(task_.actions, from.task_.actions[a]);
    values[row].copy_(effective[static_cast<std::int64_t>(a)]);
    if (known.defined()) masks[row].copy_((known[static_cast<std::int64_t>(a)] > 0.5).to(at::kFloat));
  }
  network_->shifts->fix(values, masks);
}

// Of actions `fresh`, in that order: [F, L].
at::Tensor Svae::regress_shifts(const std::vector<ContextCells>& contexts,
                                const std::vector<std::string>& fresh) const {
  const auto count = std::ssize(fresh);
  auto gram = at::zeros({count, count}, at::kDouble);
  auto moment = at::zeros({count, settings_.latent_width}, at::kDouble);
  for (const auto& one : contexts) {
    Context rest;
    auto doses = at::zeros({count}, at::kDouble);
    for (const auto& action : one.context.actions) {
      const auto row = svae_learn_detail::row_of(fresh, action.name);
      if (row < count) {
        doses[row] = action.dose;
      } else {
        rest.actions.push_back(action);
      }
    }
    const auto cells = static_cast<double>(one.cells.size(0));
    const auto means = latents(one.cells, Context{}).to(at::kDouble).mean(0) - shift_of(rest).to(at::kDouble);
    gram += cells * doses.outer(doses);
    moment += cells * doses.outer(means);
  }
  const auto* prior = prior_.const_data_ptr<double>();
  return new_shifts(gram, moment, {prior[0], prior[1], prior[2], prior[3]});
}

void Svae::add_shifts(const at::Tensor& shifts, const std::vector<std::string>& fresh) {
  auto values = network_->shifts->values().clone();
  for (std::size_t a = 0; a < fresh.size(); ++a) {
    values[svae_learn_detail::row_of(task_.actions, fresh[a])].copy_(shifts[static_cast<std::int64_t>(a)]);
  }
  network_->shifts->fix(values, network_->shifts->masks());
}

void Svae::fit_shifts(const std::vector<ContextCells>& contexts, const std::vector<std::string>& fresh,
                      std::uint64_t seed, Reporter& reporter) {
  namespace detail = svae_learn_detail;
  auto values = network_->shifts->values().clone();
  const auto masks = network_->shifts->masks().clone();
  auto moves = at::zeros({values.size(0), 1});  // 1 where an action is new
  for (const auto& name : fresh) moves[detail::row_of(task_.actions, name)] = 1.0;
  AdamSettings fast;
  fast.learning_rate = detail::kRate;
  Adam adam({values}, fast);
  RandomStream rows(seed, "svae learn/cells");
  RandomStream noise(seed, "svae learn/noise");
  reporter.begin("learn actions", detail::kSteps, 0);
  for (std::int64_t step = 0; step < detail::kSteps; ++step) {
    auto gradient = at::zeros_like(values);
    double bound = 0.0;
    for (const auto& one : contexts) {
      const auto doses = encode_actions(task_, one.context);
      const auto count = one.cells.size(0);
      const auto cells = count <= detail::kBatch
                             ? one.cells
                             : one.cells.index_select(0, at::tensor(rows.sample(count, detail::kBatch), at::kLong));
      const auto shifts = doses.matmul(values * masks).expand({cells.size(0), settings_.latent_width}).contiguous();
      at::Tensor by_shift;
      bound += network_->vae.shift_gradient(cells, shifts, noise, by_shift);
      gradient += doses.outer(by_shift.sum(0)) * masks;
    }
    adam.step({gradient * moves}, 1.0 - static_cast<double>(step) / static_cast<double>(detail::kSteps));
    reporter.advance(step + 1, "bound " + std::to_string(bound / static_cast<double>(contexts.size())));
  }
  reporter.end();
  network_->shifts->fix(values, masks);
}

double Svae::score_left_out(const TrainingView& view) const {
  const c10::NoGradGuard no_grad;
  RandomStream stream(seed_, "svae few shots");
  double score = 0.0;
  std::int64_t scored = 0;
  for (const auto label : left_out_.judging()) {
    const auto cells = view.rows(view.contexts()[static_cast<std::size_t>(label)].treated);
    if (cells.size(0) <= settings_.shots) continue;
    const auto bounds = log_likelihood(cells, Context{}, 1, stream);
    score += few_shot_score(latents(cells, Context{}), bounds, settings_.shots, svae_learn_detail::kRepeats, stream);
    ++scored;
  }
  if (scored == 0) {
    throw Error(ErrorKind::kData, "gamma cannot be chosen: no left-out action has enough cells")
        .at("model.gamma_rule")
        .expected("single actions with more than " + std::to_string(settings_.shots) + " training cells (model.shots)")
        .hint("gamma_rule 'fixed' takes gamma as it is");
  }
  return score / static_cast<double>(scored);
}

}  // namespace brenier::models
