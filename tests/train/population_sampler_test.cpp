#include "train/population_sampler.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "core/error.h"

namespace brenier::train {

TEST(PopulationSampler, OneEpochVisitsEachMemberOnce) {
  PopulationSampler sampler(7, 1, "p");
  auto drawn = sampler.draw(3);
  for (const auto more : sampler.draw(4)) drawn.push_back(more);
  std::sort(drawn.begin(), drawn.end());
  std::vector<std::int64_t> all(7);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_EQ(drawn, all);
}

TEST(PopulationSampler, EpochsHaveDifferentOrders) {
  PopulationSampler sampler(50, 1, "p");
  const auto first = sampler.draw(50);
  EXPECT_NE(first, sampler.draw(50));
}

TEST(PopulationSampler, SmallPopulationIsRepeatedEvenly) {
  PopulationSampler sampler(3, 1, "p");
  std::map<std::int64_t, int> count;
  for (const auto member : sampler.draw(10)) ++count[member];
  EXPECT_EQ(count.size(), 3U);
  for (const auto& [member, times] : count) EXPECT_TRUE(times == 3 || times == 4) << member;
}

RC_GTEST_PROP(PopulationSampler, ResumesExactlyWhereverItStood, ()) {
  const auto size = *rc::gen::inRange<std::int64_t>(1, 20);
  const auto before = *rc::gen::inRange<std::int64_t>(0, 60);
  const auto after = *rc::gen::inRange<std::int64_t>(1, 60);
  PopulationSampler sampler(size, 11, "p");
  (void)sampler.draw(before);
  PopulationSampler resumed(size, 11, "p");
  resumed.set_state(sampler.state());
  RC_ASSERT(resumed.draw(after) == sampler.draw(after));
  RC_ASSERT(resumed.state() == sampler.state());
}

RC_GTEST_PROP(PopulationSampler, DependsOnNameAndSeedButNotOnTheSizeOfDraws, ()) {
  const auto parts = *rc::gen::container<std::vector<int>>(5, rc::gen::inRange(0, 9));
  PopulationSampler whole(6, 3, "p");
  PopulationSampler pieces(6, 3, "p");
  std::vector<std::int64_t> collected;
  for (const auto part : parts) {
    for (const auto member : pieces.draw(part)) collected.push_back(member);
  }
  RC_ASSERT(whole.draw(static_cast<std::int64_t>(collected.size())) == collected);
}

TEST(PopulationSampler, RefusesNoMembersAndForeignStates) {
  EXPECT_THROW(PopulationSampler(0, 1, "p"), Error);
  PopulationSampler sampler(3, 1, "p");
  EXPECT_THROW(sampler.set_state({0, 4}), Error);
  EXPECT_THROW(sampler.set_state({-1, 0}), Error);
}

}  // namespace brenier::train
