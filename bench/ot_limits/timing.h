// Times a piece of work.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

namespace brenier::bench {

// The middle one of an odd number of values.
[[nodiscard]] inline double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Seconds of one call of `work`.
template <class Work>
[[nodiscard]] double seconds_of(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// The quickest of `repeats` calls after one that is not counted: for limits, which a disturbance only hides.
template <class Work>
[[nodiscard]] double least_seconds(std::int64_t repeats, const Work& work) {
  work();
  std::vector<double> seconds;
  for (std::int64_t k = 0; k < repeats; ++k) seconds.push_back(seconds_of(work));
  return *std::min_element(seconds.begin(), seconds.end());
}

}  // namespace brenier::bench
