#include "train/metrics_log.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/io/atomic_file.h"
#include "tests/helpers/temp_dir.h"

namespace brenier::train {

TEST(MetricsLog, WritesOneObjectALine) {
  const tests::TempDir dir;
  MetricsLog log(dir / "m.jsonl", 0);
  log.write({{"step", 1}, {"loss", 0.1}});
  log.write({{"step", 2}});
  EXPECT_EQ(log.sync(), 33);
  EXPECT_EQ(read_file(dir / "m.jsonl"), "{\"step\":1,\"loss\":0.1}\n{\"step\":2}\n");
}

TEST(MetricsLog, CutsToItsLengthAndGoesOn) {
  const tests::TempDir dir;
  std::int64_t kept = 0;
  {
    MetricsLog log(dir / "m.jsonl", 0);
    log.write({{"step", 1}});
    kept = log.sync();
    log.write({{"step", 2}, {"lost", true}});
  }
  MetricsLog log(dir / "m.jsonl", kept);
  log.write({{"step", 2}});
  (void)log.sync();
  EXPECT_EQ(read_file(dir / "m.jsonl"), "{\"step\":1}\n{\"step\":2}\n");
}

TEST(MetricsLog, StartsAnewAtZeroBytes) {
  const tests::TempDir dir;
  write_atomically(dir / "m.jsonl", "old\n");
  MetricsLog log(dir / "m.jsonl", 0);
  EXPECT_EQ(log.sync(), 0);
  EXPECT_EQ(read_file(dir / "m.jsonl"), "");
}

TEST(MetricsLog, RefusesAFileThatIsTooShortOrCannotBeWritten) {
  const tests::TempDir dir;
  write_atomically(dir / "m.jsonl", "ab");
  EXPECT_THROW(MetricsLog(dir / "m.jsonl", 3), Error);
  EXPECT_THROW(MetricsLog(dir / "absent.jsonl", 3), Error);
  EXPECT_THROW(MetricsLog(dir / "no/folder.jsonl", 0), Error);
}

TEST(MetricsLog, SaysWhenTheDiskIsFull) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  MetricsLog log("/dev/full", 0);
  try {
    log.write({{"step", 1}});
    FAIL() << "a full disk went unnoticed";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    EXPECT_NE(std::string(error.what()).find("No space left"), std::string::npos) << error.what();
  }
}

}  // namespace brenier::train
