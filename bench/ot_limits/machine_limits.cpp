#include "bench/ot_limits/machine_limits.h"

#include <functional>
#include <numeric>
#include <thread>
#include <vector>

#include "bench/ot_limits/pair_loop.h"
#include "bench/ot_limits/timing.h"
#include "core/error.h"

namespace brenier::bench {
namespace machine_limits_detail {

constexpr std::int64_t kRepeats = 15;

void on_threads(std::int64_t threads, const std::function<void(std::int64_t)>& work) {
  std::vector<std::thread> pool;
  for (std::int64_t k = 1; k < threads; ++k) pool.emplace_back(work, k);
  work(0);
  for (auto& thread : pool) thread.join();
}

// The sum of a part, in as many running sums as keep the processor waiting for memory alone.
float sum_of(const float* values, std::size_t count) {
  constexpr std::size_t kSums = 32;
  float sums[kSums] = {};
  for (std::size_t k = 0; k + kSums <= count; k += kSums)
    for (std::size_t s = 0; s < kSums; ++s) sums[s] += values[k + s];
  return std::accumulate(sums, sums + kSums, 0.0F);
}

}  // namespace machine_limits_detail

double nanoseconds_per_pair(std::int64_t threads) {
  constexpr std::int64_t kTimes = 20000;
  std::vector<PairTile> tiles(static_cast<std::size_t>(threads), make_pair_tile());
  const double seconds = least_seconds(machine_limits_detail::kRepeats, [&] {
    machine_limits_detail::on_threads(
        threads, [&](std::int64_t k) { run_pair_tile(tiles[static_cast<std::size_t>(k)], kTimes); });
  });
  const auto pairs = static_cast<double>(kTimes * PairTile::kRows * PairTile::kColumns * threads);
  return 1e9 * seconds / pairs;
}

double read_gigabytes_per_second(std::int64_t threads) {
  constexpr std::size_t kFloats = std::size_t{64} << 20U;
  const std::vector<float> values(kFloats, 1.0F);
  const std::size_t part = kFloats / static_cast<std::size_t>(threads);
  std::vector<float> sums(static_cast<std::size_t>(threads));
  const double seconds = least_seconds(machine_limits_detail::kRepeats, [&] {
    machine_limits_detail::on_threads(threads, [&](std::int64_t k) {
      const auto own = static_cast<std::size_t>(k);
      sums[own] = machine_limits_detail::sum_of(values.data() + own * part, part);
    });
  });
  for (const float sum : sums) {
    if (!(sum > 0)) throw Error(ErrorKind::kDefect, "the sum of ones is not positive").at("read bandwidth");
  }
  return static_cast<double>(part * static_cast<std::size_t>(threads) * sizeof(float)) / seconds * 1e-9;
}

}  // namespace brenier::bench
