#include "tests/train/shipped_model.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include "runtime/predictor.h"
#include "train/table_view.h"

namespace brenier::tests {

void expect_shipped_model_agrees(const train::PreparedData& prepared, const models::Model& trained,
                                 const std::filesystem::path& file, const std::vector<Context>& contexts) {
  const auto predictor = runtime::Predictor::load(file);
  auto archive = torch::jit::load(file.string());
  for (const auto& context : contexts) {
    const auto control = train::dense_rows(prepared.table, prepared.contexts.control_rows(context));
    const auto expected = trained.predict(control, context);
    const auto shipped = predictor.predict(control, trained.task().genes, context);
    EXPECT_LE((shipped - expected).abs().max().item<double>(), 1e-5) << to_string(context);
    const auto vocabulary = trained.vocabulary();
    const auto vector = archive.run_method("encode_context", control, models::encode_actions(vocabulary, context),
                                           models::encode_covariates(vocabulary, context));
    const auto loaded = archive.run_method("forward", control, vector).toTensor();
    EXPECT_LE((loaded - expected).abs().max().item<double>(), 1e-5) << to_string(context);
  }
}

}  // namespace brenier::tests
