#include "data/perturbation/grammar.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/config/read.h"
#include "core/error.h"
#include "tests/core/throws.h"

namespace brenier::tests::grammar_test {

data::PerturbationSettings preset(const std::string& name) {
  data::PerturbationSettings settings;
  settings.preset = name;
  return data::resolve_preset(settings);
}

std::string parsed(const std::string& label, const std::vector<std::string>& doses,
                   const data::PerturbationSettings& settings) {
  return actions_to_string(Context{data::parse_actions(label, doses, settings), {}});
}

TEST(Grammar, CombinationsAreSetsWithDoses) {
  const auto settings = preset("scperturb");
  EXPECT_EQ(parsed("A", {}, settings), "A");
  EXPECT_EQ(parsed("B+A", {}, settings), "A+B");
  EXPECT_EQ(parsed(" B + A ", {"0.5+2"}, settings), "A@2+B@0.5");
  EXPECT_EQ(parsed("A+B", {"10"}, settings), "A@10+B@10");
  EXPECT_EQ(parsed("A", {"0.25", ""}, settings), "A@0.25");
  EXPECT_EQ(parsed("A+B", {"0.25", "1e2"}, settings), "A@0.25+B@100");
  EXPECT_EQ(parsed("control", {"nonsense"}, settings), "control");
}

TEST(Grammar, GearsControlsInsideCombinationsAreIgnoredWithTheirDose) {
  const auto settings = preset("gears");
  EXPECT_EQ(parsed("A+ctrl", {}, settings), "A");
  EXPECT_EQ(parsed("ctrl+A", {"3+0.5"}, settings), "A@0.5");
  EXPECT_EQ(parsed("ctrl+ctrl", {}, settings), "control");
  auto more = settings;
  more.ignore_tokens = {"NT"};
  EXPECT_EQ(parsed("NT+B", {}, more), "B");
  EXPECT_EQ(parsed("NT", {}, more), "control");
}

TEST(Grammar, LabelsAreNotSplitWithoutADelimiter) {
  const auto settings = preset("cell_eval");
  EXPECT_EQ(data::parse_actions("HLA-A+B", {}, settings).front().name, "HLA-A+B");
  EXPECT_TRUE(data::parse_actions("non-targeting", {}, settings).empty());
}

TEST(Grammar, WrongLabelsAndDosesAreNamed) {
  const auto settings = preset("scperturb");
  const auto text = [&](const std::string& label, const std::vector<std::string>& doses) {
    return error_text(ErrorKind::kData, [&] { (void)data::parse_actions(label, doses, settings); });
  };
  EXPECT_NE(text("A+", {}).find("empty part"), std::string::npos);
  EXPECT_NE(text("", {}).find("empty part"), std::string::npos);
  EXPECT_NE(text("A+A", {}).find("occurs twice"), std::string::npos);
  EXPECT_NE(text("A+B+C", {"1+2"}).find("2 doses '1', '2' for 3 actions"), std::string::npos);
  EXPECT_NE(text("A", {"10uM"}).find("'10uM'"), std::string::npos);
  EXPECT_NE(text("A", {"-1"}).find("'-1'"), std::string::npos);
  EXPECT_NE(text("A", {"nan"}).find("'nan'"), std::string::npos);
  EXPECT_NE(text("A", {"1e999"}).find("'1e999'"), std::string::npos);
}

TEST(Grammar, StatedDosesFollowTheName) {
  const auto settings = preset("scperturb");
  const auto stated = data::parse_stated_actions("B@0.5+A", settings);
  EXPECT_EQ(stated.actions, (std::vector<Action>{{"A", 1.0}, {"B", 0.5}}));
  EXPECT_EQ(stated.has_dose, (std::vector<bool>{false, true}));
  EXPECT_EQ(data::parse_stated_actions("A@home", settings).actions.front().name, "A@home");
  EXPECT_TRUE(data::parse_stated_actions("control", settings).actions.empty());
}

RC_GTEST_PROP(Grammar, TextOfAContextReadsBack, ()) {
  const auto settings = preset("scperturb");
  const auto letters = *rc::gen::unique<std::vector<char>>(rc::gen::inRange('a', 'z'));
  std::vector<Action> actions;
  for (const char letter : letters) {
    actions.push_back({std::string("gene-") + letter, *rc::gen::element(0.0, 1.0, 0.1, 1e-7, 12345.5)});
  }
  const Context context = make_context(actions, {});
  if (context.is_control()) return;
  RC_ASSERT(data::parse_stated_actions(actions_to_string(context), settings).actions == context.actions);
}

TEST(PerturbationSettings, UnknownPresetListsThose) {
  data::PerturbationSettings settings;
  settings.preset = "scanpy";
  EXPECT_NE(error_text(ErrorKind::kUsage, [&] { (void)data::resolve_preset(settings); }).find("'scperturb'"),
            std::string::npos);
}

TEST(PerturbationSettings, WhatTheUserStatesWinsOverThePreset) {
  data::PerturbationSettings settings;
  settings.preset = "cpa";
  settings.controls = {"DMSO"};
  settings.covariates = {"patient"};
  const auto resolved = data::resolve_preset(settings);
  EXPECT_EQ(resolved.perturbation_column, "condition");
  EXPECT_EQ(resolved.controls, (std::vector<std::string>{"DMSO"}));
  EXPECT_EQ(resolved.covariates, (std::vector<std::string>{"patient"}));
  EXPECT_EQ(resolved.optional_columns, (std::vector<std::string>{"dose_val"}));
}

TEST(PerturbationSettings, ReadFromAConfigWithItsRules) {
  const auto read = [](const char* text) {
    return read_settings<data::PerturbationSettings>(document_from(nlohmann::ordered_json::parse(text), "."));
  };
  EXPECT_EQ(read(R"({"preset": "gears", "control_match": ["cell_type"]})").preset, "gears");
  EXPECT_NE(
      error_text(ErrorKind::kUsage, [&] { (void)read(R"({"control_match": ["cell_type"]})"); }).find("control_match"),
      std::string::npos);
  EXPECT_NE(error_text(ErrorKind::kUsage, [&] { (void)read(R"({"preset": "gear"})"); }).find("preset"),
            std::string::npos);
}

}  // namespace brenier::tests::grammar_test
