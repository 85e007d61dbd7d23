// DiscrepancyVae as a MechanismModel: what it knows of actions, likelihoods, and actions learned after training.
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/error.h"
#include "models/nn/initialise.h"
#include "models/svae/discrepancy_vae.h"

namespace brenier::models {
namespace discrepancy_mechanisms_detail {

constexpr std::int64_t kBatch = 256;

// log N(x | mean, diag variance) of each row.
at::Tensor log_normal(const at::Tensor& x, const at::Tensor& mean, const at::Tensor& variance) {
  return -0.5 * ((x - mean).square() / variance + variance.log() + std::log(2.0 * std::numbers::pi)).sum(1);
}

at::Tensor drawn_rows(std::int64_t size, std::int64_t count, RandomStream& stream) {
  return at::tensor(stream.sample(size, std::min(size, count)), at::kLong);
}

}  // namespace discrepancy_mechanisms_detail

Mechanisms DiscrepancyVae::mechanisms() const {
  const c10::NoGradGuard no_grad;
  const auto [targets, shifts] = targets_and_shifts(settings_.temperature.most);
  const auto centre = reference_.mean.mean(0, true);
  const auto moved = centre + at::eye(networks_.latents(), at::kDouble);
  return {.actions = vocabulary().actions,
          .shifts = shifts.detach().expand_as(targets).contiguous(),
          .masks = targets.detach().contiguous(),
          .gene_effects = generated(moved) - generated(centre)};
}

at::Tensor DiscrepancyVae::latents(const at::Tensor& cells, const Context&) const {
  const c10::NoGradGuard no_grad;
  return networks_.causal(networks_.encode(cells.to(at::kDouble)).mean);
}

at::Tensor DiscrepancyVae::log_likelihood(const at::Tensor& cells, const Context& context, std::int64_t samples,
                                          RandomStream& stream) const {
  namespace detail = discrepancy_mechanisms_detail;
  if (samples < 1) {
    throw Error(ErrorKind::kUsage, "a likelihood needs samples").found(std::to_string(samples)).expected("at least 1");
  }
  const c10::NoGradGuard no_grad;
  const auto shift = shift_of(context, settings_.temperature.most);
  const auto x = cells.to(at::kDouble);
  const auto posterior = networks_.encode(x);
  const auto one = at::ones({}, at::kDouble);
  at::Tensor total;
  for (std::int64_t k = 0; k < samples; ++k) {
    const auto noise = normal_tensor(stream, {x.size(0), networks_.latents()}, 1.0, at::kDouble);
    const auto e = posterior.mean + posterior.variance.sqrt() * noise;
    const auto weight = detail::log_normal(x, generated(e), one) + detail::log_normal(e, shift, one) -
                        detail::log_normal(e, posterior.mean, posterior.variance);
    total = total.defined() ? at::logaddexp(total, weight) : weight;
  }
  return total - std::log(static_cast<double>(samples));
}

at::Tensor DiscrepancyVae::draw_reference(std::int64_t count, RandomStream& stream) const {
  const auto rows = discrepancy_mechanisms_detail::drawn_rows(reference_.mean.size(0), count, stream);
  const auto noise = normal_tensor(stream, {rows.size(0), networks_.latents()}, 1.0, at::kDouble);
  return reference_.mean.index_select(0, rows) + reference_.variance.index_select(0, rows).sqrt() * noise;
}

std::vector<DiscrepancyVae::Lesson> DiscrepancyVae::lessons(const std::vector<ContextCells>& contexts) const {
  std::vector<Lesson> all;
  for (const auto& given : contexts) {
    if (given.cells.dim() != 2 || given.cells.size(0) < 1 || given.cells.size(1) != width()) {
      throw Error(ErrorKind::kData, "an intervention cannot be learned without cells")
          .at("context " + to_string(given.context))
          .expected("at least one cell in the " + std::to_string(width()) + " genes of the model");
    }
    all.push_back({given.cells.to(at::kDouble), doses(given.context)});
  }
  return all;
}

// The latent in which the cells of a context lie farthest from control cells becomes the target of its new actions, the
// distance their shift.
void DiscrepancyVae::start_learned(const std::vector<Lesson>& lessons) {
  const c10::NoGradGuard no_grad;
  const auto known = networks_.shifts().size(0);
  const auto centre = reference_.mean.mean(0);
  for (const auto& lesson : lessons) {
    const auto [targets, shifts] = targets_and_shifts(settings_.temperature.most);
    const auto doses = lesson.doses;
    const auto known_part = at::mv((targets * shifts).narrow(0, 0, known).t(), doses.narrow(0, 0, known));
    const auto distance = networks_.encode(lesson.cells).mean.mean(0) - centre - known_part;
    const auto farthest = distance.abs().argmax().item<std::int64_t>();
    const auto fresh = doses.narrow(0, known, doses.size(0) - known);
    const double total = fresh.abs().sum().item<double>();
    for (std::int64_t a = 0; a < fresh.size(0); ++a) {
      if (fresh[a].item<double>() == 0.0) continue;
      learned_.logits[a].zero_();
      learned_.logits[a][farthest] = 2.0;
      learned_.shifts[a] = distance[farthest] / total;
    }
  }
}

void DiscrepancyVae::fit_learned(const std::vector<Lesson>& lessons, std::uint64_t seed, Reporter& reporter) {
  namespace detail = discrepancy_mechanisms_detail;
  learned_.logits.set_requires_grad(true);
  learned_.shifts.set_requires_grad(true);
  const std::vector<at::Tensor> fitted = {learned_.logits, learned_.shifts};
  Adam adam(fitted, {.learning_rate = settings_.learn_rate});
  RandomStream stream(seed, "discrepancy_vae/learn");
  reporter.begin("learn actions", settings_.learn_steps, 0);
  for (std::int64_t step = 0; step < settings_.learn_steps; ++step) {
    auto total = std::vector<at::Tensor>{at::zeros_like(learned_.logits), at::zeros_like(learned_.shifts)};
    double value = 0.0;
    for (const auto& lesson : lessons) {
      const auto truth = lesson.cells.index_select(0, detail::drawn_rows(lesson.cells.size(0), detail::kBatch, stream));
      const auto [targets, shifts] = targets_and_shifts(settings_.temperature.most);
      const auto predicted =
          generated(draw_reference(detail::kBatch, stream) + at::mv((targets * shifts).t(), lesson.doses));
      const auto discrepancy = kernel_discrepancy(predicted.detach(), truth, settings_.kernels, true);
      const auto part = torch::autograd::grad({predicted}, fitted, {discrepancy.gradient});
      for (std::size_t i = 0; i < total.size(); ++i) total[i] += part[i];
      value += discrepancy.value / static_cast<double>(lessons.size());
    }
    const double progress = static_cast<double>(step) / static_cast<double>(settings_.learn_steps);
    adam.step(total, 0.5 * (1.0 + std::cos(std::numbers::pi * progress)));
    reporter.advance(step + 1, "discrepancy " + std::to_string(value));
  }
  reporter.end();
  learned_.logits = learned_.logits.detach();
  learned_.shifts = learned_.shifts.detach();
}

std::unique_ptr<Model> DiscrepancyVae::learn_actions(const std::vector<ContextCells>& contexts, std::uint64_t seed,
                                                     Reporter& reporter) const {
  auto model = std::make_unique<DiscrepancyVae>(settings_, task_, seed_);
  model->learned_ = {learned_.names, learned_.logits.detach().clone(), learned_.shifts.detach().clone()};
  model->load_state(state());
  auto& learned = model->learned_;
  const auto known = vocabulary().actions;
  for (const auto& given : contexts) {
    for (const auto& action : given.context.actions) {
      const auto taken = [&](const auto& names) {
        return std::find(names.begin(), names.end(), action.name) != names.end();
      };
      if (!taken(known) && !taken(learned.names)) learned.names.push_back(action.name);
    }
  }
  const auto more = std::ssize(learned.names) - learned.shifts.size(0);
  if (more == 0) return model;
  learned.logits = at::cat({learned.logits, at::zeros({more, networks_.latents()}, at::kDouble)});
  learned.shifts = at::cat({learned.shifts, at::ones({more}, at::kDouble)});
  const auto all = model->lessons(contexts);
  model->start_learned(all);
  model->fit_learned(all, seed, reporter);
  return model;
}

}  // namespace brenier::models
