#include "core/io/npy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/io/atomic_file.h"
#include "tests/core/throws.h"
#include "tests/helpers/repository.h"
#include "tests/helpers/temp_dir.h"

namespace brenier::tests {

using ::testing::AllOf;
using ::testing::HasSubstr;

NpyArray numpy_file(const std::string& name) { return read_npy(repository_file("tests/oracle/npy/" + name)); }

template <class Value>
NpyArray ramp() {
  std::vector<Value> values;
  for (int i = 0; i < 24; ++i) values.push_back(static_cast<Value>(i / 8.0));
  return {{2, 3, 4}, std::move(values)};
}

TEST(Npy, ReadsWhatNumpyWrites) {
  EXPECT_EQ(numpy_file("float32_c.npy"), ramp<float>());
  EXPECT_EQ(numpy_file("float64_fortran.npy"), ramp<double>());  // in C order after reading
  EXPECT_EQ(numpy_file("float64_version2.npy"), ramp<double>());
  EXPECT_EQ(numpy_file("int32_vector.npy"), (NpyArray{{3}, std::vector<std::int32_t>{-1, 0, 2147483647}}));
  EXPECT_EQ(numpy_file("int64_scalar.npy"), (NpyArray{{}, std::vector<std::int64_t>{-(std::int64_t{1} << 62)}}));
  EXPECT_EQ(numpy_file("float32_empty.npy"), (NpyArray{{0, 3}, std::vector<float>{}}));
  EXPECT_EQ(numpy_file("int32_vector.npy").dtype(), "int32");
}

TEST(Npy, WritesTheBytesOfNumpy) {
  for (const char* name : {"float32_c.npy", "int32_vector.npy", "int64_scalar.npy", "float32_empty.npy"}) {
    const std::string bytes = read_file(repository_file(std::string("tests/oracle/npy/") + name));
    EXPECT_EQ(npy_to_bytes(npy_from_bytes(bytes, name)), bytes) << name;
  }
}

RC_GTEST_PROP(Npy, RoundTrip, (const std::vector<double>& values)) {
  const TempDir dir;
  const NpyArray array{{static_cast<std::int64_t>(values.size()), 1}, values};
  write_npy(dir / "a.npy", array);
  RC_ASSERT(read_npy(dir / "a.npy") == array);
}

TEST(Npy, LongHeaderIsVersion2) {
  const NpyArray array{std::vector<std::int64_t>(64, 1), std::vector<float>{1.0F}};
  EXPECT_EQ(npy_from_bytes(npy_to_bytes(array), "x"), array);
}

TEST(Npy, UnsupportedTypesAreNamed) {
  const auto refusal = [](const std::string& name) {
    return error_text(ErrorKind::kData, [&] { (void)numpy_file(name); });
  };
  EXPECT_THAT(refusal("big_endian.npy"), AllOf(HasSubstr("'>f8'"), HasSubstr("astype"), HasSubstr("big_endian.npy")));
  EXPECT_THAT(refusal("uint8.npy"), HasSubstr("'|u1'"));
  EXPECT_THAT(refusal("record.npy"), HasSubstr("named fields"));
}

TEST(Npy, DamagedFilesAreRefused) {
  const std::string good = read_file(repository_file("tests/oracle/npy/int32_vector.npy"));
  const auto refusal = [](const std::string& bytes) {
    return error_text(ErrorKind::kData, [&] { (void)npy_from_bytes(bytes, "f.npy"); });
  };
  EXPECT_THAT(refusal(""), HasSubstr("not an .npy file"));
  EXPECT_THAT(refusal("hello, this is text"), HasSubstr("not an .npy file"));
  for (std::size_t size = 1; size < good.size(); ++size) {
    const std::string message = refusal(good.substr(0, size));
    EXPECT_TRUE(message.find("ends inside its header") != std::string::npos ||
                message.find("truncated") != std::string::npos)
        << message;
  }
  EXPECT_THAT(refusal(good + "x"), AllOf(HasSubstr("bytes follow"), HasSubstr("13 bytes"), HasSubstr("(3,)")));
  std::string version = good;
  version[6] = 9;
  EXPECT_THAT(refusal(version), HasSubstr("9.0"));
}

TEST(Npy, MalformedHeadersAreRefused) {
  for (const std::string dict : {"", "{}", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': Maybe, 'shape': ()}",
                                 "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
                                 "{'descr': '<f4', 'fortran_order': False, 'shape': (1.5,)}",
                                 "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
                                 "{'descr': '<f4', 'fortran_order': False, 'shape': 3}",
                                 "{'descr': '<f4', 'fortran_order': False, 'shape': (), 'x': 1}",
                                 "{'descr': '<f4', 'fortran_order': False, 'shape': ()} more", "{'descr': '<f4"}) {
    std::string bytes("\x93NUMPY\x01\0", 8);
    bytes += static_cast<char>(dict.size());
    bytes += '\0';
    bytes += dict + "\0\0\0\0";
    EXPECT_THAT(error_text(ErrorKind::kData, [&] { (void)npy_from_bytes(bytes, "f.npy"); }),
                HasSubstr("header is malformed"))
        << dict;
  }
}

TEST(Npy, ShapeBeyondMemoryIsRefusedWithoutTrying) {
  const std::string dict = "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296, 4294967296), }";
  std::string bytes("\x93NUMPY\x01\0", 8);
  bytes += static_cast<char>(dict.size());
  bytes += '\0';
  EXPECT_THAT(error_text(ErrorKind::kData, [&] { (void)npy_from_bytes(bytes + dict, "f.npy"); }),
              HasSubstr("truncated"));
}

TEST(Npy, ValuesMustFillTheShape) {
  EXPECT_THAT(error_text(ErrorKind::kDefect, [] { (void)npy_to_bytes({{2, 3}, std::vector<float>(5)}); }),
              AllOf(HasSubstr("5 values"), HasSubstr("(2, 3)")));
}

}  // namespace brenier::tests
