#include "ot/batch/sinkhorn_batch.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <utility>

#include "core/error.h"
#include "ot/sinkhorn/outputs.h"

namespace brenier::ot {

namespace sinkhorn_batch_detail {

// Of plans in memory, all problems together.
constexpr Index kKeptBytes = Index{64} << 20;

}  // namespace sinkhorn_batch_detail

void solve_records(const std::vector<std::shared_ptr<SinkhornRecord>>& records, const std::vector<std::string>& names,
                   const SolveRecord& solve, const std::function<bool(Index done, Index total)>& progress) {
  using Clock = std::chrono::steady_clock;
  std::mutex one_at_a_time;
  std::atomic<bool> stopped{false};
  Index done = 0;
  std::vector<Index> sizes;
  for (const auto& record : records) sizes.push_back(task_size(record->passes()));
  parallel_tasks(sizes, [&](Index k) {
    const auto place = static_cast<std::size_t>(k);
    auto& record = *records[place];
    record.settings = memory_for(std::move(record.settings), wants_gradient(record.problem));
    auto settings = record.settings;
    settings.kept_bytes =
        std::min(settings.kept_bytes, sinkhorn_batch_detail::kKeptBytes / static_cast<Index>(records.size()));
    if (progress || settings.progress) {
      settings.progress = [&, own = std::move(settings.progress)](const SinkhornProgress& step) {
        if (stopped) return false;
        if (!own) return true;
        const std::lock_guard lock(one_at_a_time);
        return own(step);
      };
    }
    const auto begun = Clock::now();
    with_context(names[place], [&] { record.solution = solve(place, record, settings); });
    record.seconds = std::chrono::duration<double>(Clock::now() - begun).count();
    if (!progress || stopped) return;
    const std::lock_guard lock(one_at_a_time);
    if (!progress(++done, static_cast<Index>(records.size()))) stopped = true;
  });
}

std::vector<SinkhornOutput> sinkhorn_batch(const std::vector<LinearProblem>& problems, const BatchSettings& settings,
                                           const std::vector<SinkhornStart>& starts) {
  if (!starts.empty() && starts.size() != problems.size()) {
    throw Error(ErrorKind::kUsage, "a batch needs as many starts as problems, or none")
        .found(std::to_string(starts.size()) + " starts for " + std::to_string(problems.size()) + " problems");
  }
  std::vector<std::shared_ptr<SinkhornRecord>> records;
  std::vector<std::string> names;
  for (const auto& problem : problems) {
    names.push_back("problem " + std::to_string(names.size() + 1) + " of " + std::to_string(problems.size()));
    auto record = std::make_shared<SinkhornRecord>();
    record->problem = problem;
    record->checked = with_context(names.back(), [&] { return check_problem(problem); });
    record->settings = settings.sinkhorn;
    records.push_back(std::move(record));
  }
  const SinkhornStart zeros;
  solve_records(
      records, names,
      [&](std::size_t k, const SinkhornRecord& record, const SinkhornSettings& own) {
        return solve_sinkhorn(record.passes(), record.checked, starts.empty() ? zeros : starts[k], own);
      },
      settings.progress);
  return sinkhorn_outputs({records.begin(), records.end()});
}

}  // namespace brenier::ot
