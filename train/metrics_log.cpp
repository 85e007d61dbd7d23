#include "train/metrics_log.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "core/error.h"

namespace brenier::train {

MetricsLog::MetricsLog(std::filesystem::path path, std::int64_t bytes) : path_(std::move(path)), bytes_(bytes) {
  if (bytes > 0) {
    std::error_code error;
    const auto size = std::filesystem::file_size(path_, error);
    if (error || static_cast<std::int64_t>(size) < bytes) {
      throw Error(ErrorKind::kData, "the log of the run is shorter than when its checkpoint was written")
          .at(path_.string())
          .found(error ? error.message() : std::to_string(size) + " bytes")
          .expected("at least " + std::to_string(bytes) + " bytes")
          .hint("start again with --overwrite");
    }
  }
  file_ = std::fopen(path_.c_str(), bytes > 0 ? "r+b" : "wb");
  if (file_ == nullptr) fail("cannot open");
  if (bytes > 0 && (::ftruncate(::fileno(file_), bytes) != 0 || std::fseek(file_, 0, SEEK_END) != 0)) {
    const int reason = errno;
    std::fclose(file_);
    errno = reason;
    fail("cannot shorten");
  }
}

MetricsLog::~MetricsLog() { std::fclose(file_); }

void MetricsLog::write(const nlohmann::ordered_json& line) {
  const std::string text = line.dump() + "\n";
  if (std::fwrite(text.data(), 1, text.size(), file_) != text.size() || std::fflush(file_) != 0) {
    fail("cannot write");
  }
  bytes_ += static_cast<std::int64_t>(text.size());
}

std::int64_t MetricsLog::sync() {
  if (std::fflush(file_) != 0 || ::fsync(::fileno(file_)) != 0) fail("cannot write");
  return bytes_;
}

void MetricsLog::fail(const char* what) const {
  throw Error(ErrorKind::kData, std::string(what) + " the log of the run")
      .at(path_.string())
      .found(std::strerror(errno));
}

}  // namespace brenier::train
