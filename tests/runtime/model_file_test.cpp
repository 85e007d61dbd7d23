#include "runtime/model_file.h"

#include <gtest/gtest.h>

#include <fstream>

#include "core/error.h"
#include "core/io/atomic_file.h"
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
  std::ofstream(dir / "text.pt") << "not a model";
  EXPECT_NE(message_of(dir / "text.pt").find("no Brenier model"), std::string::npos);
  std::ofstream(dir / "empty.pt") << "";
  EXPECT_NE(message_of(dir / "empty.pt").find("no Brenier model"), std::string::npos);
  tests::write_archive(dir / "other.pt", "");
  EXPECT_NE(message_of(dir / "other.pt").find("no member brenier.json"), std::string::npos);
  tests::write_archive(dir / "foreign.pt", "{\"format\": \"something\"}");
  EXPECT_NE(message_of(dir / "foreign.pt").find("no Brenier model"), std::string::npos);
}

TEST(ModelFile, SaysThatAFileIsTruncated) {
  const tests::TempDir dir;
  tests::write_sample_model(dir / "m.pt");
  const auto bytes = read_file(dir / "m.pt");
  for (const std::size_t part : {4, 2}) {
    std::ofstream(dir / "cut.pt", std::ios::binary) << bytes.substr(0, bytes.size() - bytes.size() / part);
    EXPECT_NE(message_of(dir / "cut.pt").find("no Brenier model"), std::string::npos);
  }
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
