// SIGINT and SIGTERM as a flag that long work looks at between steps.
//
//   const InterruptGuard interrupt;
//   for (...) { step(); if (interrupt.requested()) { save(); interrupt.stop("training"); } }
//
// While a guard lives the first signal only sets the flag and the second does what it did without us (it ends the
// process). A signal that was ignored before (nohup, a background job) stays ignored. Signals belong to the whole
// process, so there is one flag; a guard inside another shares it.
#pragma once

#include <string>

namespace brenier {

class InterruptGuard final {
 public:
  InterruptGuard();
  ~InterruptGuard();  // the outermost guard puts back what was before
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  [[nodiscard]] bool requested() const;
  // "SIGINT" or "SIGTERM"; empty when none came.
  [[nodiscard]] std::string signal_name() const;
  // Throws kInterrupted: "<what> was stopped by SIGINT".
  [[noreturn]] void stop(const std::string& what) const;
};

}  // namespace brenier
