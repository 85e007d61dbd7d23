#include "train/differential/rank_sums.h"

#include <algorithm>
#include <array>
#include <utility>

namespace brenier::train {
namespace rank_sums_detail {

constexpr std::size_t kRadixFrom = 512;  // entries from which radix passes beat std::sort
constexpr int kDigitBits = 11;
constexpr std::size_t kBuckets = std::size_t{1} << kDigitBits;

double cubic(double t) { return t * t * t - t; }

// By the value part, in three passes of eleven bits; a pass in which all digits are equal is left out.
void radix_sort(std::vector<GeneEntry>& entries, std::vector<GeneEntry>& scratch) {
  std::array<std::array<std::uint32_t, kBuckets>, 3> counts{};
  for (const GeneEntry entry : entries) {
    for (int pass = 0; pass < 3; ++pass) {
      ++counts[static_cast<std::size_t>(pass)][(entry >> (32 + kDigitBits * pass)) & (kBuckets - 1)];
    }
  }
  scratch.resize(entries.size());
  for (int pass = 0; pass < 3; ++pass) {
    auto& starts = counts[static_cast<std::size_t>(pass)];
    const int shift = 32 + kDigitBits * pass;
    if (starts[(entries.front() >> shift) & (kBuckets - 1)] == entries.size()) continue;
    std::uint32_t start = 0;
    for (auto& count : starts) start += std::exchange(count, start);
    for (const GeneEntry entry : entries) scratch[starts[(entry >> shift) & (kBuckets - 1)]++] = entry;
    entries.swap(scratch);
  }
}

void sort(std::vector<GeneEntry>& entries, std::vector<GeneEntry>& scratch) {
  if (entries.size() < kRadixFrom) {
    std::sort(entries.begin(), entries.end());
  } else {
    radix_sort(entries, scratch);
  }
}

}  // namespace rank_sums_detail

RankSums::RankSums(std::vector<std::int64_t> sizes)
    : sizes_(std::move(sizes)), twice_u_(sizes_.size()), ties_(sizes_.size()), counts_(sizes_.size()) {}

// Entries of one value.
void RankSums::add_block(const GeneEntry* begin, const GeneEntry* end) {
  if (end - begin == 1) {
    const std::uint32_t group = group_of(*begin);
    if (group == 0) {
      ++below_;
    } else {
      twice_u_[group] += 2 * below_;
    }
    return;
  }
  touched_.clear();
  for (const GeneEntry* entry = begin; entry != end; ++entry) {
    const std::uint32_t group = group_of(*entry);
    if (counts_[group]++ == 0) touched_.push_back(group);
  }
  const auto control = std::exchange(counts_[0], 0);
  const double alone = rank_sums_detail::cubic(static_cast<double>(control));
  control_ties_ += alone;
  for (const std::uint32_t group : touched_) {
    if (group == 0) continue;
    const auto count = std::exchange(counts_[group], 0);
    twice_u_[group] += static_cast<std::uint64_t>(count) * (2 * below_ + static_cast<std::uint64_t>(control));
    ties_[group] += rank_sums_detail::cubic(static_cast<double>(control + count)) - alone;
  }
  below_ += static_cast<std::uint64_t>(control);
}

// The cells without an entry, all of value 0.
void RankSums::add_zeros(const std::vector<GeneEntry>& entries) {
  for (const GeneEntry entry : entries) ++counts_[group_of(entry)];
  const auto control = sizes_[0] - counts_[0];
  const double alone = rank_sums_detail::cubic(static_cast<double>(control));
  control_ties_ += alone;
  for (std::size_t group = 1; group < sizes_.size(); ++group) {
    const auto count = sizes_[group] - counts_[group];
    twice_u_[group] += static_cast<std::uint64_t>(count) * (2 * below_ + static_cast<std::uint64_t>(control));
    ties_[group] += rank_sums_detail::cubic(static_cast<double>(control + count)) - alone;
  }
  std::fill(counts_.begin(), counts_.end(), 0);
  below_ += static_cast<std::uint64_t>(control);
}

void RankSums::compute(std::vector<GeneEntry>& entries) {
  std::fill(twice_u_.begin(), twice_u_.end(), 0);
  std::fill(ties_.begin(), ties_.end(), 0.0);
  below_ = 0;
  control_ties_ = 0.0;
  rank_sums_detail::sort(entries, scratch_);
  const GeneEntry* at = entries.data();
  const GeneEntry* const end = at + entries.size();
  const GeneEntry zero = make_entry(0.0F, 0);
  bool zeros_due = true;
  while (at != end) {
    if (zeros_due && *at >= zero) {
      add_zeros(entries);
      zeros_due = false;
    }
    const GeneEntry* next = at + 1;
    while (next != end && (*next >> 32) == (*at >> 32)) ++next;
    add_block(at, next);
    at = next;
  }
  if (zeros_due) add_zeros(entries);
}

}  // namespace brenier::train
