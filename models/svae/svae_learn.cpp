// Actions that a trained Svae did not know, learned from their cells with everything else as it is.
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/error.h"
#include "models/svae/few_shot.h"
#include "models/svae/svae.h"
#include "models/svae/svae_network.h"

namespace brenier::models {
namespace svae_learn_detail {

constexpr std::int64_t kSteps = 400;
constexpr double kRate = 5e-2;
constexpr std::int64_t kBatch = 512;
constexpr std::int64_t kRepeats = 50;  // draws of few cells

std::int64_t row_of(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) - names.begin();
}

}  // namespace svae_learn_detail

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
    auto& shifts = *learned->network_->shifts;
    shifts.fix(least_squares_shifts(contexts, fresh, task), shifts.masks());
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

// The bound depends on the shifts through -1/2 |m_b - sum_a d_ba mu_a|^2 alone, so its maximum is a linear regression
// of the posterior means, less what known actions add, on the doses of the new ones.
at::Tensor Svae::least_squares_shifts(const std::vector<ContextCells>& contexts, const std::vector<std::string>& fresh,
                                      const Task& task) const {
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
  const auto fitted = at::linalg_pinv(gram, 1e-10, /*hermitian=*/true).matmul(moment);
  const auto effective = network_->shifts->effective();
  auto values = at::zeros({std::ssize(task.actions), settings_.latent_width});
  for (std::size_t a = 0; a < task.actions.size(); ++a) {
    const auto row = svae_learn_detail::row_of(fresh, task.actions[a]);
    values[static_cast<std::int64_t>(a)].copy_(
        row < count ? fitted[row] : effective[svae_learn_detail::row_of(task_.actions, task.actions[a])]);
  }
  return values;
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
