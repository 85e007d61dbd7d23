// Work on independent blocks over LibTorch's thread pool.
//
// Which thread does a block never changes a result: a block writes only its own part, and sums over blocks are taken
// by the caller in block order. A call from inside another parallel region runs in place.
#pragma once

#include <cstdint>
#include <functional>

namespace brenier::ot {

using Index = std::int64_t;

// work(k) for k in [0, blocks).
void parallel_blocks(Index blocks, const std::function<void(Index)>& work);

}  // namespace brenier::ot
