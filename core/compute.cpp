#include "core/compute.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <sched.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "core/error.h"

namespace brenier {

void ComputeSettings::describe(Fields& fields) {
  fields.choice("device", device, {"auto", "cpu", "cuda"},
                "Where tensors are computed; auto takes a CUDA device when there is one");
  fields.integer("threads", threads, Range::between(0, 1024),
                 "Processor threads; 0 takes all cores this process may use");
}

std::int64_t available_cores() {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  std::int64_t cores =
      ::sched_getaffinity(0, sizeof(mask), &mask) == 0 ? CPU_COUNT(&mask) : std::thread::hardware_concurrency();
  std::ifstream limit(
      "/sys/fs/cgroup/cpu.max");  // "200000 100000": microseconds of each period; "max ..." without a limit
  double quota = 0.0;
  double period = 0.0;
  if (limit >> quota >> period && quota > 0.0 && period > 0.0)
    cores = std::min(cores, static_cast<std::int64_t>(std::ceil(quota / period)));
  return std::max<std::int64_t>(cores, 1);
}

void apply_compute(const ComputeSettings& settings) {
  at::set_num_threads(static_cast<int>(settings.threads == 0 ? available_cores() : settings.threads));
  at::Context& context = at::globalContext();
  ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 0);  // cuBLAS refuses to be deterministic without it
  context.setDeterministicAlgorithms(true, false);
  context.setDeterministicFillUninitializedMemory(
      false);  // it only costs time: no value of ours depends on empty memory
  context.setBenchmarkCuDNN(false);
  context.setAllowTF32CuBLAS(false);
  context.setAllowTF32CuDNN(false);
}

c10::Device resolve_device(const ComputeSettings& settings) {
  const bool cuda = settings.device != "cpu" && at::hasCUDA();
  if (settings.device == "cuda" && !cuda) {
    throw Error(ErrorKind::kUsage, "no CUDA device can be used")
        .at("device")
        .found("\"cuda\"")
        .expected("\"cpu\" or \"auto\" on this machine");
  }
  return cuda ? c10::Device(c10::kCUDA, 0) : c10::Device(c10::kCPU);
}

}  // namespace brenier
