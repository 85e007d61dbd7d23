// Append-only JSON lines whose length is part of a checkpoint: what a resumed run writes follows what it had then.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

namespace brenier::train {

class MetricsLog final {
 public:
  // Opens the file and cuts it to `bytes` (0: starts anew). Throws kData when it cannot be written or is shorter.
  MetricsLog(std::filesystem::path path, std::int64_t bytes);
  ~MetricsLog();
  MetricsLog(const MetricsLog&) = delete;
  MetricsLog& operator=(const MetricsLog&) = delete;

  // One line. Throws kData naming the file when the disk is full.
  void write(const nlohmann::ordered_json& line);
  // Everything written so far is on disk, and its length. Throws kData.
  std::int64_t sync();

 private:
  [[noreturn]] void fail(const char* what) const;

  std::filesystem::path path_;
  std::FILE* file_ = nullptr;
  std::int64_t bytes_ = 0;
};

}  // namespace brenier::train
