// Every kind of broken .h5ad file is one Error that says what is wrong, where, and what would be right.
#include <gtest/gtest.h>

#include <array>
#include <fstream>

#include "core/error.h"
#include "data/h5ad/attribute.h"
#include "data/h5ad/reader.h"
#include "data/h5ad/row_reader.h"
#include "data/h5ad/summary.h"
#include "data/h5ad/writer.h"
#include "tests/data/h5ad/file_edit.h"
#include "tests/helpers/repository.h"
#include "tests/helpers/temp_dir.h"

namespace brenier::data {
namespace bad_input_test {

using Path = std::filesystem::path;

std::string bytes_of(const Path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void write_bytes(const Path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

// Both readers refuse the file with kData, and the message has all the parts.
void expect_refused(const Path& path, const std::vector<std::string>& parts) {
  for (const std::string& message :
       {tests::failure([&] { (void)read_cells(path); }), tests::failure([&] { (void)read_h5ad(path); })}) {
    EXPECT_EQ(message.front(), '3') << message;
    EXPECT_NE(message.find(path.string()), std::string::npos) << message;
    for (const std::string& part : parts)
      EXPECT_NE(message.find(part), std::string::npos) << part << "\nin " << message;
  }
}

class BadInput : public testing::Test {
 protected:
  // A small file after f has broken it.
  Path broken(const Element& x, const std::function<void(hid_t)>& f) {
    const Path path = dir_ / ("broken" + std::to_string(count_++) + ".h5ad");
    write_h5ad(tests::small_ann_data(x), path);
    tests::edit(path, f);
    return path;
  }
  Path broken(const std::string& dataset, const NumericArray& values) {
    return broken(tests::small_csr(), [&](hid_t file) { tests::replace(file, dataset, values); });
  }

  tests::TempDir dir_;
  int count_ = 0;
};

NumericArray int32(std::vector<std::int32_t> values) { return make_column(std::move(values)); }

}  // namespace bad_input_test

using BadH5ad = bad_input_test::BadInput;

TEST_F(BadH5ad, MissingFile) { bad_input_test::expect_refused(dir_ / "none.h5ad", {"does not exist"}); }

TEST_F(BadH5ad, Folder) {
  bad_input_test::expect_refused(dir_.path(), {"this is a folder"});
  std::filesystem::create_directory(dir_ / "x.zarr");
  bad_input_test::write_bytes(dir_ / "x.zarr/.zgroup", "{}");
  bad_input_test::expect_refused(dir_ / "x.zarr", {"this is a folder", "read_zarr"});
}

TEST_F(BadH5ad, NoOrdinaryFile) { bad_input_test::expect_refused("/dev/null", {"no ordinary file"}); }

TEST_F(BadH5ad, NotHdf5) {
  bad_input_test::write_bytes(dir_ / "text.h5ad", "cell,gene\n1,2\n");
  bad_input_test::expect_refused(dir_ / "text.h5ad", {"no HDF5 file", "14 bytes"});
  bad_input_test::write_bytes(dir_ / "empty.h5ad", "");
  bad_input_test::expect_refused(dir_ / "empty.h5ad", {"no HDF5 file", "0 bytes"});
}

TEST_F(BadH5ad, TruncatedAnywhere) {
  const auto whole = bad_input_test::bytes_of(tests::repository_file("tests/oracle/h5ad/columns.h5ad"));
  const auto path = dir_ / "cut.h5ad";
  for (const double part : {0.001, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99}) {
    bad_input_test::write_bytes(path,
                                whole.substr(0, static_cast<std::size_t>(part * static_cast<double>(whole.size()))));
    bad_input_test::expect_refused(path, {"damaged or incomplete", "copy or download it again"});
    EXPECT_EQ(tests::failure([&] { (void)summarize(path); }).front(), '3');
  }
  bad_input_test::write_bytes(path, whole.substr(0, whole.size() - 1));
  bad_input_test::expect_refused(path, {"damaged or incomplete"});
}

TEST_F(BadH5ad, OtherHdf5) {
  const auto path = broken(tests::small_dense(), [](hid_t file) { H5Ldelete(file, "obs", H5P_DEFAULT); });
  bad_input_test::expect_refused(path, {"no .h5ad file", "'var'", "at least 'obs' and 'var'"});
  tests::edit(path, [](hid_t file) { tests::replace(file, "matrix", bad_input_test::int32({1})); });
  bad_input_test::expect_refused(path, {"10x"});
}

TEST_F(BadH5ad, WrittenBeforeAnndata07) {
  bad_input_test::expect_refused(tests::repository_file("tests/oracle/h5ad/compound.h5ad"),
                                 {"before anndata 0.7", "write_h5ad(new_path)"});
}

TEST_F(BadH5ad, UnknownFilterIsNamed) {
  bad_input_test::expect_refused(tests::repository_file("tests/oracle/h5ad/lzf.h5ad"),
                                 {"filter LZF, id 32000", "gzip"});
}

// A filter that only the writer of the file had: registered to write, gone to read.
TEST_F(BadH5ad, ForeignFilterOfTheMatrixIsNamed) {
  const auto path = broken(tests::small_csr(), [](hid_t file) {
    constexpr H5Z_filter_t kZstandard = 32015;
    const H5Z_class2_t filter = {
        H5Z_CLASS_T_VERS,
        kZstandard,
        1,
        1,
        "copy",
        nullptr,
        nullptr,
        [](unsigned, std::size_t, const unsigned*, std::size_t size, std::size_t*, void**) { return size; }};
    ASSERT_GE(H5Zregister(&filter), 0);
    H5Ldelete(file, "X/data", H5P_DEFAULT);
    const hsize_t size = 11;
    const h5::Properties properties(H5Pcreate(H5P_DATASET_CREATE), "make properties");
    H5Pset_chunk(properties.id(), 1, &size);
    H5Pset_filter(properties.id(), kZstandard, 0, 0, nullptr);
    const h5::Space space(H5Screate_simple(1, &size, nullptr), "make a shape");
    const h5::Dataset data(
        H5Dcreate2(file, "X/data", H5T_IEEE_F32LE, space.id(), H5P_DEFAULT, properties.id(), H5P_DEFAULT), "make data");
    const std::array<float, 11> values{};
    H5Dwrite(data.id(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
  });
  H5Zunregister(32015);
  bad_input_test::expect_refused(path, {"'/X/data'", "filter Zstandard, id 32015"});
  EXPECT_NE(tests::failure([&] { const RowReader reader(path); }).find("Zstandard"), std::string::npos);
  const H5adSummary summary = summarize(path);
  ASSERT_EQ(summary.notes.size(), 1U);
  EXPECT_NE(summary.notes[0].find("Zstandard"), std::string::npos);
}

TEST_F(BadH5ad, ObsOfAnotherLengthThanX) {
  for (const Element& x : {Element(tests::small_dense()), Element(tests::small_csr())}) {
    const auto path = dir_ / "short.h5ad";
    AnnData data = tests::small_ann_data(x);
    data.x.reset();
    data.obs = data.obs.select_rows({0, 1});
    data.uns.set("X", x);
    write_h5ad(data, path);
    tests::edit(path, [](hid_t file) { H5Lmove(file, "uns/X", file, "X", H5P_DEFAULT, H5P_DEFAULT); });
    bad_input_test::expect_refused(path, {"the shape of 'X' does not fit", "2 cells (rows of obs)"});
  }
}

TEST_F(BadH5ad, ColumnOfAnotherLengthThanTheIndex) {
  bad_input_test::expect_refused(broken("obs/n", bad_input_test::int32({1, 2})), {"column 'n'", "2 rows", "3 rows"});
}

TEST_F(BadH5ad, DamagedSparseMatrix) {
  using bad_input_test::expect_refused;
  using bad_input_test::int32;
  expect_refused(broken("X/indptr", int32({0, 7, 3, 11})), {"indptr falls", "row 1", "7 then 3"});
  expect_refused(broken("X/indptr", int32({0, 3, 11})),
                 {"indptr has the wrong length", "3", "4 (one more than the rows)"});
  expect_refused(broken("X/indptr", int32({1, 3, 7, 11})), {"does not start at 0"});
  expect_refused(broken("X/indptr", int32({0, 3, 7, 12})), {"does not end at the number of stored values", "12", "11"});
  expect_refused(broken("X/indptr", make_column(std::vector<float>{0, 3, 7, 11})), {"no whole numbers", "float32"});
  expect_refused(broken("X/indptr", make_column(std::vector<std::uint64_t>{0, 3, 7, ~0ULL})), {"too large"});
  expect_refused(broken("X/indices", int32({1, 2, 3, 0, 1, 2, 4, 0, 1, 2, 3})),
                 {"out of range", "position 6", "0 to 3"});
  expect_refused(broken("X/indices", int32({1, 2, 3, 0, 1, -2, 3, 0, 1, 2, 3})), {"out of range", "-2"});
  expect_refused(broken("X/indices", int32({1, 2, 3})), {"data and indices have different lengths", "11 and 3"});
  expect_refused(broken("X/data", NumericArray{{1, 11}, std::vector<float>(11)}), {"not one-dimensional"});
}

TEST_F(BadH5ad, EntryStoredTwice) {
  const auto path = tests::repository_file("tests/oracle/h5ad/twice.h5ad");
  for (const std::string& message :
       {tests::failure([&] { (void)read_cells(path); }), tests::failure([&] { (void)RowReader(path).read(1, 2); })}) {
    EXPECT_NE(message.find("stores an entry twice"), std::string::npos) << message;
    EXPECT_NE(message.find("row 1"), std::string::npos) << message;
    EXPECT_NE(message.find("column 1"), std::string::npos) << message;
  }
}

TEST_F(BadH5ad, DamagedCategorical) {
  using bad_input_test::expect_refused;
  using bad_input_test::int32;
  expect_refused(broken("obs/type/codes", int32({0, 2, 1})), {"'/obs/type'", "row 1", "-1 (missing) to 1"});
  expect_refused(broken("obs/type/codes", int32({0, -2, 1})), {"out of range", "-2"});
  expect_refused(broken("obs/type/codes", make_column(std::vector<double>{0, 1, 1})), {"no whole numbers"});
  expect_refused(broken("obs/type/categories", int32({5, 5})), {"two categories are equal", "'5'"});
  expect_refused(broken("obs/type/codes", int32({0, 1})), {"column 'type'", "2 rows"});
}

TEST_F(BadH5ad, DamagedFrame) {
  using bad_input_test::expect_refused;
  const auto without = [&](const char* attribute) {
    return broken(tests::small_csr(), [&](hid_t file) { H5Adelete_by_name(file, "obs", attribute, H5P_DEFAULT); });
  };
  expect_refused(without("_index"), {"attribute '_index' is missing", "'/obs'"});
  expect_refused(without("column-order"), {"'column-order' is missing"});
  expect_refused(without("encoding-type"), {"encoding that is not known", "no encoding-type"});
  expect_refused(broken(tests::small_csr(), [](hid_t file) { H5Ldelete(file, "obs/_index", H5P_DEFAULT); }),
                 {"'/obs/_index' is missing", "'n', 'type'"});
  expect_refused(broken(tests::small_csr(), [](hid_t file) { H5Ldelete(file, "obs/n", H5P_DEFAULT); }),
                 {"'/obs/n' is missing"});
  expect_refused(broken("obs/n", NumericArray{{3, 1}, std::vector<float>(3)}), {"another shape", "1 dimension"});
}

TEST_F(BadH5ad, XIsNoMatrix) {
  const auto line = broken("X", bad_input_test::int32({1, 2, 3}));
  EXPECT_NE(tests::failure([&] { (void)read_cells(line); }).find("'X' is no matrix"), std::string::npos);
  bad_input_test::expect_refused(line, {"'X'"});
  const auto mapping =
      broken(tests::small_csr(), [](hid_t file) { H5Adelete_by_name(file, "X", "encoding-type", H5P_DEFAULT); });
  bad_input_test::expect_refused(mapping, {"X'"});
}

TEST_F(BadH5ad, GroupsLinkedIntoThemselves) {
  const auto path = broken(
      tests::small_csr(), [](hid_t file) { H5Lcreate_hard(file, "uns", file, "uns/again", H5P_DEFAULT, H5P_DEFAULT); });
  const std::string message = tests::failure([&] { (void)read_h5ad(path); });
  EXPECT_NE(message.find("nested without end"), std::string::npos) << message;
  EXPECT_NO_THROW((void)read_cells(path));
}

TEST_F(BadH5ad, LinksIntoOtherFiles) {
  const auto path = broken(tests::small_csr(), [](hid_t file) {
    H5Lcreate_external("other.h5ad", "/X", file, "uns/far", H5P_DEFAULT, H5P_DEFAULT);
  });
  EXPECT_NE(tests::failure([&] { (void)read_h5ad(path); }).find("link into another file"), std::string::npos);
}

TEST_F(BadH5ad, MoreThanTheMemoryAllowed) {
  const auto path = broken(tests::small_dense(), [](hid_t) {});
  const std::string message = tests::failure([&] { (void)read_cells(path, {.max_bytes = 95}); });
  EXPECT_NE(message.find("3 values of 32 bytes"), std::string::npos) << message;
}

TEST_F(BadH5ad, UnknownEncodingIsAnErrorOrANote) {
  const auto path = broken(tests::small_csr(), [](hid_t file) {
    tests::replace(file, "uns/strange", bad_input_test::int32({1}));
    tests::replace(file, "uns/usual", bad_input_test::int32({1}));
    const h5::Object object(H5Oopen(file, "uns/strange", H5P_DEFAULT), "open");
    h5::write_encoding(object.id(), {"hologram", "9.9.9"});
  });
  const std::string message = tests::failure([&] { (void)read_h5ad(path); });
  EXPECT_NE(message.find("'/uns/strange'"), std::string::npos) << message;
  EXPECT_NE(message.find("'hologram' 9.9.9"), std::string::npos) << message;
  const AnnData data = read_h5ad(path, {.skip_unreadable = true});
  EXPECT_EQ(data.uns.names(), (std::vector<std::string>{"usual"}));
  ASSERT_EQ(data.notes.size(), 1U);
  EXPECT_NE(data.notes[0].find("hologram"), std::string::npos);
}

}  // namespace brenier::data
