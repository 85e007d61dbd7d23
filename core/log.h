// Log lines and progress: what a person sees while long work runs. Everything goes to one stream (stderr).
//
// A Reporter is passed to whoever does long work; library code never prints by itself. On a terminal the progress is
// one line redrawn in place; elsewhere a plain line every few seconds. Log lines never break a progress line.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <string>

namespace brenier {

enum class LogLevel { kDebug, kInfo, kWarning };

class Reporter {
 public:
  virtual ~Reporter() = default;
  virtual void log(LogLevel level, const std::string& text) = 0;
  // Starts (or replaces) a progress of `total` steps under a name.
  virtual void begin(const std::string& name, std::int64_t total, std::int64_t done = 0) = 0;
  // `note` is what else the line shows ("loss 0.123").
  virtual void advance(std::int64_t done, const std::string& note) = 0;
  virtual void end() = 0;

  void info(const std::string& text) { log(LogLevel::kInfo, text); }
  void warn(const std::string& text) { log(LogLevel::kWarning, text); }
};

// Discards everything: tests and callers that want silence.
class SilentReporter final : public Reporter {
 public:
  void log(LogLevel, const std::string&) override {}
  void begin(const std::string&, std::int64_t, std::int64_t) override {}
  void advance(std::int64_t, const std::string&) override {}
  void end() override {}
};

class TerminalReporter final : public Reporter {
 public:
  // `stream` stderr by default; whether it is a terminal decides the form; `level` the least severe line shown.
  // `plain_interval`: time between the lines of a progress where the stream is no terminal.
  explicit TerminalReporter(std::FILE* stream = stderr, LogLevel level = LogLevel::kInfo,
                            std::chrono::milliseconds plain_interval = std::chrono::seconds(5));
  void log(LogLevel level, const std::string& text) override;
  void begin(const std::string& name, std::int64_t total, std::int64_t done) override;
  void advance(std::int64_t done, const std::string& note) override;
  void end() override;

 private:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] std::string progress_line(bool last, std::size_t width) const;
  void draw(bool last);
  void clear();
  void write(const std::string& text);

  std::FILE* stream_;
  LogLevel level_;
  std::chrono::milliseconds plain_interval_;
  bool terminal_;
  std::mutex mutex_;
  std::string name_;
  std::int64_t total_ = 0;
  std::int64_t start_ = 0;
  std::int64_t done_ = 0;
  std::string note_;
  Clock::time_point begun_;
  Clock::time_point drawn_;
  bool active_ = false;
  bool visible_ = false;  // a progress line stands on the terminal
};

}  // namespace brenier
