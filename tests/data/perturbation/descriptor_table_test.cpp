#include "data/perturbation/descriptor_table.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/io/atomic_file.h"
#include "data/h5ad/writer.h"
#include "tests/data/small_table.h"
#include "tests/helpers/temp_dir.h"

namespace brenier::tests::descriptor_table_test {

data::DescriptorTable read_file_at(const std::filesystem::path& path, const std::string& name_column = "",
                                   std::vector<std::string> columns = {}, const std::string& matrix = "") {
  data::DescriptorSettings settings;
  settings.path = path.string();
  settings.name_column = name_column;
  settings.columns = std::move(columns);
  settings.matrix = matrix;
  return data::read_descriptors(settings);
}

data::DescriptorTable read(const TempDir& dir, const std::string& text, std::vector<std::string> columns = {},
                           const std::string& name_column = "") {
  write_atomically(dir / "table.csv", text);
  return read_file_at(dir / "table.csv", name_column, std::move(columns));
}

std::string message(const TempDir& dir, const std::string& text, std::vector<std::string> columns = {}) {
  try {
    (void)read(dir, text, std::move(columns));
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(DescriptorTable, ReadsNamesAndNumbers) {
  const TempDir dir;
  const auto table = read(dir, "drug,a,b\r\n\"x, y\",1,-2.5\r\nz,3e1,4\r\nz,3e1,4\r\n");
  EXPECT_EQ(table.names, (std::vector<std::string>{"x, y", "z"}));
  EXPECT_EQ(table.columns, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(table.values, (std::vector<float>{1, -2.5, 30, 4}));
}

TEST(DescriptorTable, ChoosesColumns) {
  const TempDir dir;
  const auto table = read(dir, "pathway,a,name,b\nMAPK,1,x,2\nTGF,3,y,4\n", {"b"}, "name");
  EXPECT_EQ(table.names, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(table.values, (std::vector<float>{2, 4}));
}

TEST(DescriptorTable, SaysWhereATextFileIsWrong) {
  const TempDir dir;
  EXPECT_NE(message(dir, "drug,a\nx,1\ny,\n").find("line 3, column 'a'"), std::string::npos);
  EXPECT_NE(message(dir, "drug,a\nx,nan\n").find("line 2"), std::string::npos);
  EXPECT_NE(message(dir, "drug,a\nx,1,2\n").find("3 fields"), std::string::npos);
  EXPECT_NE(message(dir, "drug,a\nx,1\nx,2\n").find("two different rows"), std::string::npos);
  EXPECT_NE(message(dir, "drug,dose\nx,1\n", {"doze"}).find("did you mean 'dose'"), std::string::npos);
  EXPECT_NE(message(dir, "").find("empty"), std::string::npos);
  EXPECT_NE(message(dir, "drug,a\n").find("no rows"), std::string::npos);
  EXPECT_THROW((void)read_file_at(dir / "no.csv", "", {}, ""), Error);
}

TEST(DescriptorTable, ReadsAnArrayOfAnH5adFile) {
  const TempDir dir;
  data::AnnData file;
  file.obs.index = {"r0", "r1"};
  file.obs.set("drug", data::StringColumn{"x", "y"});
  file.obsm.set("bits", data::NumericArray{{2, 3}, std::vector<std::int8_t>{1, 0, 1, 0, 0, 1}});
  data::write_h5ad(file, dir / "table.h5ad");
  const auto table = read_file_at(dir / "table.h5ad", "drug", {}, "obsm/bits");
  EXPECT_EQ(table.names, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(table.values, (std::vector<float>{1, 0, 1, 0, 0, 1}));
  EXPECT_EQ(read_file_at(dir / "table.h5ad", "", {}, "obsm/bits").names, (std::vector<std::string>{"r0", "r1"}));
  EXPECT_THROW((void)read_file_at(dir / "table.h5ad", "", {}, ""), Error);
  EXPECT_THROW((void)read_file_at(dir / "table.h5ad", "", {}, "obsm/no"), Error);
}

}  // namespace brenier::tests::descriptor_table_test
