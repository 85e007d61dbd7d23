#include "train/predictor_model.h"

#include <utility>

#include "core/error.h"

namespace brenier::train {

namespace predictor_model_detail {

[[noreturn]] void refuse(const char* what) {
  throw Error(ErrorKind::kDefect, "an exported model only predicts").found(what);
}

}  // namespace predictor_model_detail

PredictorModel::PredictorModel(runtime::Predictor predictor) : predictor_(std::move(predictor)) {
  const auto& info = predictor_.info();
  task_ = {info.genes, info.contexts, info.actions, info.covariates, {}, {}};
}

at::Tensor PredictorModel::predict(const at::Tensor& control, const Context& context) const {
  return predictor_.predict(control, task_.genes, context);
}

void PredictorModel::begin_stage(std::size_t, const models::TrainingView&) {
  predictor_model_detail::refuse("begin_stage");
}
models::Losses PredictorModel::step(const models::Batch&, const models::StepInfo&) {
  predictor_model_detail::refuse("step");
}
models::State PredictorModel::state() const { predictor_model_detail::refuse("state"); }
void PredictorModel::load_state(const models::State&) { predictor_model_detail::refuse("load_state"); }
models::Script PredictorModel::export_script() const { predictor_model_detail::refuse("export_script"); }

}  // namespace brenier::train
