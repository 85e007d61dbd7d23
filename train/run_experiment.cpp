#include "train/run_experiment.h"

#include <ATen/core/grad_mode.h>
#include <torch/headeronly/version.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "core/error.h"
#include "core/io/atomic_file.h"
#include "core/io/json_text.h"
#include "data/preprocess/input_checks.h"
#include "models/mechanism_model.h"
#include "runtime/context_doubts.h"
#include "train/checkpoint.h"
#include "train/evaluation/log_normalize.h"
#include "train/evaluation/mechanism_doubts.h"
#include "train/evaluation/mechanisms.h"
#include "train/evaluation/true_maps.h"
#include "train/export.h"
#include "train/loop.h"
#include "train/model_card.h"
#include "train/table_view.h"
#include "train/validation_score.h"

namespace brenier::train {

namespace run_experiment_detail {

std::unique_ptr<models::Model> build_model(const ExperimentSettings& settings, const models::Task& task) {
  return with_context("model." + settings.model.kind(),
                      [&] { return settings.model.settings().build(task, static_cast<std::uint64_t>(settings.seed)); });
}

// Models compute on the CPU: a GPU that is asked for by name is refused, not left idle in silence.
void require_cpu(const ComputeSettings& compute) {
  if (compute.device == "cpu" || compute.device == "auto") return;
  throw Error(ErrorKind::kUsage, "models train on the CPU only")
      .at("device")
      .found("'" + compute.device + "'")
      .expected("'cpu' or 'auto'");
}

// The split of a resumed run must be the one it was started with.
void keep_split(const PreparedData& prepared, const RunFolder& folder) {
  if (!folder.resumed() || !std::filesystem::exists(folder.split())) {
    data::save_split(prepared.split, prepared.contexts, folder.split());
    return;
  }
  const auto saved = parse_json(read_file(folder.split()), folder.split().string(), ErrorKind::kData);
  if (saved == data::to_json(prepared.split, prepared.contexts)) return;
  throw Error(ErrorKind::kData, "the data are split otherwise than when the run was started")
      .at(folder.split().string())
      .expected("the data file that the run was started with")
      .hint("if the file was changed on purpose, start again with --overwrite");
}

// Said before the training, not after it: what the model knows nothing of, and where it has to go beyond its training.
void warn_of_held_out(const models::Model& model, const data::Split& split, bool learn, Reporter& reporter) {
  const auto vocabulary = model.vocabulary();
  std::set<std::string> unknown;
  std::set<std::string> doubts;
  for (const auto& context : split.held_out) {
    Context named{{}, context.covariates};
    for (const auto& action : context.actions) {
      const auto& names = vocabulary.actions;
      if (std::find(names.begin(), names.end(), action.name) == names.end()) unknown.insert(action.name);
      const auto& trained = model.task().actions;
      if (std::binary_search(trained.begin(), trained.end(), action.name)) named.actions.push_back(action);
    }
    for (auto& doubt : runtime::context_doubts(model.task().contexts, named)) doubts.insert(std::move(doubt));
  }
  for (const auto& context : split.held_out) {
    for (auto& doubt : numeric_doubts(vocabulary.numeric, context)) doubts.insert(std::move(doubt));
  }
  for (const auto& doubt : doubts) reporter.warn("held out: " + doubt);
  for (const auto& column : model.task().numeric) {
    if (!vocabulary.numeric.contains(column)) {
      reporter.warn("model '" + model.kind() + "' takes the values of '" + column + "' as names, not as numbers");
    }
  }
  if (unknown.empty()) return;
  const bool learns = learn && dynamic_cast<const models::MechanismModel*>(&model) != nullptr;
  const std::string what = vocabulary.unknown_actions ? "their effects are guessed from the other perturbations"
                           : learns ? "each is learned from some of its cells after training, and judged by the others"
                                    : "a model that knows perturbations by name alone cannot predict them";
  reporter.warn("no training context has the held-out " + quoted_list({unknown.begin(), unknown.end()}) + ": " + what);
}

// A batch larger than a population repeats its cells.
void warn_of_small_contexts(const models::Model& model, const TableView& view, Reporter& reporter) {
  std::int64_t treated = 0;
  for (const auto& stage : model.stages()) {
    if (stage.steps == 0 || stage.needs.kind != models::BatchNeeds::Kind::kContext) continue;
    treated = std::max(treated, stage.needs.treated);
  }
  std::vector<std::string> small;
  for (const auto& context : view.contexts()) {
    const auto cells = std::ssize(context.treated);
    if (cells < treated) small.push_back(to_string(context.context) + " (" + std::to_string(cells) + " cells)");
  }
  if (small.empty()) return;
  reporter.warn(std::to_string(small.size()) + " of " + std::to_string(view.contexts().size()) +
                " training contexts have fewer treated cells than a batch of " + std::to_string(treated) +
                ", which then holds some cells more than once: " + quoted_list(small, 5));
}

LoopState train_model(const ExperimentSettings& settings, const PreparedData& prepared, const TableView& view,
                      models::Model& model, const RunFolder& folder, Reporter& reporter) {
  const auto seed = static_cast<std::uint64_t>(settings.seed);
  const auto& asked = settings.train.validation;
  check_validation_score(asked.score, model);
  auto validation = make_validation(asked.score, validation_contexts(prepared, view.task(), asked.cells, seed), seed,
                                    settings.evaluate.log_normalize);
  TrainingLoop loop(model, view, std::move(validation), settings.train, seed, folder, reporter);
  return loop.run();
}

}  // namespace run_experiment_detail

Evaluation run_experiment(const ExperimentSettings& settings, const RunFolder& folder, Reporter& reporter) {
  namespace detail = run_experiment_detail;
  detail::require_cpu(settings.compute);
  if (folder.resumed() && std::filesystem::exists(folder.evaluation())) {
    reporter.info("the run is finished already");
    return read_evaluation(folder.evaluation());
  }
  const auto prepared = prepare_data(settings, reporter);
  detail::keep_split(prepared, folder);
  const TableView view(prepared);
  const auto model = detail::build_model(settings, view.task());
  if (prepared.preprocess.unnormalised && !model->takes_counts()) reporter.warn(data::unnormalised_warning());
  detail::warn_of_held_out(*model, prepared.split, settings.evaluate.mechanisms.learn, reporter);
  detail::warn_of_small_contexts(*model, view, reporter);
  check_mechanisms(settings.evaluate.mechanisms, *model, prepared, settings.data.path);
  warn_of_latents(*model, reporter);
  const auto state = detail::train_model(settings, prepared, view, *model, folder, reporter);
  export_model(*model, describe_trained(settings, prepared, *model, model_metrics(state, nullptr)), folder.model());
  reporter.info("wrote " + folder.model().string());
  const auto held_out = prepare_held_out(settings, prepared, *model, reporter);
  auto evaluation = evaluate_held_out(settings, prepared, *model, held_out, reporter);
  export_model(*model, describe_trained(settings, prepared, *model, model_metrics(state, &evaluation)), folder.model());
  write_report(folder.report(), report_input(settings, prepared, *model, held_out, evaluation, folder.metrics()));
  write_evaluation(folder.evaluation(), evaluation);
  return evaluation;
}

TrainedModel load_trained(const ExperimentSettings& settings, const models::Task& task,
                          const std::filesystem::path& run, Reporter& reporter) {
  auto checkpoint = latest_good(run / "checkpoints", reporter);
  if (!checkpoint) {
    throw Error(ErrorKind::kData, "the run has no checkpoint to take a model from")
        .at((run / "checkpoints").string())
        .expected("a run that was trained")
        .hint("train it with --resume");
  }
  TrainedModel trained{run_experiment_detail::build_model(settings, task), std::move(checkpoint->loop)};
  trained.model->load_state(checkpoint->best.empty() ? checkpoint->model : checkpoint->best);
  if (!trained.state.finished) {
    const auto stages = trained.model->stages();
    if (trained.state.stage + 1 < stages.size()) {
      throw Error(ErrorKind::kData, "the run has not reached its last stage, so there is no model yet")
          .at(run.string())
          .found("stage '" + stages.at(trained.state.stage).name + "' after step " +
                 std::to_string(trained.state.total))
          .hint("finish it with --resume");
    }
    reporter.warn("the run is unfinished: this is its best state after step " + std::to_string(trained.state.total));
    if (trained.state.best) trained.state.chosen.push_back(*trained.state.best);
  }
  return trained;
}

HeldOut prepare_held_out(const ExperimentSettings& settings, const PreparedData& prepared, const models::Model& model,
                         Reporter& reporter) {
  return learn_held_out(model, prepared, settings.evaluate.mechanisms, static_cast<std::uint64_t>(settings.seed),
                        reporter);
}

Evaluation evaluate_held_out(const ExperimentSettings& settings, const PreparedData& prepared,
                             const models::Model& model, Reporter& reporter) {
  return evaluate_held_out(settings, prepared, model, prepare_held_out(settings, prepared, model, reporter), reporter);
}

Evaluation evaluate_held_out(const ExperimentSettings& settings, const PreparedData& prepared,
                             const models::Model& model, const HeldOut& held_out, Reporter& reporter) {
  warn_of_collapse(model, reporter);
  const auto seed = static_cast<std::uint64_t>(settings.seed);
  const auto baselines = fit_baselines(TableView(prepared, held_out.learned_rows()), settings.evaluate, seed);
  auto evaluation = evaluate(held_out.model(), baselines, held_out.contexts(), settings.evaluate, seed, reporter);
  if (settings.evaluate.true_maps) {
    auto contexts = held_out.contexts();
    for (auto& one : training_contexts(prepared, TableView(prepared).task())) contexts.push_back(std::move(one));
    score_true_maps(evaluation, held_out.model(), baselines, contexts, settings.data.path, settings.evaluate.bootstrap,
                    seed);
  }
  if (settings.evaluate.mechanisms.enabled) {
    score_mechanisms(evaluation, model, held_out, prepared, settings.evaluate, settings.data.path, seed);
  }
  evaluation.task = "perturbation";
  evaluation.split = settings.split.kind;
  return evaluation;
}

std::vector<ReportContext> map_contexts(const PreparedData& prepared, const HeldOut& held_out) {
  const at::NoGradGuard no_grad;
  auto contexts = held_out.contexts();
  for (auto& one : training_contexts(prepared, TableView(prepared).task())) contexts.push_back(std::move(one));
  std::sort(contexts.begin(), contexts.end(), [](const auto& a, const auto& b) { return a.context < b.context; });
  std::vector<ReportContext> maps;
  for (auto& one : contexts) {
    auto predicted = held_out.model().predict(one.control, one.context);
    maps.push_back({one.context, one.held_out, std::move(one.control), std::move(predicted), std::move(one.truth)});
  }
  return maps;
}

ReportInput report_input(const ExperimentSettings& settings, const PreparedData& prepared, const models::Model& model,
                         const HeldOut& held_out, Evaluation evaluation, const std::filesystem::path& history) {
  const at::NoGradGuard no_grad;
  ReportInput input;
  input.title = settings.name;
  input.subtitle = std::filesystem::path(settings.data.path).filename().string() + ", split " + settings.split.kind +
                   ", model " + model.kind();
  input.evaluation = std::move(evaluation);
  input.genes = prepared.table.var.index;
  for (const auto& context : held_out.contexts()) {
    auto predicted = held_out.model().predict(context.control, context.context);
    if (settings.evaluate.log_normalize) predicted = log_normalized_prediction(predicted);
    const auto shown = settings.evaluate.log_normalize ? log_normalized(context) : context;
    input.contexts.push_back({shown.context, shown.held_out, shown.control, std::move(predicted), shown.truth});
  }
  if (input.genes.size() == 2) input.maps = map_contexts(prepared, held_out);
  const auto* known = dynamic_cast<const models::MechanismModel*>(&model);
  if (known != nullptr) input.mechanisms = known->mechanisms();
  input.history = history;
  input.config = resolved_json(settings);
  input.versions = {{"brenier", BRENIER_VERSION}, {"torch", TORCH_VERSION}};
  return input;
}

nlohmann::ordered_json model_metrics(const LoopState& state, const Evaluation* evaluation) {
  nlohmann::ordered_json metrics{{"validation", nlohmann::ordered_json::array()}};
  for (const auto& best : state.chosen) metrics["validation"].push_back(to_json(best));
  if (evaluation == nullptr) return metrics;
  metrics["evaluation"] = to_json(*evaluation).at("summary");
  for (const auto& context : evaluation->contexts) {
    if (context.n_learned == 0) continue;
    metrics["learned"].push_back({{"context", to_json(context.context)}, {"n_learned", context.n_learned}});
  }
  return metrics;
}

}  // namespace brenier::train
