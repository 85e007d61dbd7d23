#include "runtime/crc32.h"

#include <gtest/gtest.h>

namespace brenier::runtime {

TEST(Crc32, HasThePublishedCheckValue) {
  EXPECT_EQ(crc32("123456789"), 0xCBF43926U);  // the check value of this CRC
  EXPECT_EQ(crc32(""), 0U);
  EXPECT_EQ(crc32("The quick brown fox jumps over the lazy dog"), 0x414FA339U);
}

}  // namespace brenier::runtime
