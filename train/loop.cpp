#include "train/loop.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <numeric>
#include <utility>

#include "core/error.h"
#include "core/number_text.h"
#include "train/batch_source.h"
#include "train/checkpoint.h"
#include "train/metrics_log.h"

namespace brenier::train {

namespace loop_detail {

constexpr std::int64_t kEmbedRows = 1024;

// All training cells in the model's embedding. [view.size(), L]
at::Tensor embed_all(const models::Model& model, const models::TrainingView& view) {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> parts;
  for (std::int64_t first = 0; first < view.size(); first += kEmbedRows) {
    std::vector<std::int64_t> rows(static_cast<std::size_t>(std::min(kEmbedRows, view.size() - first)));
    std::iota(rows.begin(), rows.end(), first);
    parts.push_back(model.embed(view.rows(rows)));
  }
  return at::cat(parts, 0);
}

void require_finite(const models::Losses& losses, const std::string& stage, std::int64_t step) {
  for (const auto& [name, value] : losses) {
    if (std::isfinite(value)) continue;
    throw Error(ErrorKind::kNumerical, "loss part '" + name + "' is not finite")
        .at("stage '" + stage + "', step " + std::to_string(step))
        .found(std::isnan(value) ? "nan"
               : value > 0       ? "inf"
                                 : "-inf")
        .hint("the last good checkpoint is kept; a smaller learning rate or other regularisation may help");
  }
}

// Four significant digits.
std::string four_digits(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.4g", value);
  return text.data();
}

std::string note(const models::Losses& losses) {
  std::string text;
  for (const auto& [name, value] : losses) text += (text.empty() ? "" : "  ") + name + " " + four_digits(value);
  return text;
}

bool due(std::int64_t step, std::int64_t every) { return every > 0 && step % every == 0; }

}  // namespace loop_detail

struct TrainingLoop::Stage {
  std::size_t index;
  models::Stage info;
  BatchSource batches;
};

// The two logs of a run.
struct TrainingLoop::Logs {
  MetricsLog metrics;
  MetricsLog timing;
  std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now();

  Logs(const RunFolder& folder, const LoopState& state, bool restored)
      : metrics(folder.metrics(), state.metrics_bytes),
        timing(folder.timing(), restored ? length(folder.timing()) : 0) {}

  static std::int64_t length(const std::filesystem::path& path) {
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    return error ? 0 : static_cast<std::int64_t>(size);
  }

  void write(const LoopState& state, const std::string& stage, const nlohmann::ordered_json& content) {
    nlohmann::ordered_json line{{"step", state.total}, {"stage", stage}};
    line.update(content);
    metrics.write(line);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begun;
    timing.write({{"step", state.total}, {"stage", stage}, {"seconds", seconds.count()}});
  }
};

TrainingLoop::TrainingLoop(models::Model& model, const models::TrainingView& view, Validation validation,
                           TrainSettings settings, std::uint64_t seed, const RunFolder& folder, Reporter& reporter)
    : model_(model),
      view_(view),
      validation_(std::move(validation)),
      settings_(std::move(settings)),
      seed_(seed),
      folder_(folder),
      reporter_(reporter) {}

TrainingLoop::~TrainingLoop() = default;

LoopState TrainingLoop::run() {
  const bool restored = folder_.resumed() && restore();
  if (state_.finished) return state_;
  logs_ = std::make_unique<Logs>(folder_, state_, restored);
  const auto stages = model_.stages();
  std::size_t first = 0;
  if (restored) {
    if (state_.stage >= stages.size()) {
      throw Error(ErrorKind::kData, "the checkpoint belongs to a model with more stages")
          .at(folder_.checkpoints().string());
    }
    first = state_.stage + (state_.stage_done ? 1 : 0);
  }
  for (std::size_t s = first; s < stages.size(); ++s) run_stage(s, restored && s == state_.stage && !state_.stage_done);
  model_.end_training(view_);
  state_.finished = true;
  save();
  return state_;
}

bool TrainingLoop::restore() {
  auto checkpoint = latest_good(folder_.checkpoints(), reporter_);
  if (!checkpoint) return false;
  model_.load_state(checkpoint->model);
  best_ = std::move(checkpoint->best);
  state_ = std::move(checkpoint->loop);
  reporter_.info("continuing after step " + std::to_string(state_.total));
  return true;
}

void TrainingLoop::run_stage(std::size_t index, bool begun) {
  const models::Stage info = model_.stages()[index];
  if (!begun) {
    model_.begin_stage(index, view_);
    state_.stage = index;
    state_.step = 0;
    state_.stage_done = false;
    state_.batches.clear();
    state_.stale = 0;
  }
  if (info.steps > 0) {
    std::optional<at::Tensor> embedded;
    if (info.embedded) embedded = loop_detail::embed_all(model_, view_);
    Stage stage{index, info, BatchSource(view_, info, seed_, std::move(embedded))};
    if (begun) stage.batches.set_state(state_.batches);
    run_steps(stage);
  }
  finish_stage(index);
}

void TrainingLoop::run_steps(Stage& stage) {
  const std::int64_t steps = stage.info.steps;
  const bool choosing = stage.info.scored && settings_.validation.every > 0;
  // What begin_stage made is a candidate too: training that never improves on it is not taken.
  if (choosing && state_.step == 0) validate(stage.info);
  reporter_.begin(stage.info.name, steps, state_.step);
  while (state_.step < steps && patient()) {
    const double rate = schedule_factor(settings_.schedule, state_.step, steps);
    const auto losses = model_.step(stage.batches.next(), {stage.index, state_.step, rate});
    ++state_.step;
    ++state_.total;
    state_.batches = stage.batches.state();
    loop_detail::require_finite(losses, stage.info.name, state_.step);
    const bool last = state_.step == steps;
    if (last || loop_detail::due(state_.step, settings_.log_every)) log_losses(stage.info.name, losses, rate);
    reporter_.advance(state_.step, loop_detail::note(losses));
    if (choosing && (last || loop_detail::due(state_.step, settings_.validation.every))) validate(stage.info);
    if (interrupt_.requested()) stop_interrupted();
    if (!last && patient() && loop_detail::due(state_.step, settings_.checkpoint.every)) save();
  }
  reporter_.end();
}

bool TrainingLoop::patient() const {
  return settings_.validation.patience == 0 || state_.stale < settings_.validation.patience;
}

void TrainingLoop::log_losses(const std::string& stage, const models::Losses& losses, double rate) {
  nlohmann::ordered_json parts = nlohmann::ordered_json::object();
  for (const auto& [name, value] : losses) parts[name] = value;
  logs_->write(state_, stage, {{"learning_rate", rate}, {"losses", std::move(parts)}});
}

void TrainingLoop::validate(const models::Stage& stage) {
  if (!validation_.score) return;
  const double value = validation_.score(model_);
  if (!std::isfinite(value)) {
    throw Error(ErrorKind::kNumerical, "the validation score '" + validation_.name + "' is not finite")
        .at("stage '" + stage.name + "', step " + std::to_string(state_.step))
        .found(std::isnan(value) ? "nan" : "inf")
        .hint("the last good checkpoint is kept; the model predicts no finite cells: a smaller learning rate may help");
  }
  const bool candidate = state_.step >= std::min(stage.settled, stage.steps);
  const bool better =
      candidate &&
      (!state_.best || (validation_.higher_better ? value > state_.best->value : value < state_.best->value));
  if (better) {
    state_.best = BestScore{stage.name, validation_.name, value, state_.total};
    best_ = clone(model_.state());
    state_.stale = 0;
  } else if (candidate) {
    ++state_.stale;
  }
  logs_->write(state_, stage.name, {{"validation", {{validation_.name, value}}}, {"best", better}});
}

void TrainingLoop::finish_stage(std::size_t index) {
  const auto stages = model_.stages();
  if (state_.best) {
    reporter_.info("stage '" + stages[index].name + "': best " + state_.best->score + " " +
                   fixed_text(state_.best->value, 4) + " after step " + std::to_string(state_.best->step));
    model_.load_state(best_);
    state_.chosen.push_back(*state_.best);
  }
  best_.clear();
  state_.best.reset();
  state_.stale = 0;
  state_.stage_done = true;
  const bool more = std::any_of(stages.begin() + static_cast<std::ptrdiff_t>(index) + 1, stages.end(),
                                [](const models::Stage& later) { return later.steps > 0; });
  if (more) save();
}

void TrainingLoop::save() {
  state_.metrics_bytes = logs_->metrics.sync();
  save_checkpoint(folder_.checkpoints(), {state_, model_.state(), best_}, settings_.checkpoint.keep);
}

void TrainingLoop::stop_interrupted() {
  save();
  reporter_.end();
  throw Error(ErrorKind::kInterrupted,
              "training was stopped by " + interrupt_.signal_name() + " after step " + std::to_string(state_.total))
      .at(folder_.path().string())
      .hint("a checkpoint was written: continue with --resume");
}

}  // namespace brenier::train
