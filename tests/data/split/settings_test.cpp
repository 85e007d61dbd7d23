#include "data/split/settings.h"

#include <gtest/gtest.h>

#include "core/config/read.h"
#include "core/error.h"
#include "tests/core/throws.h"

namespace brenier::tests::split_settings_test {

TEST(SplitSettings, FieldsOfAnotherKindAreRefused) {
  const auto read = [](const char* text) {
    return read_settings<data::SplitSettings>(document_from(nlohmann::ordered_json::parse(text), "."));
  };
  const auto good =
      read(R"({"kind": "held_out_context", "held_out": [{"perturbation": "A", "covariates": {"cell_type": "B"}}]})");
  EXPECT_EQ(good.held_out.front().covariates.at("cell_type"), "B");
  const auto text = [&](const char* config) { return error_text(ErrorKind::kUsage, [&] { (void)read(config); }); };
  EXPECT_NE(text(R"({"kind": "held_out_context"})").find("is needed by kind"), std::string::npos);
  EXPECT_NE(text(R"({"kind": "random", "held_out": [{"perturbation": "A"}]})").find("only"), std::string::npos);
  EXPECT_NE(text(R"({"kind": "random", "file": "list.csv"})").find("conditions_file"), std::string::npos);
  EXPECT_NE(text(R"({"fraction": 1.0})").find("fraction"), std::string::npos);
  EXPECT_NE(text(R"({"validation_fraction": 1.0})").find("validation_fraction"), std::string::npos);
}

}  // namespace brenier::tests::split_settings_test
