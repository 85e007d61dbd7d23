// Many transport problems at once: each of its own size, cost, epsilon and penalties, and stopped on its own.
//
//   std::vector<LinearProblem> problems = ...;             // one a context, one a pair of images, ...
//   auto outs = sinkhorn_batch(problems);
//   total(outs).backward();                                // one autograd node, backward side by side too
//
// Every output is bit for bit what sinkhorn() gives for that problem alone, whatever the number of threads: nothing is
// padded, and no problem iterates longer because another one does. Small problems are spread over the threads; a large
// one gets all threads for itself.
#pragma once

#include <functional>
#include <vector>

#include "ot/sinkhorn/sinkhorn.h"

namespace brenier::ot {

struct BatchSettings {
  // For every problem. Its progress callback is called by one thread at a time, of any problem.
  SinkhornSettings sinkhorn;
  // Called when a problem is done, by one thread at a time; false stops: what is not done says kCancelled.
  std::function<bool(Index done, Index total)> progress;
};

// `starts`: none, or one a problem (kUsage). An error of one problem says which ("problem 3 of 64", counted from 1); no
// problems: no outputs.
[[nodiscard]] std::vector<SinkhornOutput> sinkhorn_batch(const std::vector<LinearProblem>& problems,
                                                         const BatchSettings& settings = {},
                                                         const std::vector<SinkhornStart>& starts = {});

// Solves records side by side: `solve` fills record.solution, with settings that stop when the batch is stopped.
// `names`: what an error is about, one a record.
using SolveRecord = std::function<SinkhornSolution(std::size_t, const SinkhornRecord&, const SinkhornSettings&)>;
void solve_records(const std::vector<std::shared_ptr<SinkhornRecord>>& records, const std::vector<std::string>& names,
                   const SolveRecord& solve, const std::function<bool(Index done, Index total)>& progress = {});

}  // namespace brenier::ot
