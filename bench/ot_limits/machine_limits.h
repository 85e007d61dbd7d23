// What this machine can do at most: pairs a second in the first-level cache, and bytes a second from memory.
#pragma once

#include <cstdint>

namespace brenier::bench {

// Nanoseconds a pair when `threads` threads run the loop of pair_loop.h, all threads together: the best of 15.
[[nodiscard]] double nanoseconds_per_pair(std::int64_t threads);

// Gigabytes a second when `threads` threads read an array of 256 MB of floats, all threads together: the best of 15.
[[nodiscard]] double read_gigabytes_per_second(std::int64_t threads);

}  // namespace brenier::bench
