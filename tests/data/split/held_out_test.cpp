#include "data/split/held_out.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/io/atomic_file.h"
#include "data/h5ad/reader.h"
#include "tests/core/throws.h"
#include "tests/data/split/two_types.h"
#include "tests/helpers/shared_data.h"
#include "tests/helpers/temp_dir.h"

namespace brenier::tests::held_out_test {

TEST(HeldOut, HoldsOutWhatAPatternMatches) {
  const auto contexts = two_types({"control", "A", "B", "B+A"});
  EXPECT_EQ(held_out_names(make_split(contexts, hold_out({{"A", {{"cell_type", "B"}}}}))), (Names{"A | cell_type=B"}));
  EXPECT_EQ(held_out_names(make_split(contexts, hold_out({{"A+B", {}}}))),
            (Names{"A+B | cell_type=B", "A+B | cell_type=T"}));
  EXPECT_EQ(held_out_names(make_split(contexts, hold_out({{"*", {{"cell_type", "T"}}}, {"B", {}}}))),
            (Names{"A | cell_type=T", "A+B | cell_type=T", "B | cell_type=B", "B | cell_type=T"}));
}

TEST(HeldOut, DosesOfAPatternCountWhenStated) {
  const auto table =
      labelled_table({{"perturbation", {"control", "A", "A", "A", "A"}}, {"dose", {"0", "1", "5", "5", "1"}}});
  data::PerturbationSettings grammar;
  grammar.dose_columns = {"dose"};
  const auto contexts = data::label_contexts(table, grammar);
  auto dosed = hold_out({{"A@5", {}}});
  dosed.validation_fraction = 0.5;
  EXPECT_EQ(held_out_names(make_split(contexts, dosed)), (Names{"A@5"}));
  EXPECT_NE(
      error_text(ErrorKind::kData, [&] { (void)make_split(contexts, hold_out({{"A", {}}})); }).find("training side"),
      std::string::npos);
}

TEST(HeldOut, HeldOutPerturbationsGoWithAllTheirCombinations) {
  const auto contexts = two_types({"control", "A", "B", "C", "A+B"});
  data::SplitSettings settings;
  settings.kind = "held_out_perturbation";
  settings.perturbations = {"B"};
  const auto split = make_split(contexts, settings);
  EXPECT_EQ(held_out_names(split),
            (Names{"A+B | cell_type=B", "A+B | cell_type=T", "B | cell_type=B", "B | cell_type=T"}));
  EXPECT_EQ(unseen_actions(split.held_out.front(), split, contexts), 1);
  settings.perturbations.clear();
  settings.fraction = 0.34;
  const auto drawn = make_split(contexts, settings);
  EXPECT_GE(drawn.held_out.size(), 2U);
  settings.perturbations = {"Bb"};
  const std::string text = error_text(ErrorKind::kData, [&] { (void)make_split(contexts, settings); });
  EXPECT_NE(text.find("did you mean 'B'"), std::string::npos) << text;
}

TEST(HeldOut, HeldOutCombinationsHaveTheirNumberOfUnseenSingles) {
  const auto contexts = two_types({"control", "A", "B", "C", "D", "E", "A+B", "C+D", "A+E", "D+B", "C+E", "A+D"});
  data::SplitSettings settings;
  settings.kind = "combinations";
  settings.fraction = 0.34;
  for (std::int64_t unseen = 0; unseen <= 2; ++unseen) {
    settings.unseen_singles = unseen;
    for (settings.seed = 0; settings.seed < 5; ++settings.seed) {
      const auto split = make_split(contexts, settings);
      std::size_t as_asked = 0;
      for (const auto& context : split.held_out) {
        if (context.actions.size() == 2 && unseen_actions(context, split, contexts) == unseen) ++as_asked;
      }
      EXPECT_GE(as_asked, 4U) << unseen;  // 2 of 6 combinations in 2 cell types
      if (unseen == 0) {
        EXPECT_EQ(as_asked, split.held_out.size());
      }
    }
  }
}

TEST(HeldOut, NormanListsHoldOutThePairsOfTheTestFile) {
  const auto path = shared_data("perturbation/norman_k562_crispra.h5ad");
  const auto lists = shared_data("perturbation/norman_splits");
  if (!path || !lists) GTEST_SKIP() << shared_data_missing("perturbation/norman_k562_crispra.h5ad");
  const auto contexts = data::label_contexts(data::read_cells(*path), {});
  data::SplitSettings settings;
  settings.kind = "conditions_file";
  for (const int number : {1, 2, 3, 4}) {
    const auto train_file = *lists / ("split-" + std::to_string(number) + ".csv");
    settings.file = (*lists / ("split-" + std::to_string(number) + "-test.csv")).string();
    const auto split = make_split(contexts, settings);
    const std::string train_labels = "\n" + read_file(train_file);
    std::size_t pairs_in_training = 0;
    for (const auto id : contexts.treated()) {
      const auto& context = contexts.contexts[static_cast<std::size_t>(id)];
      if (!split.is_held_out(context)) {
        pairs_in_training += context.actions.size() == 2 ? 1U : 0U;
        continue;
      }
      ASSERT_EQ(context.actions.size(), 2U);
      const std::string a = context.actions[0].name;
      const std::string b = context.actions[1].name;
      EXPECT_EQ(train_labels.find("\n" + a + "+" + b + "\n"), std::string::npos) << a << " " << b;
      EXPECT_EQ(train_labels.find("\n" + b + "+" + a + "\n"), std::string::npos) << a << " " << b;
    }
    EXPECT_EQ(pairs_in_training + split.held_out.size(), 15U);
    EXPECT_FALSE(split.warnings.empty());  // most pairs of the published lists are not in this file
  }
}

TEST(HeldOut, ConditionFilesAreLabelsOneALine) {
  const auto contexts = two_types({"control", "A", "B", "B+A"});
  const TempDir dir;
  const auto with_file = [&](const std::string& text) {
    write_atomically(dir / "list.csv", text);
    data::SplitSettings settings;
    settings.kind = "conditions_file";
    settings.file = (dir / "list.csv").string();
    return settings;
  };
  const auto split = make_split(contexts, with_file("perturbation\r\n\"A+B\"\r\ncontrol\r\nZ\r\n"));
  EXPECT_EQ(held_out_names(split), (Names{"A+B | cell_type=B", "A+B | cell_type=T"}));
  EXPECT_EQ(split.warnings.size(), 2U);
  EXPECT_NE(
      error_text(ErrorKind::kData, [&] { (void)make_split(contexts, with_file("AA+B\n")); }).find("did you mean 'A+B'"),
      std::string::npos);
  EXPECT_NE(error_text(ErrorKind::kData, [&] { (void)make_split(contexts, with_file("A,3\n")); }).find("line 1"),
            std::string::npos);
  EXPECT_NE(error_text(ErrorKind::kData, [&] { (void)make_split(contexts, with_file("")); }).find("no condition"),
            std::string::npos);
  auto absent = with_file("A\n");
  absent.file = (dir / "no.csv").string();
  EXPECT_NE(error_text(ErrorKind::kData, [&] { (void)make_split(contexts, absent); }).find("no.csv"),
            std::string::npos);
}

TEST(HeldOut, APatternThatMatchesNothingNamesTheNearest) {
  const auto contexts = two_types({"control", "stimulated", "other"});
  const auto text = [&](data::ContextPattern pattern) {
    return error_text(ErrorKind::kData, [&] { (void)make_split(contexts, hold_out({std::move(pattern)})); });
  };
  EXPECT_NE(text({"stimulatd", {}}).find("did you mean 'stimulated'"), std::string::npos);
  EXPECT_NE(text({"", {{"celltype", "B"}}}).find("did you mean 'cell_type'"), std::string::npos);
  EXPECT_NE(text({"", {{"cell_type", "BT"}}}).find("'B', 'T'"), std::string::npos);
  EXPECT_NE(text({"other+stimulated", {}}).find("matches no perturbed cell"), std::string::npos);
  EXPECT_NE(text({"other+stimulated", {}}).find("split.held_out[0]"), std::string::npos);
}

TEST(HeldOut, LeaveOneOutGoesThroughTheValues) {
  const auto contexts = two_types({"control", "A", "B"});
  const auto splits = leave_one_covariate_out(contexts, "cell_type", "A", {});
  ASSERT_EQ(splits.size(), 2U);
  EXPECT_EQ(held_out_names(make_split(contexts, splits[0])), (Names{"A | cell_type=B"}));
  EXPECT_EQ(held_out_names(make_split(contexts, splits[1])), (Names{"A | cell_type=T"}));
  EXPECT_NE(error_text(ErrorKind::kData, [&] { (void)leave_one_covariate_out(contexts, "patient", "", {}); })
                .find("'cell_type'"),
            std::string::npos);
}

}  // namespace brenier::tests::held_out_test
