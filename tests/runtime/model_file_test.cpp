#include "runtime/model_file.h"

#include <gtest/gtest.h>

#include <fstream>

#include "core/error.h"
#include "tests/helpers/temp_dir.h"
#include "tests/runtime/model_archive.h"

namespace brenier::runtime {

std::string message_of(const std::filesystem::path& path) {
  try {
    (void)read_model_info(path);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData) << error.what();
    EXPECT_NE(std::string(error.what()).find(path.filename()), std::string::npos) << error.what();
    EXPECT_EQ(std::string(error.what()).find("frame #"), std::string::npos) << error.what();
    return error.what();
  }
  ADD_FAILURE() << path << " was accepted";
  return "";
}

TEST(ModelFile, DescriptionRoundTrip) {
  const auto info = tests::sample_info();
  const auto back = model_info_from_json(nlohmann::ordered_json::parse(to_json(info).dump()));
  EXPECT_EQ(to_json(back), to_json(info));
  EXPECT_EQ(back.contexts, info.contexts);
  EXPECT_EQ(back.covariates, info.covariates);
}

TEST(ModelFile, MeansAndTrainingTravelAndMayBeAbsent) {
  auto info = tests::sample_info();
  EXPECT_FALSE(to_json(info).contains("training"));
  EXPECT_FALSE(to_json(info).contains("gene_means"));
  info.training = {{"cells", 7}};
  info.gene_means = {0.1F, 1.0F / 3.0F, 0.0F};
  const auto text = to_json(info).dump();
  EXPECT_NE(text.find("[0.1,0.33333334,0.0]"), std::string::npos) << text;
  const auto back = model_info_from_text(text);
  EXPECT_EQ(back.gene_means, info.gene_means);
  EXPECT_EQ(back.training, info.training);
}

TEST(ModelFile, RefusesGenesAndMeansThatDoNotFit) {
  const auto message = [](const runtime::ModelInfo& info) -> std::string {
    try {
      (void)model_info_from_json(to_json(info));
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  auto info = tests::sample_info();
  info.gene_means = {1.0F, 2.0F};
  EXPECT_NE(message(info).find("2 means"), std::string::npos) << message(info);
  info.gene_means.clear();
  info.genes = {"a", "b", "a"};
  EXPECT_NE(message(info).find("gene 'a' twice"), std::string::npos) << message(info);
  info.genes.clear();
  EXPECT_NE(message(info).find("no genes"), std::string::npos) << message(info);
}

TEST(ModelFile, ReadsTheDescriptionOfAnArchive) {
  const tests::TempDir dir;
  tests::write_sample_model(dir / "m.pt");
  EXPECT_EQ(to_json(read_model_info(dir / "m.pt")), to_json(tests::sample_info()));
}

TEST(ModelFile, PreprocessConstants) {
  auto info = tests::sample_info();
  EXPECT_EQ(input_preprocess(info).target_sum, 100.0);
  EXPECT_EQ(input_preprocess(info).total_genes.size(), 4U);
  EXPECT_TRUE(input_preprocess(info).log1p);
  info.preprocess = {{"normalize_total", false}, {"log1p", false}};
  EXPECT_FALSE(input_preprocess(info).target_sum.has_value());
  info.preprocess = {{"normalize_total", false}};
  EXPECT_THROW((void)input_preprocess(info), Error);
}

TEST(ModelFile, SaysWhatIsNoModel) {
  const tests::TempDir dir;
  EXPECT_NE(message_of(dir / "absent.pt").find("no such model file"), std::string::npos);
  tests::write_archive(dir / "foreign.pt", "{\"format\": \"something\"}");
  EXPECT_NE(message_of(dir / "foreign.pt").find("no Brenier model"), std::string::npos);
}

TEST(ModelFile, SaysThatAModelIsNewer) {
  const tests::TempDir dir;
  auto info = tests::sample_info();
  info.format_version = kModelFormatVersion + 1;
  info.brenier_version = "9.9";
  tests::write_archive(dir / "new.pt", to_json(info).dump());
  const auto text = message_of(dir / "new.pt");
  EXPECT_NE(text.find("newer Brenier"), std::string::npos) << text;
  EXPECT_NE(text.find("9.9"), std::string::npos) << text;
}

TEST(ModelFile, NamesTheDamagedKey) {
  const tests::TempDir dir;
  for (const char* key : {"genes", "actions", "covariates", "contexts", "kind", "preprocess", "metrics", "config"}) {
    auto json = to_json(tests::sample_info());
    json.erase(key);
    tests::write_archive(dir / "damaged.pt", json.dump());
    EXPECT_NE(message_of(dir / "damaged.pt").find(key), std::string::npos);
  }
  tests::write_archive(dir / "json.pt", "{");
  EXPECT_NE(message_of(dir / "json.pt").find("damaged"), std::string::npos);
}

}  // namespace brenier::runtime
