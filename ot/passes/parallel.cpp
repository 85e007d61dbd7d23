#include "ot/passes/parallel.h"

#include <ATen/Parallel.h>

namespace brenier::ot {

void parallel_blocks(Index blocks, const std::function<void(Index)>& work) {
  if (blocks == 1) return work(0);
  at::parallel_for(0, blocks, 1, [&](Index first, Index last) {
    for (Index k = first; k < last; ++k) work(k);
  });
}

}  // namespace brenier::ot
