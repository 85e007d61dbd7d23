#include "core/io/atomic_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "tests/core/throws.h"
#include "tests/helpers/temp_dir.h"

namespace brenier::tests {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

// Files of this process may not grow beyond a limit, as on a full disk (EFBIG instead of ENOSPC).
class SmallDisk {
 public:
  explicit SmallDisk(rlim_t bytes) : signal_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    struct rlimit small = before_;
    small.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  ~SmallDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, signal_);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

 private:
  void (*signal_)(int);
  struct rlimit before_{};
};

TEST(AtomicFile, WritesAndReadsBytes) {
  const TempDir dir;
  const std::string bytes("a\0b\xff\n", 5);
  write_atomically(dir / "f", bytes);
  EXPECT_EQ(read_file(dir / "f"), bytes);
  write_atomically(dir / "f", "");
  EXPECT_EQ(read_file(dir / "f"), "");
  EXPECT_THAT(names_in(dir.path()), ElementsAre("f"));
}

TEST(AtomicFile, FullDiskKeepsTheOldFileAndLeavesNoPart) {
  const TempDir dir;
  write_atomically(dir / "f", "old");
  {
    const SmallDisk disk(1000);
    EXPECT_THAT(
        error_text(ErrorKind::kData, [&] { write_atomically(dir / "f", std::string(5000, 'x')); }),
        AllOf(HasSubstr("cannot write 5000 bytes"), HasSubstr((dir / "f").string()), HasSubstr("only 1000 bytes")));
  }
  EXPECT_EQ(read_file(dir / "f"), "old");
  EXPECT_THAT(names_in(dir.path()), ElementsAre("f"));
}

TEST(AtomicFile, UnwritablePlacesSayWhy) {
  const TempDir dir;
  EXPECT_THAT(error_text(ErrorKind::kData, [&] { write_atomically(dir / "none/f", "x"); }),
              AllOf(HasSubstr("No such file or directory"), HasSubstr("none/f")));
  EXPECT_THAT(error_text(ErrorKind::kData, [&] { write_atomically(dir.path(), "x"); }), HasSubstr("Is a directory"));
  write_atomically(dir / "file", "x");
  EXPECT_THAT(error_text(ErrorKind::kData, [&] { write_atomically(dir / "file/f", "x"); }),
              HasSubstr("Not a directory"));
  if (::geteuid() != 0) {  // root may write anywhere
    fs::permissions(dir.path(), fs::perms::owner_read | fs::perms::owner_exec);
    EXPECT_THAT(error_text(ErrorKind::kData, [&] { write_atomically(dir / "f", "x"); }),
                HasSubstr("Permission denied"));
    fs::permissions(dir.path(), fs::perms::owner_all);
  }
}

TEST(AtomicFile, KeepsModeAndLink) {
  const TempDir dir;
  write_atomically(dir / "f", "old");
  ::chmod((dir / "f").c_str(), 0640);
  fs::create_symlink("f", dir / "link");
  write_atomically(dir / "link", "new");
  EXPECT_TRUE(fs::is_symlink(dir / "link"));
  EXPECT_EQ(read_file(dir / "f"), "new");
  struct stat status{};
  ::stat((dir / "f").c_str(), &status);
  EXPECT_EQ(status.st_mode & 0777, 0640U);
}

TEST(AtomicFile, DevicesAreWrittenNotReplaced) {
  write_atomically("/dev/null", "x");
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  EXPECT_THAT(error_text(ErrorKind::kData, [] { write_atomically("/dev/full", "x"); }),
              HasSubstr("No space left on device"));
}

TEST(AtomicFile, ReaderNeverSeesHalfAFile) {
  const TempDir dir;
  const std::string a(200000, 'a');
  const std::string b(300000, 'b');
  write_atomically(dir / "f", a);
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (int i = 0; i < 30; ++i) write_atomically(dir / "f", i % 2 == 0 ? b : a);
    done = true;
  });
  int whole = 0;
  while (!done) {
    const std::string seen = read_file(dir / "f");
    if (seen != a && seen != b) ADD_FAILURE() << "a file of " << seen.size() << " bytes";
    ++whole;
  }
  writer.join();
  EXPECT_GT(whole, 0);
}

TEST(AtomicFile, KilledWriterLeavesTheOldFileAndAPartThatCanBeRemoved) {
  const TempDir dir;
  write_atomically(dir / "f", "old");
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    write_folder_atomically(dir / "checkpoint", [](const fs::path& partial) {
      write_atomically(partial / "weights", "half");
      std::raise(SIGKILL);
    });
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_THAT(names_in(dir.path()), ElementsAre("checkpoint.partial-" + std::to_string(child), "f"));
  write_atomically(dir / ("g.partial-" + std::to_string(::getpid())), "ours, being written");
  write_atomically(dir / "h.partial-1", "of a process that lives");
  write_atomically(dir / "i.partial-x", "not ours");
  EXPECT_EQ(remove_stale_partials(dir.path()), 1U);
  EXPECT_EQ(names_in(dir.path()).size(), 4U);
  EXPECT_EQ(remove_stale_partials(dir / "none"), 0U);
}

TEST(AtomicFolder, TakesItsNameWhenItIsWhole) {
  const TempDir dir;
  write_folder_atomically(dir / "run/", [&](const fs::path& partial) {
    EXPECT_FALSE(fs::exists(dir / "run"));
    fs::create_directory(partial / "sub");
    write_atomically(partial / "sub/a", "1");
  });
  EXPECT_EQ(read_file(dir / "run/sub/a"), "1");
  EXPECT_THAT(names_in(dir.path()), ElementsAre("run"));
}

TEST(AtomicFolder, ReplacesAnOlderFolder) {
  const TempDir dir;
  for (const std::string name : {"a", "b"}) {
    write_folder_atomically(dir / "run", [&](const fs::path& partial) { write_atomically(partial / name, name); });
  }
  EXPECT_THAT(names_in(dir / "run"), ElementsAre("b"));
  EXPECT_THAT(names_in(dir.path()), ElementsAre("run"));
}

TEST(AtomicFolder, FailureKeepsTheOldFolder) {
  const TempDir dir;
  write_folder_atomically(dir / "run", [](const fs::path& partial) { write_atomically(partial / "a", "old"); });
  {
    const SmallDisk disk(1000);
    EXPECT_THROW(write_folder_atomically(dir / "run",
                                         [](const fs::path& partial) {
                                           write_atomically(partial / "a", "new");
                                           write_atomically(partial / "b", std::string(5000, 'x'));
                                         }),
                 Error);
  }
  EXPECT_EQ(read_file(dir / "run/a"), "old");
  EXPECT_THAT(names_in(dir.path()), ElementsAre("run"));
  write_atomically(dir / "file", "x");
  EXPECT_THAT(error_text(ErrorKind::kData, [&] { write_folder_atomically(dir / "file", [](const fs::path&) {}); }),
              HasSubstr("Not a directory"));
}

TEST(ReadFile, SaysWhyItCannot) {
  const TempDir dir;
  EXPECT_THAT(error_text(ErrorKind::kData, [&] { (void)read_file(dir / "none"); }),
              AllOf(HasSubstr("No such file"), HasSubstr("none")));
  EXPECT_THAT(error_text(ErrorKind::kData, [&] { (void)read_file(dir.path()); }), HasSubstr("Is a directory"));
  EXPECT_GT(read_file("/proc/self/status").size(), 100U);  // a file that says its size is 0
}

}  // namespace brenier::tests
