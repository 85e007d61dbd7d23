#include "train/evaluation/true_maps.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>

#include "core/error.h"
#include "data/h5ad/reader.h"
#include "models/condot/gaussian_maps.h"

namespace brenier::train {
namespace true_maps_detail {

struct AffineMap {
  at::Tensor matrix;  // [D, D]
  at::Tensor shift;   // [D]
  [[nodiscard]] at::Tensor operator()(const at::Tensor& x) const { return x.mm(matrix.t()) + shift; }
};

at::Tensor read(const std::filesystem::path& file, const std::string& name) {
  const auto element = data::read_h5ad_element(file, "uns/" + name);
  const auto* array = element.as<data::NumericArray>();
  if (array == nullptr) throw Error(ErrorKind::kData, "true maps are no array").at("uns/" + name);
  auto values = at::empty({array->count()}, at::kDouble);
  for (std::int64_t i = 0; i < array->count(); ++i) values.mutable_data_ptr<double>()[i] = array->at(i);
  return values.view(array->shape);
}

// dose -> map.
std::map<double, AffineMap> read_maps(const std::filesystem::path& file) {
  const auto doses = read(file, "true_doses");
  const auto matrix = read(file, "true_map_matrix");
  const auto shift = read(file, "true_map_shift");
  std::map<double, AffineMap> maps;
  for (std::int64_t k = 0; k < doses.size(0); ++k) maps[doses[k].item<double>()] = {matrix[k], shift[k]};
  return maps;
}

const AffineMap& map_of(const std::map<double, AffineMap>& maps, const Context& context) {
  const auto found = context.actions.size() == 1 ? maps.find(context.actions.front().dose) : maps.end();
  if (found == maps.end())
    throw Error(ErrorKind::kData, "the file holds no true map of a context").at(to_string(context));
  return found->second;
}

AffineMap fit_map(const at::Tensor& source, const at::Tensor& target) {
  const auto x = source.to(at::kDouble);
  const auto y = target.to(at::kDouble);
  const auto matrix = models::gaussian_map(at::cov(x.t()), at::cov(y.t()));
  return {matrix, y.mean(0) - matrix.mv(x.mean(0))};
}

double l2_uvp(const at::Tensor& predicted, const at::Tensor& truth) {
  const double variance = truth.var(0, /*unbiased=*/false).sum().item<double>();
  return 100.0 * (predicted.to(at::kDouble) - truth).square().sum(1).mean().item<double>() / variance;
}

const ScoredContext& nearest(const std::vector<const ScoredContext*>& training, double dose) {
  return **std::min_element(training.begin(), training.end(), [dose](const auto* a, const auto* b) {
    return std::abs(a->context.actions.front().dose - dose) < std::abs(b->context.actions.front().dose - dose);
  });
}

}  // namespace true_maps_detail

void score_true_maps(Evaluation& evaluation, const models::Model& model, const std::vector<Baseline>& baselines,
                     const std::vector<ScoredContext>& contexts, const std::filesystem::path& file,
                     std::int64_t bootstrap, std::uint64_t seed) {
  namespace detail = true_maps_detail;
  const at::NoGradGuard no_grad;
  const auto maps = with_context(file.string(), [&] { return detail::read_maps(file); });
  std::vector<const ScoredContext*> training;
  std::vector<at::Tensor> treated;
  for (const auto& one : contexts) {
    if (one.held_out) continue;
    training.push_back(&one);
    treated.push_back(one.truth);
  }
  const auto pooled = detail::fit_map(training.front()->control, at::cat(treated));
  std::map<std::string, std::pair<std::vector<double>, std::vector<double>>> values;  // training, unseen
  std::vector<std::string> methods{"model"};
  for (const auto& baseline : baselines) methods.push_back(baseline.name);
  methods.insert(methods.end(), {"nearest_map", "pooled_map"});
  for (const auto& one : contexts) {
    const auto truth = detail::map_of(maps, one.context)(one.control.to(at::kDouble));
    const auto& neighbour = detail::nearest(training, one.context.actions.front().dose);
    Scores scores{{"model", detail::l2_uvp(model.predict(one.control, one.context), truth)}};
    for (const auto& baseline : baselines) {
      scores.emplace_back(baseline.name, detail::l2_uvp(baseline.model->predict(one.control, one.context), truth));
    }
    const auto x = one.control.to(at::kDouble);
    scores.emplace_back("nearest_map", detail::l2_uvp(detail::fit_map(neighbour.control, neighbour.truth)(x), truth));
    scores.emplace_back("pooled_map", detail::l2_uvp(pooled(x), truth));
    auto entry = std::find_if(evaluation.contexts.begin(), evaluation.contexts.end(),
                              [&](const ContextEvaluation& known) { return known.context == one.context; });
    if (entry == evaluation.contexts.end()) {
      evaluation.contexts.push_back({one.context, one.held_out, one.control.size(0), one.truth.size(0), {}, {}});
      entry = evaluation.contexts.end() - 1;
    }
    for (const auto& [method, value] : scores) {
      auto& [seen, unseen] = values[method];
      (one.held_out ? unseen : seen).push_back(value);
      auto found = std::find_if(entry->scores.begin(), entry->scores.end(),
                                [&name = method](const auto& item) { return item.first == name; });
      if (found == entry->scores.end()) found = entry->scores.insert(entry->scores.end(), {method, {}});
      found->second.emplace_back("l2_uvp", value);
    }
  }
  for (const auto& method : methods) {
    auto found = std::find_if(evaluation.summary.begin(), evaluation.summary.end(),
                              [&](const auto& item) { return item.first == method; });
    if (found == evaluation.summary.end()) found = evaluation.summary.insert(evaluation.summary.end(), {method, {}});
    found->second.emplace_back("l2_uvp_train", summarise(values[method].first, bootstrap, seed));
    found->second.emplace_back("l2_uvp_unseen", summarise(values[method].second, bootstrap, seed));
  }
}

}  // namespace brenier::train
