#include "train/evaluation/mechanisms.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/log.h"
#include "core/random.h"
#include "core/shape.h"
#include "models/mechanism_model.h"
#include "train/evaluation/mechanism_doubts.h"
#include "train/evaluation/mechanism_truth.h"
#include "train/evaluation/true_mechanisms.h"
#include "train/table_view.h"

namespace brenier::train {
namespace mechanisms_detail {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

const models::MechanismModel& as_mechanisms(const models::Model& model) {
  const auto* mechanisms = dynamic_cast<const models::MechanismModel*>(&model);
  if (mechanisms != nullptr) return *mechanisms;
  throw Error(ErrorKind::kUsage, "a model of this kind has no latent mechanisms to score")
      .at("evaluate.mechanisms.enabled")
      .found("model '" + model.kind() + "'")
      .expected("a model with latent mechanisms, or evaluate.mechanisms.enabled false");
}

// One population whose likelihood is asked for.
struct Population {
  Context context;
  at::Tensor cells;
};

// Every context that the model can tell of, controls too, by those of its cells that are in one part of the split.
std::vector<Population> populations(const models::Model& model, const PreparedData& prepared,
                                    const std::vector<std::int64_t>& part, const std::string& name, std::int64_t cells,
                                    std::uint64_t seed) {
  std::vector<Population> found;
  for (std::size_t id = 0; id < prepared.contexts.contexts.size(); ++id) {
    const auto& context = prepared.contexts.contexts[id];
    if (!tells_of(model, context)) continue;
    const auto& all = prepared.contexts.rows[id];
    std::vector<std::int64_t> rows;
    std::set_intersection(all.begin(), all.end(), part.begin(), part.end(), std::back_inserter(rows));
    if (rows.empty()) continue;
    rows = at_most(std::move(rows), cells,
                   RandomStream(seed, "evaluation/mechanisms/" + name + "/cells/" + to_string(context)));
    found.push_back({context, dense_rows(prepared.table, rows)});
  }
  return found;
}

// The same of the contexts that are judged.
std::vector<Population> held_out_populations(const HeldOut& held_out, std::int64_t cells, std::uint64_t seed) {
  std::vector<Population> found;
  for (const auto& scored : held_out.contexts()) {
    if (!tells_of(held_out.model(), scored.context)) continue;
    std::vector<std::int64_t> rows(static_cast<std::size_t>(scored.truth.size(0)));
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::int64_t>(i);
    rows = at_most(std::move(rows), cells,
                   RandomStream(seed, "evaluation/mechanisms/held_out/cells/" + to_string(scored.context)));
    found.push_back({scored.context, scored.truth.index_select(0, at::tensor(rows, at::kLong))});
  }
  return found;
}

double mean_likelihood(const models::MechanismModel& model, const Population& population, std::int64_t samples,
                       RandomStream stream) {
  const auto values = model.log_likelihood(population.cells, population.context, samples, stream);
  check_shape(values, "log likelihood", "[B]", {{"B", population.cells.size(0)}}, ErrorKind::kDefect);
  check_finite(values, "log likelihood", ErrorKind::kNumerical);
  return values.mean().item<double>();
}

std::vector<double> likelihoods(const models::Model& model, const std::vector<Population>& populations,
                                std::int64_t samples, const std::string& name, std::uint64_t seed) {
  std::vector<double> values;
  for (const auto& population : populations) {
    const auto context = to_string(population.context);
    values.push_back(with_context(name + " of context '" + context + "'", [&] {
      return mean_likelihood(as_mechanisms(model), population, samples,
                             RandomStream(seed, "evaluation/mechanisms/" + name + "/" + context));
    }));
  }
  return values;
}

}  // namespace mechanisms_detail

void check_mechanisms(const MechanismSettings& settings, const models::Model& model, const PreparedData& prepared,
                      const std::filesystem::path& file) {
  if (!settings.enabled) return;
  (void)mechanisms_detail::as_mechanisms(model);
  if (!settings.truth) return;
  const auto truth = read_true_mechanisms(file, prepared.table.obs.index);
  with_context(file.string(), [&] { (void)truth.rows(model.task().actions); });
}

void score_mechanisms(Evaluation& evaluation, const models::Model& trained, const HeldOut& held_out,
                      const PreparedData& prepared, const EvaluateSettings& settings, const std::filesystem::path& file,
                      std::uint64_t seed) {
  namespace detail = mechanisms_detail;
  const at::NoGradGuard no_grad;
  const auto mechanisms = detail::as_mechanisms(trained).mechanisms();
  const auto& asked = settings.mechanisms;
  std::vector<std::pair<std::string, Summary>> values;
  if (asked.truth) {
    for (const auto& [name, value] : score_mechanism_truth(trained, held_out, prepared, file, seed)) {
      values.emplace_back(name, Summary{value, value, detail::kNaN, detail::kNaN});
    }
  }
  if (mechanisms.masks.defined()) {
    const double density = mechanisms.masks.gt(0.5).to(at::kDouble).mean().item<double>();
    const auto collapsed = static_cast<double>(collapsed_actions(mechanisms).size());
    values.emplace_back("mask_density", Summary{density, density, detail::kNaN, detail::kNaN});
    values.emplace_back("masks_collapsed", Summary{collapsed, collapsed, detail::kNaN, detail::kNaN});
  }
  for (const auto& [name, value] : mechanisms.choices) {
    values.emplace_back(name, Summary{value, value, detail::kNaN, detail::kNaN});
  }
  // Scores of the same draws compare better: `ending` tells them apart.
  const auto add = [&](const std::string& name, const models::Model& model,
                       const std::vector<detail::Population>& populations, std::int64_t samples,
                       const std::string& ending = "") {
    if (populations.empty()) return;
    const auto each = detail::likelihoods(model, populations, samples, name, seed);
    values.emplace_back(name + ending, summarise(each, settings.bootstrap, seed));
  };
  const auto train = detail::populations(trained, prepared, prepared.split.train, "train", asked.cells, seed);
  const auto validation =
      detail::populations(trained, prepared, prepared.split.validation, "validation", asked.cells, seed);
  const auto unseen = detail::held_out_populations(held_out, asked.cells, seed);
  add("elbo_train", trained, train, 1);
  add("elbo_validation", trained, validation, 1);
  add("iw_train", trained, train, asked.samples);
  add("elbo_held_out", held_out.model(), unseen, 1);
  add("iw_held_out", held_out.model(), unseen, asked.samples);
  for (const auto cells : asked.also_cells) {
    if (held_out.lessons().empty()) break;
    SilentReporter silent;
    const auto learned = with_context("learning held-out actions from " + std::to_string(cells) + " cells", [&] {
      return detail::as_mechanisms(trained).learn_actions(shortened(held_out.lessons(), cells), seed, silent);
    });
    add("iw_held_out", *learned, unseen, asked.samples, "_" + std::to_string(cells) + "_cells");
  }
  auto& summary = evaluation.summary;
  auto own = std::find_if(summary.begin(), summary.end(), [](const auto& item) { return item.first == "model"; });
  if (own == summary.end()) own = summary.insert(summary.begin(), {"model", {}});
  for (auto& value : values) own->second.push_back(std::move(value));
}

}  // namespace brenier::train
