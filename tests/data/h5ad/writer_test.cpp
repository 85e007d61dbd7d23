#include "data/h5ad/writer.h"

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <limits>

#include "core/error.h"
#include "data/h5ad/attribute.h"
#include "data/h5ad/dataset.h"
#include "data/h5ad/reader.h"
#include "tests/data/h5ad/element_json.h"
#include "tests/data/h5ad/file_edit.h"
#include "tests/data/small_table.h"
#include "tests/helpers/temp_dir.h"

namespace brenier::data {
namespace writer_test {

// A small file system of its own, where the machine lets us make one.
class SmallDisk final {
 public:
  explicit SmallDisk(const std::filesystem::path& path) : path_(path) {
    std::filesystem::create_directory(path_);
    mounted_ = ::mount("tmpfs", path_.c_str(), "tmpfs", 0, "size=64k") == 0;
    reason_ = std::strerror(errno);
  }
  ~SmallDisk() {
    if (mounted_) ::umount(path_.c_str());
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  [[nodiscard]] bool mounted() const { return mounted_; }
  [[nodiscard]] const std::string& reason() const { return reason_; }

 private:
  std::filesystem::path path_;
  bool mounted_ = false;
  std::string reason_;
};

std::size_t entries(const std::filesystem::path& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

AnnData with_uns(const std::string& name, Element element) {
  AnnData data = tests::small_ann_data(tests::small_dense());
  data.uns.set(name, std::move(element));
  return data;
}

}  // namespace writer_test

TEST(WriteH5ad, WritesACellTable) {
  const tests::TempDir dir;
  CellTable table = tests::dense_table(2, 3, {0, 1, 2, 0, 0, 3});
  table.obs.set("word", StringColumn{"a", ""});
  for (const bool sparse : {false, true}) {
    if (sparse) table.x = tests::to_sparse(table.x.dense());
    write_h5ad(table, dir / "x.h5ad", {.compression = Compression::kGzip});
    const CellTable back = read_cells(dir / "x.h5ad");
    EXPECT_EQ(back.x.is_sparse(), sparse);
    EXPECT_EQ(tests::to_dense(back.x).dense().values, (std::vector<float>{0, 1, 2, 0, 0, 3}));
    EXPECT_EQ(back.obs, table.obs);
    EXPECT_EQ(back.var, table.var);
  }
}

TEST(WriteH5ad, CompressesAndStaysGrowable) {
  const tests::TempDir dir;
  SparseMatrix matrix{SparseFormat::kCsr, 1, 100'000, make_column(std::vector<float>(100'000, 1.0F)), {}, {}};
  std::vector<std::int32_t> indices(100'000);
  for (std::size_t i = 0; i < indices.size(); ++i) indices[i] = static_cast<std::int32_t>(i);
  matrix.indices = make_column(indices);
  matrix.indptr = make_column(std::vector<std::int32_t>{0, 100'000});
  AnnData data;
  data.obs.index = {"c"};
  data.var.index = tests::numbered("g", 100'000);
  data.var.typed_index = make_column(indices);
  data.x = matrix;
  write_h5ad(data, dir / "plain.h5ad");
  write_h5ad(data, dir / "small.h5ad", {.compression = Compression::kGzip, .level = 9});
  EXPECT_LT(3 * std::filesystem::file_size(dir / "small.h5ad"), std::filesystem::file_size(dir / "plain.h5ad"));
  tests::edit(dir / "small.h5ad", [](hid_t file) {
    const h5::Dataset values = h5::open_dataset(file, "X/data");
    const hsize_t size = 100'001;
    EXPECT_GE(H5Dset_extent(values.id(), &size), 0);
  });
}

TEST(WriteH5ad, KeepsWhatHasNoCppType) {
  const tests::TempDir dir;
  AwkwardArray awkward{R"({"class": "ListOffsetArray"})", 2, {}};
  awkward.buffers.set("node0-offsets", make_column(std::vector<std::int64_t>{0, 1, 3}));
  AnnData data = writer_test::with_uns("ragged", awkward);
  data.uns.set("bytes", StringArray{{2}, {"ab", "c"}, 2});
  data.uns.set("nothing", NullElement{});
  DataFrame frame;
  frame.index_name = "position";
  frame.typed_index = make_column(std::vector<std::int64_t>{5, 7});
  frame.index = {"5", "7"};
  frame.set("v", make_column(std::vector<Bool>{{0}, {1}}));
  data.uns.set("frame", frame);
  const auto path = dir / "x.h5ad";
  write_h5ad(data, path);
  const AnnData back = read_h5ad(path);
  EXPECT_EQ(*back.uns.find("ragged")->as<AwkwardArray>(), awkward);
  EXPECT_EQ(back.uns.find("bytes")->as<StringArray>()->fixed_size, 2);
  EXPECT_EQ(back.uns.find("bytes")->as<StringArray>()->values, (std::vector<std::string>{"ab", "c"}));
  EXPECT_NE(back.uns.find("nothing")->as<NullElement>(), nullptr);
  EXPECT_EQ(*back.uns.find("frame")->as<DataFrame>(), frame);
}

TEST(WriteH5ad, RefusesNamesTheFormatDoesNotAllow) {
  const tests::TempDir dir;
  for (const std::string name : {"", ".", "a/b", "/"}) {
    AnnData data = writer_test::with_uns(name, make_column(std::vector<float>{1}));
    const std::string message = tests::failure([&] { write_h5ad(data, dir / "x.h5ad"); });
    EXPECT_NE(message.find("this name cannot be used"), std::string::npos) << message;
    AnnData column = tests::small_ann_data(tests::small_dense());
    column.obs.set(name, make_column(std::vector<float>{1, 2, 3}));
    EXPECT_NE(tests::failure([&] { write_h5ad(column, dir / "x.h5ad"); }), "no error");
  }
  EXPECT_EQ(writer_test::entries(dir.path()), 0U);
}

TEST(WriteH5ad, RefusesTextWithNul) {
  const tests::TempDir dir;
  const AnnData data = writer_test::with_uns("text", StringArray{{1}, {std::string("a\0b", 3)}, 0});
  EXPECT_NE(tests::failure([&] { write_h5ad(data, dir / "x.h5ad"); }).find("NUL"), std::string::npos);
}

TEST(WriteH5ad, RefusesPartsThatDoNotFit) {
  const tests::TempDir dir;
  const auto refused = [&](const AnnData& data, const std::string& part) {
    const std::string message = tests::failure([&] { write_h5ad(data, dir / "x.h5ad"); });
    EXPECT_NE(message.find(part), std::string::npos) << message;
    EXPECT_NE(message.find("x.h5ad"), std::string::npos) << message;
  };
  const AnnData good = tests::small_ann_data(tests::small_csr());
  AnnData data = good;
  data.obs = data.obs.select_rows({0});
  refused(data, "the shape of 'X'");
  data = good;
  data.layers.set("l", NumericArray{{3, 3}, std::vector<float>(9)});
  refused(data, "'layers/l'");
  data = good;
  data.obsm.set("m", NumericArray{{2, 2}, std::vector<float>(4)});
  refused(data, "'obsm/m'");
  data = good;
  data.varp.set("p", NumericArray{{4, 3}, std::vector<float>(12)});
  refused(data, "'varp/p'");
  data = good;
  data.x = StringArray{{3, 4}, std::vector<std::string>(12), 0};
  refused(data, "'X' is no matrix");
  data = good;
  data.x = NumericArray{{3, 4}, std::vector<float>(11)};
  refused(data, "another number of values");
  data = good;
  std::get<std::vector<std::int32_t>>(std::get<SparseMatrix>(data.x->value).indices.values)[0] = 4;
  refused(data, "out of range");
  data = good;
  data.obs.columns.emplace_back("n", make_column(std::vector<float>{1, 2, 3}));
  refused(data, "two columns are named 'n'");
  data = good;
  data.obs.columns.emplace_back("_index", StringColumn{"x", "y", "z"});
  refused(data, "has the name of the index");
  data = good;
  data.obs.columns.emplace_back("c", CategoricalColumn{{0, 1, 0}, StringColumn{"only"}, false});
  refused(data, "out of range");
}

TEST(WriteH5ad, AColumnMayBeTheIndex) {
  const tests::TempDir dir;
  AnnData data = tests::small_ann_data(tests::small_csr());
  data.obs.index_name = "barcode";
  data.obs.columns.emplace_back("barcode", StringColumn(data.obs.index));
  write_h5ad(data, dir / "x.h5ad");
  EXPECT_EQ(read_h5ad(dir / "x.h5ad").obs, data.obs);
}

TEST(WriteH5ad, UnwritableOutputIsOneError) {
  const tests::TempDir dir;
  const AnnData data = tests::small_ann_data(tests::small_csr());
  const auto refused = [&](const std::filesystem::path& path) {
    const std::string message = tests::failure([&] { write_h5ad(data, path); });
    EXPECT_EQ(message.front(), '3') << message;
    EXPECT_NE(message.find(path.string()), std::string::npos) << message;
  };
  refused(dir / "missing/folder/x.h5ad");
  std::filesystem::create_directory(dir / "folder.h5ad");
  refused(dir / "folder.h5ad");
  std::ofstream(dir / "file") << "text";
  refused(dir / "file/x.h5ad");
  if (::access("/dev/full", W_OK) == 0) refused("/dev/full");
}

TEST(WriteH5ad, FullDiskLeavesTheOldFile) {
  const tests::TempDir dir;
  const writer_test::SmallDisk disk(dir / "disk");
  if (!disk.mounted()) GTEST_SKIP() << "no small disk can be made here: " << disk.reason();
  const auto path = dir / "disk" / "x.h5ad";
  const AnnData small = tests::small_ann_data(tests::small_csr());
  write_h5ad(small, path);
  const AnnData large = writer_test::with_uns("large", make_column(std::vector<double>(100'000, 1.0)));
  const std::string message = tests::failure([&] { write_h5ad(large, path); });
  EXPECT_EQ(message.front(), '3') << message;
  EXPECT_NE(message.find("No space left on device"), std::string::npos) << message;
  EXPECT_EQ(tests::to_json(read_h5ad(path)), tests::to_json(small));
  EXPECT_EQ(writer_test::entries(dir / "disk"), 1U);
}

}  // namespace brenier::data
