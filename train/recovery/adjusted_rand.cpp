#include "train/recovery/adjusted_rand.h"

#include <limits>
#include <map>
#include <utility>

#include "core/error.h"

namespace brenier::train {
namespace adjusted_rand_detail {

template <class Counts>
double pairs(const Counts& counts) {
  double sum = 0.0;
  for (const auto& [part, n] : counts) sum += 0.5 * static_cast<double>(n) * static_cast<double>(n - 1);
  return sum;
}

}  // namespace adjusted_rand_detail

double adjusted_rand(const std::vector<std::int64_t>& a, const std::vector<std::int64_t>& b) {
  using adjusted_rand_detail::pairs;
  if (a.size() != b.size()) {
    throw Error(ErrorKind::kDefect, "two partitions have another number of items")
        .found(std::to_string(a.size()) + " and " + std::to_string(b.size()));
  }
  if (a.size() < 2) return std::numeric_limits<double>::quiet_NaN();
  std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> both;
  std::map<std::int64_t, std::int64_t> of_a;
  std::map<std::int64_t, std::int64_t> of_b;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ++both[{a[i], b[i]}];
    ++of_a[a[i]];
    ++of_b[b[i]];
  }
  const auto n = static_cast<double>(a.size());
  const double expected = pairs(of_a) * pairs(of_b) / (0.5 * n * (n - 1.0));
  const double most = 0.5 * (pairs(of_a) + pairs(of_b));
  if (most == expected) return 1.0;
  return (pairs(both) - expected) / (most - expected);
}

}  // namespace brenier::train
