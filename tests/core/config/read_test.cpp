#include "core/config/read.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "core/config/write.h"
#include "core/io/atomic_file.h"
#include "tests/core/config/sample_settings.h"
#include "tests/core/throws.h"
#include "tests/helpers/temp_dir.h"

namespace brenier::tests {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Json = nlohmann::ordered_json;

SampleSettings read_sample(const std::string& json) {
  return read_settings<SampleSettings>(document_from(Json::parse(json), "/configs"));
}

std::string config_refusal(const std::string& json) {
  return error_text(ErrorKind::kUsage, [&] { (void)read_sample(json); });
}

TEST(ConfigRead, EmptyConfigKeepsEveryDefault) { EXPECT_EQ(read_sample("{}"), SampleSettings()); }

TEST(ConfigRead, FillsEveryKindOfField) {
  const SampleSettings s =
      read_sample(R"({"$schema": "x", "name": "n", "data": "d.h5ad", "covariates": [], "sizes": [3], "weights": [0, 1],
    "rename": {"a": "b"}, "layers": [{"width": 5}, {"activation": "softplus"}],
    "train": {"steps": 1e3, "rate": 1, "resume": true}, "model": {"kind": "vae", "latent": 7}})");
  EXPECT_EQ(s.name, "n");
  EXPECT_EQ(s.data, "/configs/d.h5ad");
  EXPECT_TRUE(s.covariates.empty());
  EXPECT_THAT(s.sizes, ElementsAre(3));
  EXPECT_THAT(s.weights, ElementsAre(0.0, 1.0));
  EXPECT_EQ(s.rename, (std::map<std::string, std::string>{{"a", "b"}}));
  EXPECT_THAT(s.layers, ElementsAre(SampleLayer{5, "relu"}, SampleLayer{64, "softplus"}));  // not the default item's 32
  EXPECT_EQ(s.train.steps, 1000);
  EXPECT_EQ(s.train.rate, 1.0);
  EXPECT_TRUE(s.train.resume);
  EXPECT_EQ(s.model, "vae");
  EXPECT_EQ(s.latent, 7);
}

TEST(ConfigRead, OverridesReachIntoDefaultLists) {
  ConfigDocument document = document_from(Json::object(), "/configs");
  for (const char* text : {"layers.0.width=7", "sizes.1=9", "model.epsilon=0.25"})
    apply_override(document, text, "/here");
  const auto s = read_settings<SampleSettings>(document);
  EXPECT_THAT(s.layers, ElementsAre(SampleLayer{7, "relu"}));
  EXPECT_THAT(s.sizes, ElementsAre(1, 9));
  EXPECT_EQ(s.epsilon, 0.25);
  for (const char* text : {"layers.1.width=7", "sizes.5=1", "weights.00=1", "covariates.99999999999999999999=x"})
    apply_override(document, text, "/here");
  EXPECT_THAT(error_text(ErrorKind::kUsage, [&] { (void)read_settings<SampleSettings>(document); }),
              AllOf(HasSubstr("layers.1: {\"width\":7}; is no item of the default list, which has 1"),
                    HasSubstr("sizes.5: 1; is no item"), HasSubstr("weights.00"), HasSubstr("covariates.9999"),
                    HasSubstr("4 settings")));
}

TEST(ConfigRead, AllViolationsAtOnce) {
  const std::string text =
      config_refusal(R"({"train": {"steps": -3, "rate": "fast", "resume": 1}, "sizes": [1, 0], "weights": [2],
    "covariates": "x", "name": 5, "rename": {"a": 1}, "layers": [{"width": 1.5, "activation": "rellu"}, 4],
    "model": {"kind": "condott"}, "dta": "x"})");
  for (const char* line : {
           "train.steps: -3; must be a whole number >= 1",
           "train.rate: \"fast\"; must be a number > 0",
           "train.resume: 1; must be true or false",
           "sizes.1: 0; must be a whole number >= 1",
           "weights.0: 2; must be a number in [0, 1]",
           "covariates: \"x\"; must be a list of texts",
           "name: 5; must be a text, in double quotes: \"5\"",
           "rename.a: 1; must be a text",
           "layers.0.width: 1.5; must be a whole number >= 1",
           "layers.0.activation: \"rellu\"; must be one of 'relu', 'softplus'; did you mean 'relu'?",
           "layers.1: 4; must be an object",
           "model.kind: \"condott\"; must be one of 'condot', 'vae'; did you mean 'condot'?",
           "dta: unknown key; did you mean 'data'?",
           "13 settings are wrong",
       }) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST(ConfigRead, BooleanIsNoNumberAndNumberNoBoolean) {
  EXPECT_THAT(config_refusal(R"({"train": {"steps": true}})"), HasSubstr("train.steps: true; must be a whole number"));
  EXPECT_THAT(config_refusal(R"({"train": {"rate": false}})"), HasSubstr("train.rate: false; must be a number"));
  EXPECT_THAT(config_refusal(R"({"train": {"rate": null}})"), HasSubstr("train.rate: null; must be a number"));
}

TEST(ConfigRead, WholeNumbersAtTheEdge) {
  EXPECT_EQ(read_sample(R"({"train": {"steps": 9223372036854775807}})").train.steps, INT64_MAX);
  EXPECT_THAT(config_refusal(R"({"train": {"steps": 9223372036854775808}})"), HasSubstr("below 2^63"));
  EXPECT_THAT(config_refusal(R"({"train": {"steps": 1e30}})"), HasSubstr("below 2^63"));
  EXPECT_EQ(read_sample(R"({"train": {"steps": 1000.0}})").train.steps, 1000);
}

TEST(ConfigRead, UnknownKeyAdvice) {
  EXPECT_THAT(config_refusal(R"({"train": {"stepps": 3}})"),
              HasSubstr("train.stepps: unknown key; did you mean 'train.steps'?"));
  EXPECT_THAT(config_refusal(R"({"epsilon": 3})"), HasSubstr("did you mean 'model.epsilon'?"));
  EXPECT_THAT(config_refusal(R"({"train": {"Steps": 3}})"), HasSubstr("did you mean 'train.steps'?"));
  EXPECT_THAT(config_refusal(R"({"train": {"width": 3}})"), HasSubstr("did you mean 'layers.[].width'?"));
  EXPECT_THAT(config_refusal(R"({"train": {"zzzzzzzz": 3}})"),
              HasSubstr("known keys here are 'steps', 'rate', 'low', 'high', 'resume'"));
  EXPECT_THAT(config_refusal(R"({"layers": [{"with": 3}]})"),
              HasSubstr("layers.0.with: unknown key; did you mean 'layers.0.width'?"));
  EXPECT_THAT(config_refusal(R"({"model": {"latent": 3}})"),
              AllOf(HasSubstr("model.latent: unknown key; belongs to kind 'vae'"), HasSubstr("'~model.latent'")));
  EXPECT_THAT(config_refusal(R"({"train": {"defaults": []}})"), HasSubstr("train.defaults: unknown key"));
}

TEST(ConfigRead, SectionOfWrongTypeIsOneViolation) {
  EXPECT_THAT(
      config_refusal(R"({"train": 3, "model": "vae", "layers": {}, "rename": []})"),
      AllOf(HasSubstr("4 settings"), HasSubstr("train: 3; must be an object"),
            HasSubstr("model: \"vae\"; must be an object with a 'kind'"),
            HasSubstr("layers: {}; must be a list of objects"), HasSubstr("rename: []; must be an object of texts")));
}

TEST(ConfigRead, RuleAcrossFieldsNamesItsValue) {
  EXPECT_THAT(config_refusal(R"({"train": {"low": 2}})"), HasSubstr("train.high: 1.0; must be above low"));
  // A value that was refused says enough: the rule, which saw the default instead, stays silent.
  EXPECT_THAT(config_refusal(R"({"train": {"low": 2, "high": "x"}})"),
              AllOf(HasSubstr("one setting"), Not(HasSubstr("above low"))));
}

TEST(ConfigRead, LongValuesAreShortened) {
  const std::string text = config_refusal(R"({"train": ")" + std::string(5000, 'x') + R"("})");
  EXPECT_THAT(text, HasSubstr("xxx...; must be an object"));
  EXPECT_LT(text.size(), 300U);
}

TEST(ConfigRead, VariantWithoutKindTakesTheDefault) {
  const SampleSettings s = read_sample(R"({"model": {"epsilon": 0.5}})");
  EXPECT_EQ(s.model, "condot");
  EXPECT_EQ(s.epsilon, 0.5);
}

TEST(ConfigRead, VariantWithoutDefaultMustBeChosen) {
  std::string kind;
  const auto violations = read_fields(document_from(Json::object(), "/"), [&](Fields& f) {
    f.variant("model", kind, {{"a", [](Fields&) {}}, {"b", [](Fields&) {}}}, "");
  });
  ASSERT_EQ(violations.size(), 1U);
  EXPECT_EQ(violations[0].path, "model.kind");
  EXPECT_EQ(violations[0].constraint, "must be one of 'a', 'b'");
}

TEST(ConfigRead, KeyDescribedTwiceIsADefect) {
  EXPECT_THAT(error_text(ErrorKind::kDefect,
                         [] {
                           bool x = false;
                           (void)read_fields(document_from(Json::object(), "/"), [&](Fields& f) {
                             f.boolean("x", x, "");
                             f.boolean("x", x, "");
                           });
                         }),
              HasSubstr("'x' twice"));
}

TEST(ConfigRead, AlternativesMayHaveSectionsOfOneNameButNoKeyTwice) {
  std::string kind = "a";
  double width = 1.0;
  const auto describe = [&](Fields& f) {
    const auto section = [&](Fields& g) {
      g.section("inner", [&](Fields& h) { h.real("width", width, Range::any(), ""); }, "");
    };
    f.variant("shape", kind, {{"a", section}, {"b", section}}, "");
  };
  EXPECT_TRUE(
      read_fields(document_from(Json::parse(R"({"shape": {"kind": "b", "inner": {"width": 3}}})"), "/"), describe)
          .empty());
  EXPECT_EQ(kind, "b");
  EXPECT_EQ(width, 3.0);
  const auto violations =
      read_fields(document_from(Json::parse(R"({"shape": {"inner": {"widht": 3}}})"), "/"), describe);
  ASSERT_EQ(violations.size(), 1U);
  EXPECT_THAT(violations[0].constraint, HasSubstr("width"));
  EXPECT_THAT(error_text(ErrorKind::kDefect,
                         [&] {
                           (void)read_fields(document_from(Json::object(), "/"), [&](Fields& f) {
                             const auto named = [&](Fields& g) { g.real("kind", width, Range::any(), ""); };
                             f.variant("shape", kind, {{"a", named}}, "");
                           });
                         }),
              HasSubstr("'shape.kind' twice"));
}

TEST(ConfigRead, PathsStartFromTheFileThatStatesThem) {
  const TempDir dir;
  std::filesystem::create_directories(dir / "data");
  std::filesystem::create_directories(dir / "experiment");
  write_atomically(dir / "data/kang.json", R"({"data": "kang.h5ad"})");
  write_atomically(dir / "experiment/a.json", R"({"defaults": ["../data/kang.json"]})");
  write_atomically(dir / "experiment/b.json", R"({"defaults": ["../data/kang.json"], "data": "../own.h5ad"})");
  const std::string root = std::filesystem::canonical(dir.path()).string();
  EXPECT_EQ(read_settings<SampleSettings>(compose(dir / "experiment/a.json")).data, root + "/data/kang.h5ad");
  EXPECT_EQ(read_settings<SampleSettings>(compose(dir / "experiment/b.json")).data, root + "/own.h5ad");
  const std::string here = std::filesystem::canonical(".").string();
  EXPECT_EQ(read_settings<SampleSettings>(compose(dir / "experiment/b.json", {"data=over.h5ad"})).data,
            here + "/over.h5ad");
}

TEST(ConfigRead, AbsoluteHomeAndEmptyPaths) {
  EXPECT_EQ(read_sample(R"({"data": "/x/../y"})").data, "/x/../y");
  EXPECT_EQ(read_sample(R"({"data": ""})").data, "");
  ::setenv("HOME", "/home/someone", 1);
  EXPECT_EQ(read_sample(R"({"data": "~/y.h5ad"})").data, "/home/someone/y.h5ad");
  EXPECT_EQ(read_sample(R"({"data": "~other/y"})").data, "/configs/~other/y");
}

TEST(ConfigWrite, ReadingBackGivesTheSame) {
  const SampleSettings s =
      read_sample(R"({"name": "n", "data": "d", "covariates": ["a", "b"], "sizes": [], "weights": [0.1, 1e-300],
    "rename": {}, "layers": [{"width": 5}, {"activation": "softplus"}], "train": {"rate": 0.30000000000000004}, "model": {"kind": "vae"}})");
  const Json written = write_settings(s);
  EXPECT_EQ(read_settings<SampleSettings>(document_from(Json::parse(written.dump()), "/elsewhere")), s);
  EXPECT_EQ(written["data"], "/configs/d");  // absolute, so a copy in the run folder names the same file
  EXPECT_EQ(written.begin().key(), "name");
  EXPECT_EQ(written["model"], Json::parse(R"({"kind": "vae", "latent": 10, "hidden": 4})"));
}

TEST(ConfigWrite, InfinityIsADefect) {
  EXPECT_THAT(error_text(ErrorKind::kDefect,
                         [] {
                           double x = HUGE_VAL;
                           (void)write_fields([&](Fields& f) { f.real("x", x, Range::any(), ""); });
                         }),
              HasSubstr("'x'"));
}

}  // namespace brenier::tests
