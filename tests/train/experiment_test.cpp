#include "train/experiment.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/error.h"
#include "core/io/atomic_file.h"
#include "tests/helpers/temp_dir.h"
#include "tests/train/small_experiment.h"

namespace brenier::train {

TEST(Experiment, DefaultsAreValidAndResolveToThemselves) {
  const ExperimentSettings defaults;
  const auto resolved = resolved_json(defaults);
  EXPECT_EQ(resolved_json(experiment_from_json(resolved, "defaults")), resolved);
  for (const char* key :
       {"name", "seed", "device", "threads", "data", "preprocess", "split", "model", "train", "evaluate"}) {
    EXPECT_TRUE(resolved.contains(key)) << key;
  }
  EXPECT_EQ(resolved.size(), 10U);
}

TEST(Experiment, EveryKindOfModelCanBeChosenAndResolves) {
  for (const auto& kind : models::model_kinds()) {
    const auto settings = experiment_from_json({{"model", {{"kind", kind}}}}, "test");
    EXPECT_EQ(settings.model.kind(), kind);
    const auto resolved = resolved_json(settings);
    EXPECT_EQ(resolved["model"]["kind"], kind);
    EXPECT_EQ(resolved_json(experiment_from_json(resolved, "test")), resolved) << kind;
  }
}

TEST(Experiment, TwoExperimentsDoNotShareSettings) {
  const auto wide = experiment_from_json({{"model", {{"kind", "condot"}, {"steps", 7}}}}, "a");
  const auto plain = experiment_from_json({{"model", {{"kind", "condot"}}}}, "b");
  EXPECT_EQ(resolved_json(wide)["model"]["steps"], 7);
  EXPECT_NE(resolved_json(plain)["model"]["steps"], 7);
}

TEST(Experiment, PathsAreRelativeToTheConfigAndAbsoluteOnceResolved) {
  const tests::TempDir dir;
  const auto settings = tests::small_experiment(dir.path());
  EXPECT_TRUE(std::filesystem::equivalent(settings.data.path, dir / "cells.h5ad")) << settings.data.path;
  EXPECT_TRUE(std::filesystem::path(resolved_json(settings)["data"]["path"].get<std::string>()).is_absolute());
}

TEST(Experiment, AllViolationsAreListedTogether) {
  const tests::TempDir dir;
  write_atomically(dir / "bad.json", R"({"seed": -1, "sede": 2,
    "train": {"validation": {"score": "r2_meen"}, "log_every": "often"}, "model": {"kind": "condott"}})");
  const auto violations = validate_experiment(dir / "bad.json");
  for (const char* path : {"seed", "sede", "train.validation.score", "train.log_every", "model.kind"}) {
    EXPECT_TRUE(std::any_of(violations.begin(), violations.end(), [path](const Violation& v) {
      return v.path == path;
    })) << path;
  }
  try {
    (void)load_experiment(dir / "bad.json");
    FAIL() << "a bad config was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_NE(std::string(error.what()).find("'seed'"), std::string::npos) << error.what();  // the nearest of 'sede'
  }
}

TEST(Experiment, TheNameMustBeAFolder) {
  for (const char* name : {"", "a/b", ".hidden"}) {
    EXPECT_THROW((void)experiment_from_json({{"name", name}}, "test"), Error) << name;
  }
  EXPECT_EQ(experiment_from_json({{"name", "kang condot"}}, "test").name, "kang condot");
}

TEST(Experiment, ScoresWithAChoiceOfGenesAreScores) {
  const auto settings = experiment_from_json({{"train", {{"validation", {{"score", "mmd_top50"}}}}}}, "test");
  EXPECT_EQ(settings.train.validation.score, "mmd_top50");
}

TEST(Experiment, SchemaOfTheWholeAndOfParts) {
  EXPECT_TRUE(experiment_schema()["properties"].contains("train"));
  EXPECT_TRUE(experiment_schema("train")["properties"].contains("validation"));
  EXPECT_TRUE(experiment_schema("train.validation")["properties"].contains("patience"));
  for (const auto& kind : models::model_kinds()) EXPECT_TRUE(experiment_schema("model." + kind).is_object()) << kind;
  try {
    (void)experiment_schema("trian");
    FAIL() << "an unknown part was accepted";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean 'train'"), std::string::npos) << error.what();
  }
}

}  // namespace brenier::train
