// What a context is to Condot: the fit of its description before the transport stage, the inputs it makes, and the step
// of a learned combinator.
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>

#include <utility>

#include "models/condot/condot.h"
#include "models/condot/mode_of_action.h"

namespace brenier::models {
namespace condot_context_detail {

// One update of a combinator, given the gradient of a loss in the context path whose front it makes.
void update(const DeepSet& set, const at::Tensor& items, const at::Tensor& path_gradient, Adam& adam,
            double learning_rate) {
  const auto& parameters = set.trainable();
  const auto place = set(items);
  auto gradients =
      torch::autograd::grad({place}, parameters, {path_gradient.narrow(0, 0, place.size(0))}, /*retain_graph=*/false,
                            /*create_graph=*/false, /*allow_unused=*/true);
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    if (!gradients[i].defined()) gradients[i] = at::zeros_like(parameters[i].detach());
  }
  adam.step(std::move(gradients), learning_rate);
}

}  // namespace condot_context_detail

void Condot::fit_contexts(const TrainingView& view, const at::Tensor& latents) {
  std::vector<at::Tensor> places;
  std::vector<at::Tensor> traits;
  for (const auto& one : view.contexts()) {
    const auto items = features_.items(encode_actions(features_.vocabulary(), one.context));
    places.push_back(settings_.combinator == "sum" ? items.mean(0) : features_.place(items));
    traits.push_back(features_.trait_row(encode_covariates(features_.vocabulary(), one.context)));
  }
  kernel_.fit(view, latents, at::stack(places), at::stack(traits));
}

void Condot::place_actions(const TrainingView& view, const at::Tensor& latents) {
  const auto populations = action_populations(view, latents, scale_.item<double>());
  const auto moa = mode_of_action(populations, {.width = settings_.embedding_width}, seed_);
  features_.set_rows(moa.places);
  stress_.fill_(moa.stress);
  fit_contexts(view, latents);
}

Condot::ContextInput Condot::context_input(const Context& context, const at::Tensor& centre) const {
  const auto actions = encode_actions(features_.vocabulary(), context);
  const auto covariates = encode_covariates(features_.vocabulary(), context);
  const auto known = features_.training_actions();
  const auto all = static_cast<std::int64_t>(features_.vocabulary().actions.size());
  const auto items = features_.items(actions);
  ContextQuery query;
  query.actions = actions.narrow(0, 0, known);
  query.centre = centre;
  query.place = features_.place(items);
  query.traits = features_.trait_row(covariates);
  if (all > known) {
    const auto asked = (actions.narrow(0, known, all - known) > 0).nonzero().squeeze(1) + known;
    query.others = features_.rows().index_select(0, asked);
  }
  if (features_.vocabulary().unknown_actions) query.unknown = actions[-1].item<double>();
  ContextInput input;
  if (settings_.context == "none") {
    const auto contexts = kernel_.doses().size(0);
    input.kappa = at::full({contexts}, 1.0 / static_cast<double>(contexts));
    input.means = input.kappa;
    input.path = input.f_path = at::ones({1});
    return input;
  }
  input.means = kernel_.weights(query);
  input.kappa = settings_.anchor_mean ? ContextKernel::shares(input.means) : input.means.clamp_min(0);
  if (settings_.context == "kernel") {
    input.path = input.f_path = input.kappa;
    return input;
  }
  input.rest = at::cat({covariates.index_select(0, features_.plain_covariates()), query.traits});
  if (!g_set_) {
    input.path = input.f_path = at::cat({query.place, input.rest});
    return input;
  }
  const c10::NoGradGuard no_grad;
  input.items = items;
  input.path = at::cat({(*g_set_)(items), input.rest});
  input.f_path = at::cat({(*f_set_)(items), input.rest});
  return input;
}

// The combinators move once an outer step, each on the loss of its own potential: that of g on the map loss, that of f
// on the potential loss.
void Condot::set_step(const ContextInput& input, const DualLosses& losses, double learning_rate) {
  condot_context_detail::update(*g_set_, input.items, losses.map_context, *g_set_adam_, learning_rate);
  condot_context_detail::update(*f_set_, input.items, losses.potential_context, *f_set_adam_, learning_rate);
}

}  // namespace brenier::models
