#include "data/split/split.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "core/error.h"
#include "core/random.h"
#include "tests/core/throws.h"
#include "tests/data/split/two_types.h"

namespace brenier::tests::split_test {

TEST(Split, PartsAreSharesOfTreatedAndControlCells) {
  const auto contexts = two_types({"control", "A", "B"});
  const auto split = make_split(contexts, hold_out({{"A", {{"cell_type", "B"}}}}));
  EXPECT_EQ(split.test, contexts.rows[static_cast<std::size_t>(contexts.at(split.held_out.front()))]);
  EXPECT_EQ(split.validation.size(), 10U);  // 2 of 10 in each of 5 contexts
  EXPECT_EQ(split.train.size(), 40U);
  EXPECT_TRUE(split.excluded.empty());
  std::vector<int> drawn(contexts.contexts.size(), 0);
  for (const auto row : split.validation)
    ++drawn[static_cast<std::size_t>(contexts.context_of[static_cast<std::size_t>(row)])];
  for (std::size_t k = 0; k < drawn.size(); ++k) EXPECT_EQ(drawn[k], split.is_held_out(contexts.contexts[k]) ? 0 : 2);
}

TEST(Split, ControlsOfHeldOutContextsCanBeExcluded) {
  const auto contexts = two_types({"control", "A", "B"});
  auto settings = hold_out({{"*", {{"cell_type", "B"}}}});
  settings.held_out_controls = "exclude";
  const auto split = make_split(contexts, settings);
  EXPECT_EQ(split.excluded, contexts.rows[0]);  // control | cell_type=B
  for (const auto row : split.train) EXPECT_LT(row, 30);
  settings.held_out = {{"A", {{"cell_type", "B"}}}};
  const std::string text = error_text(ErrorKind::kData, [&] { (void)make_split(contexts, settings); });
  EXPECT_NE(text.find("training context 'B | cell_type=B'"), std::string::npos) << text;
}

TEST(Split, EmptySidesSayWhichAndWhatThereIs) {
  const auto one = two_types({"control", "A"});
  const std::string train = error_text(ErrorKind::kData, [&] { (void)make_split(one, hold_out({{"A", {}}})); });
  EXPECT_NE(train.find("training side"), std::string::npos);
  EXPECT_NE(train.find("A | cell_type=B (10 cells)"), std::string::npos) << train;
  const auto none = two_types({"control"});
  EXPECT_NE(error_text(ErrorKind::kData, [&] { (void)make_split(none, {}); }).find("test side"), std::string::npos);
  auto little = hold_out({{"A", {{"cell_type", "B"}}}});
  little.validation_fraction = 0.01;
  EXPECT_NE(error_text(ErrorKind::kData, [&] { (void)make_split(one, little); }).find("validation side"),
            std::string::npos);
  little.validation_fraction = 0.0;
  EXPECT_TRUE(make_split(one, little).validation.empty());
  const auto single = two_types({"control", "A", "B"});
  data::SplitSettings pairs;
  pairs.kind = "combinations";
  EXPECT_NE(error_text(ErrorKind::kData, [&] { (void)make_split(single, pairs); }).find("no combination"),
            std::string::npos);
}

TEST(Split, ALeakIsADefectThatNamesTheCell) {
  const auto contexts = two_types({"control", "A", "B"});
  const auto good = make_split(contexts, hold_out({{"A", {{"cell_type", "B"}}}}));
  const auto leak = [&](const std::function<void(data::Split&)>& change) {
    data::Split split = good;
    change(split);
    return error_text(ErrorKind::kDefect, [&] { check_no_leak(split, contexts); });
  };
  const std::string cell = "'" + contexts.cell_names[static_cast<std::size_t>(good.test.front())] + "'";
  const auto move_to = [&](std::vector<std::int64_t> data::Split::* part) {
    return leak([&](data::Split& s) {
      (s.*part).push_back(s.test.front());
      s.test.erase(s.test.begin());
    });
  };
  EXPECT_NE(move_to(&data::Split::train).find(cell), std::string::npos);
  EXPECT_NE(move_to(&data::Split::validation).find("validation"), std::string::npos);
  EXPECT_NE(leak([](data::Split& s) { s.train.push_back(s.test.front()); }).find("in test and in train"),
            std::string::npos);
  EXPECT_NE(leak([](data::Split& s) { s.validation.push_back(s.train.front()); }).find("in train and in validation"),
            std::string::npos);
  EXPECT_NE(leak([](data::Split& s) { s.test.push_back(s.train.front()); }).find("not held out"), std::string::npos);
  EXPECT_NE(leak([](data::Split& s) { s.train.push_back(10000); }).find("not in the table"), std::string::npos);
}

RC_GTEST_PROP(Split, NoHeldOutCellIsEverTrainedOn, ()) {
  RandomStream stream(*rc::gen::arbitrary<std::uint64_t>(), "table");
  const auto cells = *rc::gen::inRange<std::int64_t>(10, 200);
  const std::vector<std::string> labels{"control", "A", "B", "C", "A+B", "B+A", "C+A", "B+C", "A+B+C"};
  data::StringColumn perturbation{"control", "control", "A"};
  data::StringColumn cell_type{"T", "B", "T"};
  while (static_cast<std::int64_t>(perturbation.size()) < cells) {
    perturbation.push_back(labels[static_cast<std::size_t>(stream.below(static_cast<std::int64_t>(labels.size())))]);
    cell_type.push_back(stream.uniform() < 0.5 ? "T" : "B");
  }
  data::PerturbationSettings grammar;
  grammar.covariates = {"cell_type"};
  const auto contexts =
      data::label_contexts(labelled_table({{"perturbation", perturbation}, {"cell_type", cell_type}}), grammar);
  data::SplitSettings settings;
  settings.kind = *rc::gen::element<std::string>("held_out_context", "held_out_perturbation", "combinations", "random");
  settings.fraction = *rc::gen::element(0.05, 0.3, 0.6, 0.95);
  settings.validation_fraction = *rc::gen::element(0.0, 0.2, 0.7);
  settings.held_out_controls = *rc::gen::element<std::string>("train", "exclude");
  settings.seed = *rc::gen::inRange<std::int64_t>(0, 1000);
  if (settings.kind == "combinations") settings.unseen_singles = *rc::gen::inRange<std::int64_t>(0, 3);
  if (settings.kind == "held_out_context") {
    settings.held_out = {{*rc::gen::element<std::string>("*", "A", "A+B", "C"), {}}};
    if (*rc::gen::arbitrary<bool>()) settings.held_out.front().covariates["cell_type"] = "B";
  }
  data::Split split;
  try {
    split = make_split(contexts, settings);
  } catch (const Error& error) {
    RC_ASSERT(error.kind() == ErrorKind::kData);  // empty sides, lost controls, nothing to hold out
    RC_DISCARD("no split");
  }
  std::set<std::int64_t> held;
  for (const auto& context : split.held_out) held.insert(contexts.at(context));
  RC_ASSERT(!held.empty());
  std::set<std::int64_t> seen;
  const auto check = [&](const std::vector<std::int64_t>& rows, bool test) {
    RC_ASSERT(std::is_sorted(rows.begin(), rows.end()));
    for (const auto row : rows) {
      RC_ASSERT(seen.insert(row).second);
      RC_ASSERT((held.count(contexts.context_of[static_cast<std::size_t>(row)]) > 0) == test);
    }
  };
  check(split.train, false);
  check(split.validation, false);
  check(split.excluded, false);
  check(split.test, true);
  RC_ASSERT(seen.size() == contexts.context_of.size());
  for (const auto row : split.excluded) {
    RC_ASSERT(
        contexts.contexts[static_cast<std::size_t>(contexts.context_of[static_cast<std::size_t>(row)])].is_control());
  }
  const auto again = make_split(contexts, settings);
  RC_ASSERT(again.train == split.train);
  RC_ASSERT(again.validation == split.validation);
}

}  // namespace brenier::tests::split_test
