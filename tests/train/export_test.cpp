#include "train/export.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <thread>

#include "core/error.h"
#include "core/io/atomic_file.h"
#include "runtime/context_encoding.h"
#include "runtime/predictor.h"
#include "tests/helpers/temp_dir.h"
#include "tests/train/memory_view.h"
#include "tests/train/shift_model.h"

namespace brenier::train {

tests::ShiftModel trained_model(const models::Task& task) {
  tests::ShiftModel model(task, 1);
  auto state = model.state();
  state[1].second = at::arange(1, 1 + static_cast<std::int64_t>(task.genes.size()), at::kFloat);
  model.load_state(state);
  return model;
}

runtime::ModelInfo info_of(const models::Model& model) {
  return describe_model(model, {{"normalize_total", false}, {"log1p", true}},
                        {{"validation", nlohmann::ordered_json::array()}}, {{"seed", 3}});
}

TEST(Export, EqualModelsMakeEqualBytesWhateverTheFileIsCalled) {
  const auto view = tests::make_view(2, 3, 3, 4);
  const auto model = trained_model(view.task());
  const tests::TempDir dir;
  export_model(model, info_of(model), dir / "a.pt");
  export_model(model, info_of(model), dir / "another name.pt");
  const auto bytes = read_file(dir / "a.pt");
  EXPECT_TRUE(bytes == read_file(dir / "another name.pt"));
  EXPECT_TRUE(bytes == export_bytes(trained_model(view.task()).export_script(), info_of(model)));
}

TEST(Export, RuntimePredictsWhatTheTrainerPredicts) {
  const auto view = tests::make_view(2, 300, 3, 4);
  const auto model = trained_model(view.task());
  const tests::TempDir dir;
  export_model(model, info_of(model), dir / "m.pt");
  const auto predictor = runtime::Predictor::load(dir / "m.pt");
  const auto control = view.rows(view.contexts()[1].control);
  for (double dose : {1.0, 0.5}) {
    auto context = view.task().contexts[1];
    context.actions[0].dose = dose;
    runtime::PredictOptions options;
    options.batch_rows = 64;
    const auto moved = predictor.predict(control, view.task().genes, context, options);
    EXPECT_TRUE(at::allclose(moved, model.predict(control, context), 1e-5, 1e-5));
  }
}

TEST(Export, RuntimeEncodesContextsAsTheTrainerDoes) {
  const auto view = tests::make_view(3, 2, 2, 4);
  const auto model = trained_model(view.task());
  const auto info = info_of(model);
  for (const auto& context : view.task().contexts) {
    EXPECT_TRUE(at::tensor(runtime::encode_actions(info, context)).equal(models::encode_actions(view.task(), context)));
    EXPECT_TRUE(
        at::tensor(runtime::encode_covariates(info, context)).equal(models::encode_covariates(view.task(), context)));
  }
}

TEST(Export, TheDescriptionTravelsInsideTheFile) {
  const auto view = tests::make_view(2, 3, 3, 4);
  const auto model = trained_model(view.task());
  const tests::TempDir dir;
  export_model(model, info_of(model), dir / "m.pt");
  const auto info = runtime::read_model_info(dir / "m.pt");
  EXPECT_EQ(info.kind, "shift");
  EXPECT_EQ(info.genes, view.task().genes);
  EXPECT_EQ(info.actions, view.task().actions);
  EXPECT_EQ(info.covariates, view.task().covariates);
  EXPECT_EQ(info.contexts, view.task().contexts);
  EXPECT_EQ(info.config, (nlohmann::ordered_json{{"seed", 3}}));
  EXPECT_FALSE(info.brenier_version.empty());
  EXPECT_EQ(info.torch_version.substr(0, 2), "2.");
}

TEST(Export, NamesWhatIsWrongWithAScript) {
  const auto view = tests::make_view(1, 3, 3, 2);
  const auto info = info_of(trained_model(view.task()));
  const auto message = [&info](const models::Script& script) -> std::string {
    try {
      (void)export_bytes(script, info);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_NE(message({"def forward(self, cells:\n  oops", {}}).find("does not compile"), std::string::npos);
  EXPECT_NE(message({"def forward(self, cells: Tensor, context: Tensor) -> Tensor:\n    return cells\n", {}})
                .find("encode_context"),
            std::string::npos);
  EXPECT_NE(message({"", {{"a.b", at::zeros({1})}}}).find("a.b"), std::string::npos);
}

TEST(Export, SaysWhenTheFileCannotBeWritten) {
  const auto view = tests::make_view(1, 3, 3, 2);
  const auto model = trained_model(view.task());
  const tests::TempDir dir;
  EXPECT_THROW(export_model(model, info_of(model), dir / "no/folder/m.pt"), Error);
}

}  // namespace brenier::train
