#include "ot/passes/parallel.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <exception>

namespace brenier::ot {
namespace parallel_detail {

// Pairs from which one task keeps all threads busy.
constexpr Index kLargeTask = Index{1} << 18;

}  // namespace parallel_detail

void parallel_blocks(Index blocks, const std::function<void(Index)>& work, Order order) {
  if (blocks == 1) return work(0);
  at::parallel_for(0, blocks, 1, [&](Index first, Index last) {
    for (Index k = first; k < last; ++k) work(order == Order::kForward ? k : first + last - 1 - k);
  });
}

void parallel_tasks(const std::vector<Index>& sizes, const std::function<void(Index)>& task) {
  const auto size_of = [&](Index k) { return sizes[static_cast<std::size_t>(k)]; };
  std::vector<Index> order(sizes.size());
  for (std::size_t k = 0; k < order.size(); ++k) order[k] = static_cast<Index>(k);
  std::stable_sort(order.begin(), order.end(), [&](Index left, Index right) { return size_of(left) > size_of(right); });
  std::vector<std::exception_ptr> failures(sizes.size());
  const auto run = [&](Index k) {
    try {
      task(k);
    } catch (...) {
      failures[static_cast<std::size_t>(k)] = std::current_exception();
    }
  };
  std::size_t next = 0;
  while (next < order.size() && size_of(order[next]) >= parallel_detail::kLargeTask) run(order[next++]);
  // Each thread takes the next task when it is done with one.
  std::atomic<std::size_t> waiting{next};
  const auto workers = std::min(static_cast<Index>(order.size() - next), static_cast<Index>(at::get_num_threads()));
  if (workers > 0) {
    parallel_blocks(workers, [&](Index) {
      for (auto place = waiting++; place < order.size(); place = waiting++) run(order[place]);
    });
  }
  for (const auto& failure : failures)
    if (failure) std::rethrow_exception(failure);
}

}  // namespace brenier::ot
