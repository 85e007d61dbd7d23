// Files written by anndata (tests/oracle/h5ad/make_oracle.py) are read bit by bit as anndata reads them, and what we
// write from them reads back the same, here and in anndata.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "data/h5ad/reader.h"
#include "data/h5ad/writer.h"
#include "tests/data/h5ad/element_json.h"
#include "tests/helpers/repository.h"
#include "tests/helpers/shared_data.h"
#include "tests/helpers/temp_dir.h"

namespace brenier::data {
namespace oracle_test {

namespace fs = std::filesystem;

fs::path file(const std::string& name) { return tests::repository_file("tests/oracle/h5ad/" + name); }

nlohmann::json expected(const std::string& name) {
  std::ifstream stream(file(name + ".json"));
  return nlohmann::json::parse(stream);
}

// Runs tests/oracle/h5ad/check_written.py; the exit code.
int check_written(const std::string& arguments) {
  const char* chosen = std::getenv("BRENIER_PYTHON");
  const std::string python = chosen != nullptr ? chosen : "python3";
  return std::system((python + " '" + file("check_written.py").string() + "' " + arguments).c_str());
}

bool has_anndata() {
  static const bool available = check_written("--available > /dev/null 2>&1") == 0;
  return available;
}

constexpr const char* kNoAnndata =
    "no Python with anndata: set BRENIER_PYTHON to one to compare what is written with anndata";

std::string quoted(const fs::path& path) { return " '" + path.string() + "'"; }

constexpr const char* kFiles[] = {"columns",  "tree",     "compressed", "unsigned", "odd_names",
                                  "no_cells", "no_genes", "no_x",       "unsorted", "older"};
constexpr const char* kRealFiles[] = {
    "perturbation/kang_pbmc_ifnb.h5ad",      "perturbation/glioblastoma_panobinostat.h5ad",
    "perturbation/norman_k562_crispra.h5ad", "drugs/lincs_consensus.h5ad",
    "drugs/l1000_skbr3_level3.h5ad",         "dynamics/reprogramming_days10_11.h5ad"};

}  // namespace oracle_test

class H5adOracle : public testing::TestWithParam<const char*> {};

TEST_P(H5adOracle, ReadsWhatAnndataReads) {
  const AnnData data = read_h5ad(oracle_test::file(std::string(GetParam()) + ".h5ad"));
  const nlohmann::json found = tests::to_json(data);
  const nlohmann::json expected = oracle_test::expected(GetParam());
  EXPECT_GE(expected.size(), 2U);
  for (const auto& [member, content] : expected.items()) {
    ASSERT_TRUE(found.contains(member)) << member;
    EXPECT_EQ(found[member], content) << member << ": " << nlohmann::json::diff(found[member], content).dump(1);
  }
  EXPECT_TRUE(data.notes.empty());
}

TEST_P(H5adOracle, ComesBackAsItWas) {
  const tests::TempDir dir;
  const auto path = oracle_test::file(std::string(GetParam()) + ".h5ad");
  const AnnData data = read_h5ad(path);
  for (const Compression compression : {Compression::kNone, Compression::kGzip}) {
    write_h5ad(data, dir / "copy.h5ad", {.compression = compression, .level = 6});
    EXPECT_EQ(tests::to_json(read_h5ad(dir / "copy.h5ad")), tests::to_json(data));
  }
}

INSTANTIATE_TEST_SUITE_P(Files, H5adOracle, testing::ValuesIn(oracle_test::kFiles),
                         [](const auto& parameter) { return std::string(parameter.param); });

TEST(H5adAnndata, OpensAndComparesWhatIsWritten) {
  if (!oracle_test::has_anndata()) GTEST_SKIP() << oracle_test::kNoAnndata;
  const tests::TempDir dir;
  std::string pairs;
  for (const std::string name : oracle_test::kFiles) {
    const auto path = oracle_test::file(name + ".h5ad");
    const AnnData data = read_h5ad(path);
    for (const Compression compression : {Compression::kNone, Compression::kGzip}) {
      const auto copy = dir / (name + (compression == Compression::kNone ? "" : "_gzip") + ".h5ad");
      write_h5ad(data, copy, {.compression = compression});
      pairs += oracle_test::quoted(path) + oracle_test::quoted(copy);
    }
  }
  EXPECT_EQ(oracle_test::check_written(pairs), 0);
}

// The attribute that lists so many columns is larger than the 64 KiB of an ordinary one.
TEST(H5adAnndata, OpensAFrameOfManyColumns) {
  const tests::TempDir dir;
  AnnData data;
  data.obs.index = {"a", "b"};
  data.var.index = {"g"};
  for (int i = 0; i < 4500; ++i) {
    data.obs.columns.emplace_back("column number " + std::to_string(i), make_column(std::vector<std::int32_t>{i, -i}));
  }
  const auto path = dir / "wide.h5ad";
  write_h5ad(data, path);
  EXPECT_EQ(tests::to_json(read_h5ad(path)), tests::to_json(data));
  if (!oracle_test::has_anndata()) GTEST_SKIP() << oracle_test::kNoAnndata;
  EXPECT_EQ(oracle_test::check_written(oracle_test::quoted(path) + oracle_test::quoted(path)), 0);
}

TEST(H5adRealData, ComesBackAsItWas) {
  int found = 0;
  for (const char* name : oracle_test::kRealFiles) {
    const auto path = tests::shared_data(name);
    if (!path) continue;
    ++found;
    const tests::TempDir dir;
    const AnnData data = read_h5ad(*path);
    write_h5ad(data, dir / "copy.h5ad");
    EXPECT_EQ(tests::to_json(read_h5ad(dir / "copy.h5ad")), tests::to_json(data)) << name;
  }
  if (found == 0) GTEST_SKIP() << tests::shared_data_missing(oracle_test::kRealFiles[0]);
}

TEST(H5adRealData, IsReadAsAnndataReadsIt) {
  if (!oracle_test::has_anndata()) GTEST_SKIP() << oracle_test::kNoAnndata;
  const tests::TempDir dir;
  std::string pairs;
  for (const char* name : oracle_test::kRealFiles) {
    const auto path = tests::shared_data(name);
    if (!path) continue;
    const std::string stem = path->stem().string();
    write_h5ad(read_h5ad(*path), dir / (stem + ".h5ad"));
    write_h5ad(read_cells(*path), dir / (stem + "_cells.h5ad"));
    pairs += oracle_test::quoted(*path) + oracle_test::quoted(dir / (stem + ".h5ad"));
    pairs += " --cells" + oracle_test::quoted(*path) + oracle_test::quoted(dir / (stem + "_cells.h5ad"));
  }
  if (pairs.empty()) GTEST_SKIP() << tests::shared_data_missing(oracle_test::kRealFiles[0]);
  EXPECT_EQ(oracle_test::check_written(pairs), 0);
}

}  // namespace brenier::data
