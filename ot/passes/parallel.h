// Work on independent blocks over LibTorch's thread pool.
//
// Which thread does a block never changes a result: a block writes only its own part, and sums over blocks are taken
// by the caller in block order. A call from inside another parallel region runs in place.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace brenier::ot {

using Index = std::int64_t;

// Which end a thread begins its blocks at. Passes over the same memory that go to and fro find in the caches what the
// last one read at its end.
enum class Order { kForward, kBackward };

// work(k) for k in [0, blocks).
void parallel_blocks(Index blocks, const std::function<void(Index)>& work, Order order = Order::kForward);

// task(k) for each k, tasks of different sizes: `sizes[k]` counts the pairs of task k. Large ones run one after
// another, each on all threads; small ones side by side, the largest first. All are run; what the first of those that
// failed (by index) threw is thrown at the end.
void parallel_tasks(const std::vector<Index>& sizes, const std::function<void(Index)>& task);

}  // namespace brenier::ot
