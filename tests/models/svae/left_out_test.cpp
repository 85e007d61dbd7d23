#include "models/svae/left_out.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace brenier::models {
namespace left_out_test {

Context under(const std::vector<std::string>& names, const std::string& cell_type = "T") {
  std::vector<Action> actions;
  for (const auto& name : names) actions.push_back({name, 1.0});
  return make_context(actions, {{"cell_type", cell_type}});
}

// Ten single actions in two cell types, and every pair of neighbours.
Task ten_actions() {
  Task task;
  for (char name = 'a'; name < 'k'; ++name) {
    task.actions.emplace_back(1, name);
    task.contexts.push_back(under({task.actions.back()}));
    task.contexts.push_back(under({task.actions.back()}, "B"));
    if (name > 'a') task.contexts.push_back(under({std::string(1, static_cast<char>(name - 1)), task.actions.back()}));
  }
  return task;
}

}  // namespace left_out_test

// The point of leaving out: nothing that trains tells of an action that judges.
TEST(LeftOut, NoContextThatTrainsHasAnActionThatJudges) {
  const auto task = left_out_test::ten_actions();
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const LeftOut left_out(task, 0.2, seed);
    const auto& judging = left_out.judging();
    ASSERT_GE(judging.size(), 4U) << "both cell types of at least two actions";
    EXPECT_TRUE(std::is_sorted(judging.begin(), judging.end()));
    EXPECT_TRUE(left_out.any_trains());
    for (const auto judge : judging) {
      const auto& actions = task.contexts[static_cast<std::size_t>(judge)].actions;
      ASSERT_EQ(actions.size(), 1U);
      for (std::size_t k = 0; k < task.contexts.size(); ++k) {
        const auto& others = task.contexts[k].actions;
        if (std::find(others.begin(), others.end(), actions.front()) == others.end()) continue;
        EXPECT_FALSE(left_out.trains(static_cast<std::int64_t>(k))) << seed << ' ' << to_string(task.contexts[k]);
      }
    }
  }
}

TEST(LeftOut, KeepsWhatTrains) {
  const auto task = left_out_test::ten_actions();
  const LeftOut left_out(task, 0.2, 3);
  Batch batch;
  const auto count = std::ssize(task.contexts);
  batch.labels = at::arange(-1, count, at::kLong);
  batch.cells = batch.labels.to(at::kFloat).unsqueeze(1);
  const auto kept = left_out.kept(batch);
  std::vector<std::int64_t> expected{-1};
  for (std::int64_t k = 0; k < count; ++k) {
    if (left_out.trains(k)) expected.push_back(k);
  }
  ASSERT_LT(std::ssize(expected), count + 1);
  EXPECT_TRUE(at::equal(kept.labels, at::tensor(expected, at::kLong)));
  EXPECT_TRUE(at::equal(kept.cells.squeeze(1), kept.labels.to(at::kFloat)));

  Batch none;
  none.labels = at::full({2}, left_out.judging().front(), at::kLong);
  none.cells = at::zeros({2, 3});
  EXPECT_EQ(left_out.kept(none).cells.size(0), 0);
}

TEST(LeftOut, TwoActionsLeaveNothing) {
  Task task;
  task.contexts = {left_out_test::under({"a"}), left_out_test::under({"b"})};
  EXPECT_FALSE(LeftOut(task, 0.1, 0).any_trains());
  EXPECT_FALSE(LeftOut(Task{}, 0.1, 0).any_trains());
}

}  // namespace brenier::models
