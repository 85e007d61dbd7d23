// The repository keeps the rules of the house.
#include <gtest/gtest.h>

#include <functional>

#include "tests/helpers/repository.h"
#include "tests/house/rules.h"

namespace brenier::house {

class House : public testing::Test {
 protected:
  static void SetUpTestSuite() { files() = read_source_tree(tests::repository_file("")); }

  static std::vector<SourceFile>& files() {
    static std::vector<SourceFile> all;
    return all;
  }

  static std::string violations(const std::function<Violations(const SourceFile&)>& rule) {
    std::string text;
    for (const SourceFile& file : files()) {
      for (const std::string& violation : rule(file)) text += violation + "\n";
    }
    return text;
  }
};

TEST_F(House, IsFound) {
  const auto has = [](const std::string& path) {
    for (const SourceFile& file : files()) {
      if (file.path == path) return true;
    }
    return false;
  };
  EXPECT_TRUE(has("CMakeLists.txt"));
  EXPECT_TRUE(has("core/error.h"));
  EXPECT_TRUE(has("tests/house/house_test.cpp"));
}

TEST_F(House, IncludesFollowTheArrows) { EXPECT_EQ(violations(check_arrows), ""); }
TEST_F(House, HeadersTakeNarrowTorchHeaders) { EXPECT_EQ(violations(check_torch_headers), ""); }
TEST_F(House, SourcesSuitUnityBuilds) { EXPECT_EQ(violations(check_cpp_habits), ""); }
TEST_F(House, LibrariesDoNotPrint) { EXPECT_EQ(violations(check_no_printing), ""); }
TEST_F(House, FilesAreShort) { EXPECT_EQ(violations(check_length), ""); }
TEST_F(House, NoMachinePathsAndNotes) { EXPECT_EQ(violations(check_words), ""); }
TEST_F(House, CitationsAreListed) {
  for (const SourceFile& references : files()) {
    if (references.path != "REFERENCES.md") continue;
    EXPECT_EQ(violations([&](const SourceFile& file) { return check_citations(file, references.text); }), "");
    return;
  }
  FAIL() << "REFERENCES.md is missing";
}
TEST_F(House, ConfigsHaveASchema) {
  EXPECT_EQ(violations([](const SourceFile& file) { return check_config(file, tests::repository_file("")); }), "");
}

}  // namespace brenier::house
