// Model files that are damaged, cut off or of somebody else: one clear error each, never a crash and never a prediction
// by damaged weights.
#include "runtime/archive.h"

#include <ATen/ATen.h>
#include <caffe2/serialize/inline_container.h>
#include <gtest/gtest.h>

#include <fstream>

#include "core/error.h"
#include "core/io/atomic_file.h"
#include "runtime/predictor.h"
#include "tests/helpers/temp_dir.h"
#include "tests/runtime/model_archive.h"

namespace brenier::runtime {

class ArchiveTest : public testing::Test {
 protected:
  ArchiveTest() {
    tests::write_network_model(dir_ / "m.pt");
    bytes_ = read_file(dir_ / "m.pt");
  }

  std::string write(const std::string& name, const std::string& bytes) const {
    std::ofstream(dir_ / name, std::ios::binary) << bytes;
    return (dir_ / name).string();
  }
  at::Tensor predict(const std::string& path) const {
    return Predictor::load(path).predict(cells_, genes_, make_context({{"ko", 2.0}}, {{"cell_type", "x"}}));
  }
  // The message of the one error that loading gives; it names the file and shows no trace.
  std::string message_of(const std::string& path) const {
    try {
      (void)Predictor::load(path);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kData) << error.what();
      EXPECT_NE(std::string(error.what()).find(path), std::string::npos) << error.what();
      EXPECT_EQ(std::string(error.what()).find("frame #"), std::string::npos) << error.what();
      return error.what();
    }
    ADD_FAILURE() << path << " was loaded";
    return "";
  }

  tests::TempDir dir_;
  std::string bytes_;
  const std::vector<std::string> genes_ = tests::network_info().genes;
  const at::Tensor cells_ = (at::arange(60, at::kFloat) * 0.3).cos().reshape({3, 20}).contiguous();
};

TEST_F(ArchiveTest, AnyDamagedByteIsAnErrorOrChangesNothing) {
  const auto expected = predict((dir_ / "m.pt").string());
  std::size_t refused = 0;
  for (std::size_t i = 0; i < bytes_.size(); i += 3) {
    auto damaged = bytes_;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
    try {
      EXPECT_TRUE(predict(write("damaged.pt", damaged)).equal(expected)) << "byte " << i;
    } catch (const Error& error) {
      ++refused;
      EXPECT_EQ(error.kind(), ErrorKind::kData) << "byte " << i << ": " << error.what();
    }
  }
  EXPECT_GT(refused, bytes_.size() / 6);  // the rest is padding, dates and attributes
}

TEST_F(ArchiveTest, EveryWayOfCuttingItOffIsNamed) {
  for (std::size_t size = 4; size < bytes_.size(); size += 61) {
    const auto text = message_of(write("cut.pt", bytes_.substr(0, size)));
    EXPECT_NE(text.find("cut off"), std::string::npos) << size << ": " << text;
    EXPECT_NE(text.find(std::to_string(size) + " bytes"), std::string::npos) << text;
  }
}

TEST_F(ArchiveTest, ADamagedWeightIsNamedByItsMember) {
  auto damaged = bytes_;
  const auto weight = at::tensor(0.1F).sin();  // the first of the buffer `first`
  const std::string needle(static_cast<const char*>(weight.const_data_ptr()), sizeof(float));
  const auto at = damaged.find(needle);
  ASSERT_NE(at, std::string::npos);
  damaged[at + 1] ^= 4;
  const auto text = message_of(write("weight.pt", damaged));
  EXPECT_NE(text.find("damaged"), std::string::npos) << text;
  EXPECT_NE(text.find("/data/"), std::string::npos) << text;
}

TEST_F(ArchiveTest, SaysWhatAForeignFileLooksLike) {
  const std::pair<std::string, const char*> files[] = {{"", "an empty file"},
                                                       {"these are no weights", "a text that begins with"},
                                                       {"\x89HDF\r\n\x1a\n", "HDF5"},
                                                       {std::string("\x80\x02\x8a\n", 4), "another kind"}};
  for (const auto& [bytes, word] : files) {
    const auto text = message_of(write("foreign.pt", bytes));
    EXPECT_NE(text.find("no Brenier model"), std::string::npos) << text;
    EXPECT_NE(text.find(word), std::string::npos) << text;
  }
  EXPECT_NE(message_of((dir_ / "absent.pt").string()).find("no such model file"), std::string::npos);
  EXPECT_NE(message_of(dir_.path().string()).find("a folder"), std::string::npos);
}

TEST_F(ArchiveTest, SaysWhatAForeignArchiveIs) {
  const auto zip = [this](const char* member) {
    const auto path = (dir_ / "foreign.zip").string();
    caffe2::serialize::PyTorchStreamWriter writer(path);
    writer.writeRecord(member, "text", 4);
    writer.writeEndOfFile();
    return path;
  };
  EXPECT_NE(message_of(zip("notes.txt")).find("a zip archive without TorchScript"), std::string::npos);
  EXPECT_NE(message_of(zip("data.pkl")).find("saved by torch.save"), std::string::npos);
  tests::write_archive(dir_ / "other.pt", "");
  const auto text = message_of((dir_ / "other.pt").string());
  EXPECT_NE(text.find("a TorchScript file of another program: no member brenier.json"), std::string::npos) << text;
}

TEST_F(ArchiveTest, SaysThatTheFileNeedsANewerLibTorch) {
  const auto text = message_of(write("newer.pt", tests::with_member(bytes_, "archive/version", "99")));
  EXPECT_NE(text.find("LibTorch"), std::string::npos) << text;
  EXPECT_NE(text.find("version 99"), std::string::npos) << text;
}

TEST_F(ArchiveTest, SaysThatTheFormatIsNewer) {
  auto info = tests::network_info();
  info.format_version = kModelFormatVersion + 1;
  tests::write_archive(dir_ / "newer.pt", to_json(info).dump());
  EXPECT_NE(message_of((dir_ / "newer.pt").string()).find("newer Brenier"), std::string::npos);
}

TEST_F(ArchiveTest, SaysThatAMethodIsMissingOrTakesOtherInputs) {
  const auto description = to_json(tests::network_info()).dump();
  tests::write_archive(dir_ / "one.pt", description,
                       "def forward(self, a: Tensor, b: Tensor) -> Tensor:\n  return a\n");
  EXPECT_NE(message_of((dir_ / "one.pt").string()).find("no method 'encode_context"), std::string::npos);
  tests::write_archive(dir_ / "two.pt", description,
                       "def encode_context(self, a: Tensor) -> Tensor:\n  return a\n"
                       "def forward(self, a: Tensor, b: Tensor) -> Tensor:\n  return a\n");
  EXPECT_NE(message_of((dir_ / "two.pt").string()).find("of other inputs"), std::string::npos);
}

}  // namespace brenier::runtime
