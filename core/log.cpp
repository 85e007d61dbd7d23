#include "core/log.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/number_text.h"
#include "core/text_table.h"
#include "core/text_width.h"

namespace brenier {
namespace log_detail {

constexpr std::size_t kUnlimited = std::numeric_limits<std::size_t>::max();
constexpr std::chrono::milliseconds kRedraw{100};

// Columns of the terminal; one is kept free, as some terminals wrap when the last one is written.
std::size_t columns(std::FILE* stream) {
  struct winsize size{};
  if (::ioctl(::fileno(stream), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 79;
  return size.ws_col - 1U;
}

// "0:07", "12:34", "1:02:03".
std::string duration(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::llround(std::min(seconds, 1e9)));
  const auto two = [](std::int64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  const std::int64_t hours = whole / 3600;
  const std::string minutes =
      hours > 0 ? std::to_string(hours) + ":" + two(whole / 60 % 60) : std::to_string(whole / 60);
  return minutes + ":" + two(whole % 60);
}

std::string rate_text(double per_second) {
  if (per_second >= 100.0) return fixed_text(per_second, 0) + "/s";
  if (per_second >= 1.0) return fixed_text(per_second, 1) + "/s";
  return per_second > 0.0 ? fixed_text(1.0 / per_second, 1) + " s each" : "";
}

std::string bar(double share, std::size_t width) {
  const auto full = static_cast<std::size_t>(share * static_cast<double>(width));
  return "[" + std::string(full, '#') + std::string(width - full, '-') + "]";
}

}  // namespace log_detail

TerminalReporter::TerminalReporter(std::FILE* stream, LogLevel level, std::chrono::milliseconds plain_interval)
    : stream_(stream), level_(level), plain_interval_(plain_interval), terminal_(is_terminal(stream)) {}

void TerminalReporter::write(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stream_);
  std::fflush(stream_);
}

void TerminalReporter::clear() {
  if (visible_) write("\r\x1b[K");
  visible_ = false;
}

void TerminalReporter::log(LogLevel level, const std::string& text) {
  if (level < level_) return;
  const std::lock_guard lock(mutex_);
  const bool redraw = visible_;
  clear();
  write((level == LogLevel::kWarning ? "warning: " : "") + text + "\n");
  if (redraw) draw(false);
}

void TerminalReporter::begin(const std::string& name, std::int64_t total, std::int64_t done) {
  const std::lock_guard lock(mutex_);
  clear();
  name_ = name;
  total_ = total;
  start_ = done;
  done_ = done;
  note_.clear();
  begun_ = Clock::now();
  drawn_ = begun_;
  active_ = true;
  if (terminal_) draw(false);
}

void TerminalReporter::advance(std::int64_t done, const std::string& note) {
  const std::lock_guard lock(mutex_);
  if (!active_) return;
  done_ = done;
  note_ = note;
  const auto interval = terminal_ ? log_detail::kRedraw : plain_interval_;
  if (Clock::now() - drawn_ >= interval) draw(false);
}

void TerminalReporter::end() {
  const std::lock_guard lock(mutex_);
  if (!active_) return;
  draw(true);
  active_ = false;
  visible_ = false;
}

std::string TerminalReporter::progress_line(bool last, std::size_t width) const {
  const double seconds = std::chrono::duration<double>(Clock::now() - begun_).count();
  const double rate = seconds > 0.0 ? static_cast<double>(done_ - start_) / seconds : 0.0;
  std::string numbers = std::to_string(done_);
  if (total_ > 0) numbers += "/" + std::to_string(total_);
  std::string rest;
  const auto add = [&rest](const std::string& part) {
    if (!part.empty()) rest += "  " + part;
  };
  add(log_detail::rate_text(rate));
  add(note_);
  if (last) {
    add("took " + log_detail::duration(seconds));
  } else if (total_ > 0 && rate > 0.0) {
    add("left " + log_detail::duration(static_cast<double>(std::max<std::int64_t>(total_ - done_, 0)) / rate));
  }
  std::string line = name_ + "  " + numbers;
  if (total_ > 0) {
    const double share = std::clamp(static_cast<double>(done_) / static_cast<double>(total_), 0.0, 1.0);
    line += " (" + std::to_string(static_cast<int>(100.0 * share)) + "%)";
    const std::size_t used = text_width(line) + text_width(rest) + 4;  // the bar's brackets and two spaces
    constexpr std::size_t kShortest = 8;
    constexpr std::size_t kLongest = 30;
    if (width != log_detail::kUnlimited && used + kShortest <= width) {
      line += "  " + log_detail::bar(share, std::min(width - used, kLongest));
    }
  }
  return cut_to_width(line + rest, width);
}

void TerminalReporter::draw(bool last) {
  drawn_ = Clock::now();
  if (!terminal_) {
    write(progress_line(last, log_detail::kUnlimited) + "\n");
    return;
  }
  write("\r\x1b[K" + progress_line(last, log_detail::columns(stream_)) + (last ? "\n" : ""));
  visible_ = !last;
}

}  // namespace brenier
