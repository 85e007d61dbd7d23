// Each rule finds what it forbids and leaves alone what it allows.
#include "tests/house/rules.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/helpers/temp_dir.h"

namespace brenier::house {

TEST(Arrows, AllowedIncludesPass) {
  EXPECT_TRUE(check_arrows({"models/a/b.cpp", "#include \"models/a/b.h\"\n#include \"ot/cost.h\"\n#include <vector>\n"})
                  .empty());
  EXPECT_TRUE(check_arrows({"train/loop.cpp", "#include \"data/split.h\"\n#include \"models/model.h\"\n"}).empty());
  EXPECT_TRUE(check_arrows({"tests/data/x_test.cpp", "#include \"train/loop.h\"\n#include <hdf5.h>\n"}).empty());
  EXPECT_TRUE(check_arrows({"data/h5ad/x.cpp", "#include <hdf5.h>\n"}).empty());
}

TEST(Arrows, WrongArrowsAreFound) {
  for (const auto& [path, include] :
       std::vector<std::pair<std::string, std::string>>{{"core/a.h", "data/b.h"},
                                                        {"data/a.cpp", "ot/b.h"},
                                                        {"ot/a.cpp", "data/b.h"},
                                                        {"models/a.cpp", "data/b.h"},
                                                        {"models/a.cpp", "train/b.h"},
                                                        {"runtime/a.cpp", "models/b.h"},
                                                        {"train/a.cpp", "apps/b.h"},
                                                        {"core/a.cpp", "tests/helpers/b.h"}}) {
    const Violations found = check_arrows({path, "#include <string>\n  #  include \"" + include + "\"\n"});
    ASSERT_EQ(found.size(), 1U) << path << " includes " << include;
    EXPECT_NE(found[0].find(path + ":2: "), std::string::npos) << found[0];
    EXPECT_NE(found[0].find(include), std::string::npos) << found[0];
  }
}

TEST(Arrows, WrongFormsAreFound) {
  EXPECT_EQ(check_arrows({"core/a.cpp", "#include <core/a.h>\n"}).size(), 1U);
  EXPECT_EQ(check_arrows({"core/a.cpp", "#include \"a.h\"\n"}).size(), 1U);
  EXPECT_EQ(check_arrows({"core/io/a.cpp", "#include \"../error.h\"\n"}).size(), 1U);
  EXPECT_EQ(check_arrows({"train/a.cpp", "#include <hdf5.h>\n"}).size(), 1U);
}

TEST(TorchHeaders, UmbrellasAreForHeadersForbidden) {
  EXPECT_EQ(check_torch_headers({"models/a.h", "#include <torch/torch.h>\n"}).size(), 1U);
  EXPECT_EQ(check_torch_headers({"runtime/a.h", "#include <torch/script.h>\n"}).size(), 1U);
  EXPECT_TRUE(check_torch_headers({"runtime/a.cpp", "#include <torch/script.h>\n"}).empty());
  EXPECT_TRUE(check_torch_headers({"models/a.h", "#include <ATen/core/Tensor.h>\n"}).empty());
}

TEST(CppHabits, ForbiddenFormsAreFound) {
  EXPECT_EQ(check_cpp_habits({"core/a.h", "namespace brenier {}\n"}).size(), 1U);
  EXPECT_EQ(check_cpp_habits({"core/a.cpp", "namespace {\n"}).size(), 1U);
  EXPECT_EQ(check_cpp_habits({"core/a.cpp", "using namespace std;\n"}).size(), 1U);
  EXPECT_TRUE(check_cpp_habits({"core/a.cpp", "void f() {\n  using namespace a_detail;\n}\n"}).empty());
  EXPECT_TRUE(check_cpp_habits({"core/a.h", "#pragma once\nnamespace brenier::a_detail {\n}\n"}).empty());
}

TEST(Printing, OnlyTheCommandPrints) {
  EXPECT_EQ(check_no_printing({"core/a.cpp", "std::cout << 1;\n"}).size(), 1U);
  EXPECT_EQ(check_no_printing({"train/a.cpp", "  printf(\"x\");\n"}).size(), 1U);
  EXPECT_TRUE(
      check_no_printing({"train/a.cpp", "std::snprintf(buffer, 3, \"x\"); std::fputs(text, stderr);\n"}).empty());
  EXPECT_EQ(check_no_printing({"train/a.cpp", "  std::fputs(text, stdout);\n"}).size(), 1U);
  EXPECT_TRUE(check_no_printing({"core/a.h", "  // pass is_terminal(stdout)\n"}).empty());
  EXPECT_TRUE(check_no_printing({"apps/a.cpp", "std::cout << 1;\n"}).empty());
}

TEST(Length, TheLimitIsInclusive) {
  std::string text;
  for (std::size_t i = 0; i < kMaxLines; ++i) text += "x\n";
  EXPECT_TRUE(check_length({"core/a.cpp", text}).empty());
  EXPECT_EQ(check_length({"core/a.cpp", text + "x\n"}).size(), 1U);
  EXPECT_TRUE(check_length({"tests/oracle/a.csv", text + "x\n"}).empty());
}

TEST(Words, MachinePathsAndNotesAreFound) {
  const std::string slash = "/";
  EXPECT_EQ(check_words({"README.md", "see " + slash + "home/me/x\n"}).size(), 1U);
  EXPECT_EQ(check_words({"scripts/a", "cd " + slash + "root/x\n"}).size(), 1U);
  EXPECT_EQ(check_words({"core/a.cpp", std::string("// TO") + "DO later\n"}).size(), 1U);
  EXPECT_TRUE(check_words({"core/a.cpp", "// the network/work/flow of https://x.org/home/a\n"}).empty());
}

TEST(Citations, KeysAreListed) {
  const std::string references = "- **bunne2022condot**: ...\n";
  EXPECT_TRUE(check_citations({"models/a.h", "// bunne2022condot eq. (7); Marsaglia 2000\n"}, references).empty());
  EXPECT_EQ(check_citations({"models/a.h", "// nobody2021thing\n"}, references).size(), 1U);  // house-ok: an example
}

TEST(Configs, NeedJsonAndASchemaThatExists) {
  const tests::TempDir root;
  std::filesystem::create_directories(root / "configs/schema");
  std::ofstream(root / "configs/schema/experiment.json") << "{}";
  const auto check = [&](const std::string& text) {
    return check_config({"configs/experiment/a.json", text}, root.path()).size();
  };
  EXPECT_EQ(check(R"({"$schema": "../schema/experiment.json"})"), 0U);
  EXPECT_EQ(check(R"({"$schema": "../schema/gone.json"})"), 1U);
  EXPECT_EQ(check(R"({"$schema": 3})"), 1U);
  EXPECT_EQ(check(R"({"name": "a"})"), 1U);
  EXPECT_EQ(check(R"([1])"), 1U);
  EXPECT_EQ(check(R"({"name": )"), 1U);
}

}  // namespace brenier::house
