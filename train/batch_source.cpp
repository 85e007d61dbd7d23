#include "train/batch_source.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/index_select.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/error.h"

namespace brenier::train {

namespace batch_source_detail {

void check_size(const std::string& stage, const char* what, std::int64_t count) {
  if (count > 0) return;
  throw Error(ErrorKind::kUsage, "a batch must have at least one row")
      .at("stage '" + stage + "', " + what + " of the batch")
      .found(std::to_string(count))
      .expected("a positive batch size in the model's settings");
}

void check_population(const Context& context, const char* what, const std::vector<std::int64_t>& rows) {
  if (!rows.empty()) return;
  throw Error(ErrorKind::kData, std::string("a training context has no ") + what + " cells")
      .at("context " + to_string(context))
      .expected("cells of both kinds in the training part; a smaller train fraction of validation or another split");
}

// The training context of every row of the view; -1 for control cells.
std::vector<std::int64_t> labels_of(const models::TrainingView& view) {
  std::vector<std::int64_t> labels(static_cast<std::size_t>(view.size()), -1);
  for (std::size_t k = 0; k < view.contexts().size(); ++k) {
    for (const auto row : view.contexts()[k].treated)
      labels[static_cast<std::size_t>(row)] = static_cast<std::int64_t>(k);
  }
  return labels;
}

}  // namespace batch_source_detail

BatchSource::BatchSource(const models::TrainingView& view, const models::Stage& stage, std::uint64_t seed,
                         std::optional<at::Tensor> embedded)
    : view_(&view),
      needs_(stage.needs),
      embedded_(std::move(embedded)),
      context_stream_(seed, "batch/" + stage.name + "/context") {
  using models::BatchNeeds;
  if (embedded_ && (embedded_->dim() != 2 || embedded_->size(0) != view.size())) {
    throw Error(ErrorKind::kDefect, "the embedding does not have one row a training cell")
        .at("stage '" + stage.name + "'")
        .expected(std::to_string(view.size()) + " rows");
  }
  const std::string prefix = "batch/" + stage.name + "/";
  if (needs_.kind == BatchNeeds::Kind::kCells) {
    batch_source_detail::check_size(stage.name, "cells", needs_.cells);
    samplers_.emplace_back(view.size(), seed, prefix + "cells");
    labels_ = batch_source_detail::labels_of(view);
    return;
  }
  batch_source_detail::check_size(stage.name, "control or treated cells", std::max(needs_.control, needs_.treated));
  if (view.contexts().empty())
    throw Error(ErrorKind::kData, "there is no training context").at("stage '" + stage.name + "'");
  for (const auto& context : view.contexts()) {
    if (needs_.control > 0) batch_source_detail::check_population(context.context, "control", context.control);
    if (needs_.treated > 0) batch_source_detail::check_population(context.context, "treated", context.treated);
    const std::string name = prefix + to_string(context.context);
    samplers_.emplace_back(std::max<std::int64_t>(1, std::ssize(context.control)), seed, name + "/control");
    samplers_.emplace_back(std::max<std::int64_t>(1, std::ssize(context.treated)), seed, name + "/treated");
  }
}

models::Batch BatchSource::next() {
  models::Batch batch;
  if (needs_.kind == models::BatchNeeds::Kind::kCells) {
    const auto rows = samplers_.front().draw(needs_.cells);
    batch.cells = gather_rows(rows);
    batch.labels = at::empty({std::ssize(rows)}, at::TensorOptions(at::kLong));
    std::transform(rows.begin(), rows.end(), batch.labels.mutable_data_ptr<std::int64_t>(),
                   [this](std::int64_t row) { return labels_[static_cast<std::size_t>(row)]; });
    return batch;
  }
  batch.context = context_stream_.below(std::ssize(view_->contexts()));
  const auto& context = view_->contexts()[static_cast<std::size_t>(batch.context)];
  auto* samplers = &samplers_[2 * static_cast<std::size_t>(batch.context)];
  if (needs_.control > 0) batch.control = gather(context.control, samplers[0], needs_.control);
  if (needs_.treated > 0) batch.treated = gather(context.treated, samplers[1], needs_.treated);
  return batch;
}

at::Tensor BatchSource::gather(const std::vector<std::int64_t>& population, PopulationSampler& sampler,
                               std::int64_t count) const {
  auto rows = sampler.draw(count);
  for (auto& row : rows) row = population[static_cast<std::size_t>(row)];
  return gather_rows(rows);
}

at::Tensor BatchSource::gather_rows(const std::vector<std::int64_t>& rows) const {
  if (!embedded_) return view_->rows(rows);
  // index_select reads the indices before this function returns; from_blob does not write to them.
  const auto index =
      at::from_blob(const_cast<std::int64_t*>(rows.data()), {std::ssize(rows)}, at::TensorOptions(at::kLong));
  return at::index_select(*embedded_, 0, index);
}

std::vector<std::int64_t> BatchSource::state() const {
  std::vector<std::int64_t> state{static_cast<std::int64_t>(context_stream_.counter())};
  for (const auto& sampler : samplers_) {
    state.push_back(sampler.state().epoch);
    state.push_back(sampler.state().position);
  }
  return state;
}

void BatchSource::set_state(const std::vector<std::int64_t>& state) {
  if (state.size() != 1 + 2 * samplers_.size()) {
    throw Error(ErrorKind::kData, "the batch state of a checkpoint has another length")
        .found(std::to_string(state.size()))
        .expected(std::to_string(1 + 2 * samplers_.size()) +
                  " numbers: another data set or split made this checkpoint");
  }
  context_stream_.set_counter(static_cast<std::uint64_t>(state[0]));
  for (std::size_t i = 0; i < samplers_.size(); ++i) samplers_[i].set_state({state[1 + 2 * i], state[2 + 2 * i]});
}

}  // namespace brenier::train
