#include "core/io/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "core/io/atomic_file.h"
#include "tests/core/throws.h"
#include "tests/helpers/repository.h"
#include "tests/helpers/temp_dir.h"

namespace brenier::tests {

using ::testing::AllOf;
using ::testing::HasSubstr;

// A file with this header and that many bytes of values.
std::string file_of(std::string header, std::size_t data_bytes) {
  std::string bytes(8, '\0');
  const std::uint64_t length = header.size();
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + std::string(data_bytes, 'x');
}

std::string safetensors_refusal(const std::string& bytes) {
  return error_text(ErrorKind::kData, [&] { (void)safetensors_from_bytes(bytes, "m.safetensors"); });
}

TEST(Safetensors, ReadsWhatTheReferenceLibraryWrites) {
  const Safetensors file = read_safetensors(repository_file("tests/oracle/safetensors/reference.safetensors"));
  EXPECT_EQ(file.metadata, (std::map<std::string, std::string>{{"format", "test"}, {"made_by", "safetensors"}}));
  ASSERT_EQ(file.arrays.size(), 5U);
  const SafetensorsArray* weight = file.find("weight");
  ASSERT_NE(weight, nullptr);
  EXPECT_EQ(weight->dtype, "F32");
  EXPECT_EQ(weight->shape, (std::vector<std::int64_t>{2, 3}));
  std::vector<float> values(6);
  ASSERT_EQ(weight->bytes.size(), 24U);
  std::memcpy(values.data(), weight->bytes.data(), 24);
  EXPECT_EQ(values, (std::vector<float>{0.0F, 0.25F, 0.5F, 0.75F, 1.0F, 1.25F}));
  EXPECT_EQ(file.find("bias")->dtype, "F64");
  EXPECT_TRUE(file.find("step")->shape.empty());
  EXPECT_EQ(file.find("empty")->bytes.size(), 0U);
  EXPECT_EQ(file.find("mask")->bytes, std::string_view("\x01\x00\x01", 3));
  EXPECT_EQ(file.find("none"), nullptr);
}

TEST(Safetensors, WritesInTheOrderGiven) {
  const TempDir dir;
  Safetensors file;
  const std::string a(8, 'a');
  const std::string b(3, 'b');
  file.arrays = {{"z", "F32", {2}, a}, {"a", "U8", {3}, b}, {"nothing", "F64", {0, 5}, ""}};
  file.metadata = {{"k", "v"}};
  write_safetensors(dir / "m", file);
  const std::string bytes = read_file(dir / "m");
  EXPECT_EQ(bytes.substr(bytes.size() - 11), a + b);
  EXPECT_EQ((bytes.size() - 11) % 8, 0U);
  EXPECT_EQ(safetensors_to_bytes(file), bytes);
  const Safetensors back = read_safetensors(dir / "m");
  EXPECT_EQ(back.metadata, file.metadata);
  ASSERT_EQ(back.arrays.size(), 3U);
  EXPECT_EQ(back.arrays[0].name, "z");
  EXPECT_EQ(back.arrays[1].bytes, b);
  EXPECT_EQ(back.arrays[2].shape, (std::vector<std::int64_t>{0, 5}));
}

TEST(Safetensors, ReadArraysOutliveTheCopyTheyCameFrom) {
  Safetensors copy;
  {
    Safetensors file;
    file.arrays = {{"x", "U8", {1}, "q"}};
    copy = safetensors_from_bytes(safetensors_to_bytes(file), "x");
  }
  const Safetensors moved = std::move(copy);
  EXPECT_EQ(moved.find("x")->bytes, "q");
}

TEST(Safetensors, WrongArraysAreDefects) {
  const auto defect = [](std::vector<SafetensorsArray> arrays) {
    Safetensors file;
    file.arrays = std::move(arrays);
    return error_text(ErrorKind::kDefect, [&] { (void)safetensors_to_bytes(file); });
  };
  EXPECT_THAT(defect({{"x", "F32", {2}, "1234"}}), AllOf(HasSubstr("'x'"), HasSubstr("4 bytes")));
  EXPECT_THAT(defect({{"x", "F31", {1}, "1234"}}), HasSubstr("F31"));
  EXPECT_THAT(defect({{"x", "U8", {-1}, ""}}), HasSubstr("'x'"));
  EXPECT_THAT(defect({{"x", "U8", {1}, "1"}, {"x", "U8", {1}, "1"}}), HasSubstr("same name"));
  EXPECT_THAT(defect({{"__metadata__", "U8", {1}, "1"}}), HasSubstr("same name"));
  EXPECT_THAT(defect({{"\xff", "U8", {1}, "1"}}), HasSubstr("UTF-8"));
}

TEST(Safetensors, DamagedFilesAreRefused) {
  EXPECT_THAT(safetensors_refusal(""), HasSubstr("0 bytes"));
  EXPECT_THAT(safetensors_refusal("short"), HasSubstr("not a safetensors file"));
  EXPECT_THAT(safetensors_refusal(std::string(8, '\xff') + "{}"), HasSubstr("header of 18446744073709551615 bytes"));
  EXPECT_THAT(safetensors_refusal(file_of("", 0)), HasSubstr("starts with '{'"));
  EXPECT_THAT(safetensors_refusal(file_of("[]", 0)), HasSubstr("starts with '{'"));
  EXPECT_THAT(safetensors_refusal(file_of("{\"a\": }", 0)),
              AllOf(HasSubstr("not valid JSON"), HasSubstr("m.safetensors")));
  Safetensors file;
  file.arrays = {{"x", "U8", {3}, "abc"}};
  const std::string good = safetensors_to_bytes(file);
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_NE(safetensors_refusal(good.substr(0, size)), "") << size;
  EXPECT_THAT(safetensors_refusal(good + "x"), HasSubstr("bytes follow the last array"));
}

TEST(Safetensors, WrongHeadersAreRefused) {
  const auto entry = [](const std::string& dtype, const std::string& shape, const std::string& offsets) {
    return R"({"x": {"dtype": )" + dtype + R"(, "shape": )" + shape + R"(, "data_offsets": )" + offsets + "}}";
  };
  EXPECT_NO_THROW((void)safetensors_from_bytes(file_of(entry("\"F32\"", "[1]", "[0, 4]"), 4), "m"));
  EXPECT_THAT(safetensors_refusal(file_of(entry("\"F31\"", "[1]", "[0, 4]"), 4)), HasSubstr("unknown type"));
  EXPECT_THAT(safetensors_refusal(file_of(entry("3", "[1]", "[0, 4]"), 4)), HasSubstr("unknown type"));
  EXPECT_THAT(safetensors_refusal(file_of(entry("\"F32\"", "[-1]", "[0, 4]"), 4)), HasSubstr("wrong shape"));
  EXPECT_THAT(safetensors_refusal(file_of(entry("\"F32\"", "[1.0]", "[0, 4]"), 4)), HasSubstr("wrong shape"));
  EXPECT_THAT(safetensors_refusal(file_of(entry("\"F32\"", "1", "[0, 4]"), 4)), HasSubstr("wrong shape"));
  EXPECT_THAT(safetensors_refusal(file_of(entry("\"F32\"", "[1]", "[0]"), 4)), HasSubstr("wrong byte range"));
  EXPECT_THAT(safetensors_refusal(file_of(entry("\"F32\"", "[1]", "[-4, 0]"), 4)), HasSubstr("wrong byte range"));
  EXPECT_THAT(safetensors_refusal(file_of(entry("\"F32\"", "[1]", "[4, 0]"), 4)), HasSubstr("outside the file"));
  EXPECT_THAT(safetensors_refusal(file_of(entry("\"F32\"", "[2]", "[0, 8]"), 4)), HasSubstr("outside the file"));
  EXPECT_THAT(safetensors_refusal(file_of(entry("\"F32\"", "[1]", "[0, 3]"), 4)),
              AllOf(HasSubstr("does not fit"), HasSubstr("4 bytes")));
  EXPECT_THAT(safetensors_refusal(file_of(entry("\"F32\"", "[4294967296, 4294967296, 4294967296]", "[0, 4]"), 4)),
              HasSubstr("a shape that a file can hold"));
  EXPECT_THAT(safetensors_refusal(file_of(R"({"x": {"dtype": "F32"}})", 0)), HasSubstr("described wrongly"));
  EXPECT_THAT(safetensors_refusal(file_of(R"({"x": 3})", 0)), HasSubstr("described wrongly"));
  EXPECT_THAT(safetensors_refusal(file_of(R"({"__metadata__": {"a": 1}})", 0)), HasSubstr("metadata"));
  EXPECT_THAT(safetensors_refusal(file_of(R"({"x": {}, "x": {}})", 0)), HasSubstr("twice"));
}

TEST(Safetensors, OverlapsAndHolesAreRefused) {
  const auto two = [](const std::string& first, const std::string& second) {
    return R"({"a": {"dtype": "U8", "shape": [2], "data_offsets": )" + first +
           R"(}, "b": {"dtype": "U8", "shape": [2], "data_offsets": )" + second + "}}";
  };
  EXPECT_NO_THROW((void)safetensors_from_bytes(file_of(two("[2, 4]", "[0, 2]"), 4), "m"));
  EXPECT_THAT(safetensors_refusal(file_of(two("[0, 2]", "[1, 3]"), 4)), HasSubstr("'b' overlaps"));
  EXPECT_THAT(safetensors_refusal(file_of(two("[0, 2]", "[0, 2]"), 2)), HasSubstr("overlaps"));
  EXPECT_THAT(safetensors_refusal(file_of(two("[0, 2]", "[3, 5]"), 5)), HasSubstr("'b' leaves a hole"));
  EXPECT_THAT(safetensors_refusal(file_of(two("[1, 3]", "[3, 5]"), 5)), HasSubstr("'a' leaves a hole"));
  EXPECT_THAT(safetensors_refusal(file_of(two("[0, 2]", "[2, 4]"), 5)), HasSubstr("bytes follow"));
}

}  // namespace brenier::tests
