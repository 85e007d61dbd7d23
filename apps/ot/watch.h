// What a solve shows while it runs: a progress line once it takes longer than two seconds; a signal stops it.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "core/interrupt.h"
#include "core/log.h"
#include "ot/sinkhorn/settings.h"

namespace brenier::apps {

class SolveWatch final {
 public:
  explicit SolveWatch(std::string name) : name_(std::move(name)) {}

  // For SinkhornSettings::progress; the watch must outlive it.
  [[nodiscard]] std::function<bool(const ot::SinkhornProgress&)> callback(const ot::SinkhornSettings& settings);
  // Ends the line; kInterrupted when a signal came.
  void finish();

 private:
  std::string name_;
  InterruptGuard interrupt_;
  TerminalReporter reporter_;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  bool shown_ = false;
};

}  // namespace brenier::apps
