#include "core/context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/core/throws.h"

namespace brenier::tests {

using ::testing::AllOf;
using ::testing::HasSubstr;
using Json = nlohmann::ordered_json;

TEST(Context, OrderOfActionsDoesNotMatter) {
  const Context ab = make_context({{"A", 1.0}, {"B", 0.5}}, {{"cell_type", "B"}});
  EXPECT_EQ(ab, make_context({{"B", 0.5}, {"A", 1.0}}, {{"cell_type", "B"}}));
  EXPECT_NE(ab, make_context({{"A", 1.0}, {"B", 0.6}}, {{"cell_type", "B"}}));
  EXPECT_TRUE(make_context({}, {}) < ab);
}

TEST(Context, Text) {
  EXPECT_EQ(to_string(make_context({{"B", 0.5}, {"A", 1.0}}, {{"cell_type", "B"}})), "A+B@0.5 | cell_type=B");
  EXPECT_EQ(to_string(make_context({}, {{"cell_type", "B"}, {"patient", "P1"}})), "control | cell_type=B, patient=P1");
  EXPECT_EQ(to_string(make_context({{"A", 0.1}}, {})), "A@0.1");
  EXPECT_EQ(actions_to_string(make_context({}, {{"x", "y"}})), "control");
}

TEST(Context, ControlKeepsTheCovariates) {
  const Context treated = make_context({{"A", 1.0}}, {{"cell_type", "B"}});
  EXPECT_FALSE(treated.is_control());
  EXPECT_TRUE(treated.control().is_control());
  EXPECT_EQ(treated.control().covariates, treated.covariates);
}

TEST(Context, BadActionsAreRefused) {
  EXPECT_THAT(error_text(ErrorKind::kData, [] { (void)make_context({{"A", 1.0}, {"B", 1.0}, {"A", 2.0}}, {}); }),
              AllOf(HasSubstr("'A' occurs twice"), HasSubstr("doses")));
  EXPECT_THAT(error_text(ErrorKind::kData, [] { (void)make_context({{"", 1.0}}, {}); }), HasSubstr("without a name"));
  EXPECT_THAT(error_text(ErrorKind::kData, [] { (void)make_context({{"A", std::nan("")}}, {}); }), HasSubstr("nan"));
}

TEST(Context, JsonForm) {
  const Json json = to_json(make_context({{"B", 0.5}, {"A", 1.0}}, {{"cell_type", "B"}}));
  EXPECT_EQ(json, Json::parse(R"({"perturbation": ["A", "B"], "dose": [1.0, 0.5], "covariates": {"cell_type": "B"}})"));
  EXPECT_EQ(context_from_json(Json::parse(R"({"perturbation": ["A"]})")), make_context({{"A", 1.0}}, {}));
}

RC_GTEST_PROP(Context, JsonRoundTrip,
              (const std::map<std::string, double>& doses, const std::map<std::string, std::string>& covariates)) {
  std::vector<Action> actions;
  for (const auto& [name, dose] : doses) {
    if (!name.empty() && std::isfinite(dose)) actions.push_back({name, dose});
  }
  const Context context = make_context(actions, covariates);
  RC_ASSERT(context_from_json(to_json(context)) == context);
}

TEST(Context, BadJsonNamesTheKey) {
  const auto refusal = [](const char* json) {
    return error_text(ErrorKind::kData, [&] { (void)context_from_json(Json::parse(json)); });
  };
  EXPECT_THAT(refusal("[]"), HasSubstr("JSON object"));
  EXPECT_THAT(refusal("{}"), HasSubstr("lacks the key 'perturbation'"));
  EXPECT_THAT(refusal(R"({"perturbation": "A"})"), AllOf(HasSubstr("'perturbation'"), HasSubstr("\"A\"")));
  EXPECT_THAT(refusal(R"({"perturbation": ["A"], "dose": [1, 2]})"),
              AllOf(HasSubstr("'dose'"), HasSubstr("1 numbers")));
  EXPECT_THAT(refusal(R"({"perturbation": ["A"], "dose": ["1"]})"), HasSubstr("'dose'"));
  EXPECT_THAT(refusal(R"({"perturbation": [], "covariates": {"a": 1}})"), HasSubstr("'covariates'"));
  EXPECT_THAT(refusal(R"({"perturbation": [], "covariate": {}})"), HasSubstr("did you mean 'covariates'?"));
}

}  // namespace brenier::tests
