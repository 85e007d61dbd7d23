#include "tests/train/shift_model.h"

#include <ATen/ATen.h>

#include <limits>
#include <utility>

#include "core/error.h"

namespace brenier::tests {

ShiftModel::ShiftModel(models::Task task, std::uint64_t seed, ShiftOptions options)
    : task_(std::move(task)), options_(std::move(options)), noise_(seed, "shift/noise") {
  const auto genes = static_cast<std::int64_t>(task_.genes.size());
  centre_ = at::zeros({genes});
  shift_ = at::zeros({genes});
  velocity_ = at::zeros({genes});
}

std::vector<models::Stage> ShiftModel::stages() const {
  using models::BatchNeeds;
  models::Stage centre{"centre", options_.centre_steps, {BatchNeeds::Kind::kCells, 8, 0, 0}, false, false};
  models::Stage shift{"shift", options_.shift_steps, {BatchNeeds::Kind::kContext, 0, 6, 5}, true,
                      true,    options_.settled};
  return {centre, shift};
}

void ShiftModel::begin_stage(std::size_t stage, const models::TrainingView& /*view*/) {
  calls.push_back("begin " + stages()[stage].name);
}

models::Losses ShiftModel::step(const models::Batch& batch, const models::StepInfo& info) {
  if (info.stage == 0) {
    const auto change = batch.cells.mean(0) - centre_;
    centre_ = centre_ + 0.3 * info.learning_rate * change;
    return {{"centre", change.pow(2).sum().item<double>()}};
  }
  if (options_.before_step) options_.before_step(info.step);
  const auto residual = batch.treated.mean(0) / 2 - batch.control.mean(0) / 2 - shift_;
  velocity_ = 0.9 * velocity_ + residual;
  auto noise = at::empty_like(shift_);
  for (std::int64_t g = 0; g < noise.numel(); ++g) noise[g] = 0.01 * noise_.normal();
  shift_ = shift_ + info.learning_rate * (0.1 * velocity_ + noise);
  if (info.step == options_.nan_at) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    if (!options_.nan_state) return {{"fit", 1.0}, {"shift", nan}};
    shift_.fill_(nan);
  }
  return {{"fit", residual.pow(2).sum().item<double>()}, {"shift", shift_.norm().item<double>()}};
}

void ShiftModel::end_training(const models::TrainingView& /*view*/) { calls.emplace_back("end"); }

at::Tensor ShiftModel::embed(const at::Tensor& cells) const { return cells * 2; }

at::Tensor ShiftModel::predict(const at::Tensor& control, const Context& context) const {
  return control + shift_ * models::encode_actions(task_, context).sum();
}

models::State ShiftModel::state() const {
  return {{"centre", centre_},
          {"shift", shift_},
          {"velocity", velocity_},
          {"noise", at::tensor({static_cast<std::int64_t>(noise_.counter())}, at::kLong)}};
}

void ShiftModel::load_state(const models::State& state) {
  if (state.size() != 4)
    throw Error(ErrorKind::kData, "a state of another model").found(std::to_string(state.size()) + " tensors");
  centre_ = state[0].second.clone();
  shift_ = state[1].second.clone();
  velocity_ = state[2].second.clone();
  noise_.set_counter(static_cast<std::uint64_t>(state[3].second.item<std::int64_t>()));
}

models::Script ShiftModel::export_script() const {
  return {R"(
def encode_context(self, control: Tensor, actions: Tensor, covariates: Tensor) -> Tensor:
    return self.shift * actions.sum()

def forward(self, cells: Tensor, context: Tensor) -> Tensor:
    return cells + context
)",
          {{"shift", shift_}}};
}

}  // namespace brenier::tests
