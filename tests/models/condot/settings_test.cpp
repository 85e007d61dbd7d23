#include "models/condot/settings.h"

#include <gtest/gtest.h>

#include <string>

#include "core/config/read.h"
#include "core/error.h"

namespace brenier::models {
namespace condot_settings_test {

CondotSettings read(const std::string& json) {
  return read_settings<CondotSettings>(document_from(nlohmann::ordered_json::parse(json), "/configs"));
}

std::string refusal(const std::string& json) {
  try {
    (void)read(json);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
  return "no error";
}

TEST(CondotSettings, PublishedPositivityIsTheDefault) {
  const auto settings = read("{}");
  EXPECT_EQ(settings.potential.positivity_f, "clamp");
  EXPECT_EQ(settings.potential.positivity_g, "penalty");
  EXPECT_EQ(settings.potential.penalty, 1.0);
  EXPECT_EQ(settings.dual, "pair");
}

TEST(CondotSettings, OnePotentialAloneMustBeConvex) {
  EXPECT_NE(refusal(R"({"dual": "single"})").find("needs a convex g"), std::string::npos);
  EXPECT_EQ(read(R"({"dual": "single", "potential": {"positivity_g": "softplus"}})").dual, "single");
}

TEST(CondotSettings, ALearnedCombinatorNeedsBothPotentials) {
  EXPECT_NE(refusal(R"({"dual": "single", "context": "one_hot", "combinator": "deepset",
                        "potential": {"positivity_g": "softplus"}})")
                .find("learned combinator"),
            std::string::npos);
}

TEST(CondotSettings, NamesWhatPositivityAndPenaltyMayBe) {
  const auto text = refusal(R"({"potential": {"positivity_f": "clip", "penalty": -1}})");
  for (const auto* part : {"potential.positivity_f", "\"clip\"", "rectifier", "potential.penalty"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
  }
}

}  // namespace condot_settings_test
}  // namespace brenier::models
