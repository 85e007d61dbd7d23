#include "core/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <sstream>
#include <thread>

#include "core/io/atomic_file.h"
#include "core/text_width.h"
#include "tests/helpers/temp_dir.h"

namespace brenier::tests {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// A file that is no terminal.
class PlainStream {
 public:
  PlainStream() : stream_(std::fopen((dir_ / "log").c_str(), "w")) {}
  ~PlainStream() { std::fclose(stream_); }
  PlainStream(const PlainStream&) = delete;
  PlainStream& operator=(const PlainStream&) = delete;
  [[nodiscard]] std::FILE* get() const { return stream_; }
  [[nodiscard]] std::string text() const { return read_file(dir_ / "log"); }

 private:
  TempDir dir_;
  std::FILE* stream_;
};

// A terminal of a given width; what is written to it can be read.
class FakeTerminal {
 public:
  explicit FakeTerminal(unsigned short width) {
    struct winsize size{};
    size.ws_col = width;
    size.ws_row = 24;
    int slave = -1;
    if (::openpty(&master_, &slave, nullptr, nullptr, &size) == 0) stream_ = ::fdopen(slave, "w");
  }
  ~FakeTerminal() {
    if (stream_ != nullptr) std::fclose(stream_);
    ::close(master_);
  }
  FakeTerminal(const FakeTerminal&) = delete;
  FakeTerminal& operator=(const FakeTerminal&) = delete;
  [[nodiscard]] std::FILE* get() const { return stream_; }
  // All that was written so far: reads up to a mark, as a terminal hands on its text when it likes.
  [[nodiscard]] std::string text() const {
    const std::string mark = "<end>";
    std::fputs(mark.c_str(), stream_);
    std::fflush(stream_);
    std::string result;
    while (result.size() < mark.size() || result.compare(result.size() - mark.size(), mark.size(), mark) != 0) {
      std::array<char, 4096> buffer{};
      const ssize_t count = ::read(master_, buffer.data(), buffer.size());
      if (count <= 0) break;
      result.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return result.substr(0, result.size() - mark.size());
  }

 private:
  int master_ = -1;
  std::FILE* stream_ = nullptr;
};

TEST(TerminalReporter, PlainStreamGetsWholeLinesOnly) {
  const PlainStream stream;
  TerminalReporter reporter(stream.get(), LogLevel::kInfo, std::chrono::milliseconds(0));
  reporter.info("reading");
  reporter.begin("train", 200, 100);
  reporter.advance(150, "loss 0.5");
  reporter.warn("careful");
  reporter.log(LogLevel::kDebug, "hidden");
  reporter.advance(200, "loss 0.25");
  reporter.end();
  const std::string text = stream.text();
  EXPECT_THAT(text, AllOf(HasSubstr("reading\n"), HasSubstr("train  150/200 (75%)"), HasSubstr("loss 0.5  left 0:00\n"),
                          HasSubstr("warning: careful\n"), HasSubstr("train  200/200 (100%)"),
                          HasSubstr("loss 0.25  took 0:00\n")));
  EXPECT_THAT(text, AllOf(Not(HasSubstr("hidden")), Not(HasSubstr("\r")), Not(HasSubstr("\x1b"))));
}

TEST(TerminalReporter, PlainLinesWaitForTheirInterval) {
  const PlainStream stream;
  TerminalReporter reporter(stream.get(), LogLevel::kInfo, std::chrono::milliseconds(60000));
  reporter.begin("train", 1000, 0);
  for (int i = 0; i < 1000; ++i) reporter.advance(i, "");
  EXPECT_EQ(stream.text(), "");
  reporter.end();
  reporter.end();  // a second end says nothing
  const std::string text = stream.text();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
}

TEST(TerminalReporter, TerminalLineIsRedrawnAndNeverTooWide) {
  for (const unsigned short width : {10, 40, 80, 200}) {
    const FakeTerminal terminal(width);
    ASSERT_NE(terminal.get(), nullptr);
    TerminalReporter reporter(terminal.get());
    reporter.begin("train condot on a long name", 123456, 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(110));
    reporter.advance(5000, "loss 0.123 and µ 細胞 more words than fit");
    reporter.info("a log line");
    reporter.end();
    const std::string text = terminal.text();
    EXPECT_THAT(text, HasSubstr("\r\x1b[Ka log line"));
    std::istringstream lines(text);
    int progress_lines = 0;
    for (std::string line; std::getline(lines, line, '\r');) {
      if (line.rfind("\x1b[Ktrain", 0) != 0) continue;
      ++progress_lines;
      EXPECT_LT(text_width(line.substr(3)), width) << line;
    }
    EXPECT_EQ(progress_lines, 4);  // begin, advance, after the log line, end
  }
}

TEST(TerminalReporter, BarRateAndTimeLeft) {
  const FakeTerminal terminal(120);
  ASSERT_NE(terminal.get(), nullptr);
  TerminalReporter reporter(terminal.get());
  reporter.begin("train", 10000, 0);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  reporter.advance(5000, "loss 0.5");
  EXPECT_THAT(terminal.text(), AllOf(HasSubstr("5000/10000 (50%)  [###############---------------]"),
                                     HasSubstr("/s  loss 0.5  left 0:00")));
}

TEST(TerminalReporter, UnknownTotalAndAdvanceWithoutBegin) {
  const PlainStream stream;
  TerminalReporter reporter(stream.get(), LogLevel::kWarning, std::chrono::milliseconds(0));
  reporter.advance(5, "nothing has begun");
  reporter.end();
  reporter.info("below the level");
  EXPECT_EQ(stream.text(), "");
  reporter.begin("read", 0, 0);
  reporter.advance(5, "");
  EXPECT_THAT(stream.text(), AllOf(HasSubstr("read  5  "), Not(HasSubstr("%"))));
}

}  // namespace brenier::tests
