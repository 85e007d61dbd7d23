// Keeps what it is told, a line each.
#pragma once

#include <cstdint>
#include <string>

#include "core/log.h"

namespace brenier::tests {

class CollectingReporter final : public Reporter {
 public:
  void log(LogLevel level, const std::string& line) override {
    all += line + "\n";
    if (level == LogLevel::kWarning) warnings += line + "\n";
  }
  void begin(const std::string&, std::int64_t, std::int64_t) override {}
  void advance(std::int64_t, const std::string&) override {}
  void end() override {}

  std::string all;
  std::string warnings;
};

}  // namespace brenier::tests
