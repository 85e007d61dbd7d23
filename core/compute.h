// Where and how tensors are computed: device, threads, and the switches that make runs repeatable.
//
// apply_compute() is called once, by the command or the program that embeds Brenier; library code never sets any of
// this.
#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <string>

#include "core/config/fields.h"

namespace brenier {

struct ComputeSettings {
  std::string device = "auto";  // auto: cuda when there is one, else cpu
  std::int64_t threads = 0;     // 0: all cores this process may use
  void describe(Fields& fields);
};

// Cores this process may use: its affinity mask and, in a container, its processor quota (cgroup v2), rounded up.
[[nodiscard]] std::int64_t available_cores();

// Sets the thread count, deterministic algorithms, and full float32 precision (no TF32) for the whole process.
void apply_compute(const ComputeSettings& settings);

// Throws kUsage when "cuda" is asked for and there is none.
[[nodiscard]] c10::Device resolve_device(const ComputeSettings& settings);

}  // namespace brenier
