#include "core/compute.h"

#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/config/read.h"
#include "tests/core/throws.h"

namespace brenier::tests {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(Compute, ApplySetsThreadsAndRepeatability) {
  const int before = at::get_num_threads();
  apply_compute({"cpu", 1});
  EXPECT_EQ(at::get_num_threads(), 1);
  EXPECT_TRUE(at::globalContext().deterministicAlgorithms());
  EXPECT_FALSE(at::globalContext().allowTF32CuBLAS());
  EXPECT_FALSE(at::globalContext().allowTF32CuDNN());
  apply_compute({"cpu", 0});
  EXPECT_EQ(at::get_num_threads(), available_cores());
  at::set_num_threads(before);
}

TEST(Compute, DeviceIsWhatThereIs) {
  EXPECT_TRUE(resolve_device({"cpu", 0}).is_cpu());
  EXPECT_EQ(resolve_device({"auto", 0}).is_cuda(), at::hasCUDA());
  if (at::hasCUDA()) {
    EXPECT_TRUE(resolve_device({"cuda", 0}).is_cuda());
  } else {
    EXPECT_THAT(error_text(ErrorKind::kUsage, [] { (void)resolve_device({"cuda", 0}); }),
                AllOf(HasSubstr("no CUDA device"), HasSubstr("\"cpu\"")));
  }
}

TEST(Compute, SettingsAreChecked) {
  const auto read = [](const char* json) {
    return read_settings<ComputeSettings>(document_from(nlohmann::ordered_json::parse(json), "/"));
  };
  EXPECT_EQ(read(R"({"device": "cpu", "threads": 3})").threads, 3);
  EXPECT_THAT(error_text(ErrorKind::kUsage, [&] { (void)read(R"({"device": "gpu", "threads": -1})"); }),
              AllOf(HasSubstr("device: \"gpu\"; must be one of 'auto', 'cpu', 'cuda'"),
                    HasSubstr("threads: -1; must be a whole number in [0, 1024]")));
}

}  // namespace brenier::tests
