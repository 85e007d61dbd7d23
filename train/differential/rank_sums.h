// Mann and Whitney's U of every group against the control, for one gene (mann1947test).
//
//   U_g = sum_{x in g} ( #{control < x} + #{control = x} / 2 )         (wilcoxon1945individual: rank sum - n (n + 1) /
//   2) T_g = sum over values of (t^3 - t)                    t: how often a value occurs in control and group g
//   together
//
// The cells of all groups are sorted once; one sweep in ascending order keeps how many control cells lie below and
// serves every group, so the cost does not grow with the number of groups: O(n log n) for n non-zero values, by radix
// for long columns. Both sums are whole numbers (2 U is kept), so the result does not depend on any order.
#pragma once

#include <cstdint>
#include <vector>

#include "train/differential/gene_entries.h"

namespace brenier::train {

class RankSums final {
 public:
  // sizes[g]: cells of group g; group 0 is the control.
  explicit RankSums(std::vector<std::int64_t> sizes);

  // Sorts the entries and fills the sums below. The number of entries of a group must not exceed its size.
  void compute(std::vector<GeneEntry>& entries);

  [[nodiscard]] double u(std::size_t group) const { return 0.5 * static_cast<double>(twice_u_[group]); }
  [[nodiscard]] double ties(std::size_t group) const { return control_ties_ + ties_[group]; }

 private:
  void add_block(const GeneEntry* begin, const GeneEntry* end);
  void add_zeros(const std::vector<GeneEntry>& entries);

  std::vector<std::int64_t> sizes_;
  std::vector<std::uint64_t> twice_u_;
  std::vector<double> ties_;  // beyond those of the control alone
  std::vector<std::int64_t> counts_;
  std::vector<std::uint32_t> touched_;
  std::vector<GeneEntry> scratch_;
  std::uint64_t below_ = 0;
  double control_ties_ = 0.0;
};

}  // namespace brenier::train
