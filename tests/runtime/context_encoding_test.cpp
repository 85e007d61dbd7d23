#include "runtime/context_encoding.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/runtime/model_archive.h"

namespace brenier::runtime {

TEST(ContextEncoding, ActionsAreDosesInTheOrderOfTheModel) {
  const auto info = tests::sample_info();
  EXPECT_EQ(encode_actions(info, make_context({{"ko", 0.5}}, {})), (std::vector<float>{0.0F, 0.5F}));
  EXPECT_EQ(encode_actions(info, make_context({{"ko", 2.0}, {"drug", 1.0}}, {})), (std::vector<float>{1.0F, 2.0F}));
  EXPECT_EQ(encode_actions(info, Context{}), (std::vector<float>{0.0F, 0.0F}));
}

TEST(ContextEncoding, CovariatesAreOneHotAndZeroWhenUnknown) {
  const auto info = tests::sample_info();
  EXPECT_EQ(encode_covariates(info, make_context({}, {{"cell_type", "y"}})), (std::vector<float>{0.0F, 1.0F}));
  EXPECT_EQ(encode_covariates(info, make_context({}, {{"cell_type", "z"}})), (std::vector<float>{0.0F, 0.0F}));
  EXPECT_EQ(encode_covariates(info, make_context({}, {{"patient", "y"}})), (std::vector<float>{0.0F, 0.0F}));
}

TEST(ContextEncoding, UnknownActionIsNamedWithTheNearest) {
  try {
    (void)encode_actions(tests::sample_info(), make_context({{"drig", 1.0}}, {}));
    FAIL() << "an unknown action was encoded";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    EXPECT_NE(std::string(error.what()).find("'drig'"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("did you mean 'drug'"), std::string::npos) << error.what();
  }
}

TEST(ContextEncoding, AModelThatTakesUnknownActionsGetsTheirNumber) {
  ModelInfo info;
  info.actions = {"A", "B"};
  const auto asked = make_context({{"B", 2.0}, {"X", 1.0}, {"Y", 1.0}}, {});
  try {
    (void)encode_actions(info, asked);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("'X', 'Y'; known parts: 'B'"), std::string::npos) << error.what();
  }
  info.unknown_actions = true;
  EXPECT_EQ(encode_actions(info, asked), (std::vector<float>{0, 2, 2}));
}

TEST(ContextEncoding, ANumericCovariateIsOneNumberAndIsKeptInTheModelFile) {
  auto info = tests::sample_info();
  info.covariates["age"] = {"20", "40"};
  info.numeric["age"] = numeric_covariate("age", info.covariates["age"]);
  const auto read = model_info_from_json(to_json(info));
  EXPECT_EQ(encode_covariates(read, make_context({}, {{"age", "45"}, {"cell_type", "y"}})),
            (std::vector<float>{1.5F, 0.0F, 1.0F}));
  EXPECT_EQ(encode_covariates(read, make_context({}, {{"cell_type", "x"}})), (std::vector<float>{0.0F, 1.0F, 0.0F}));
  EXPECT_THROW((void)encode_covariates(read, make_context({}, {{"age", "old"}})), Error);
  EXPECT_FALSE(to_json(tests::sample_info()).contains("numeric_covariates"));
}

}  // namespace brenier::runtime
