#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/io/atomic_file.h"
#include "data/split/split.h"
#include "tests/core/throws.h"
#include "tests/data/split/two_types.h"
#include "tests/helpers/temp_dir.h"

namespace brenier::tests::split_file_test {

TEST(SplitFile, SavedByCellNamesAndReadBackInAnyOrder) {
  const auto table = labelled_table({{"perturbation", {"control", "A", "A", "B", "B", "B", "control", "control"}}});
  const auto contexts = data::label_contexts(table, {});
  auto settings = hold_out({{"A", {}}});
  settings.validation_fraction = 0.4;
  const auto split = make_split(contexts, settings);
  const TempDir dir;
  save_split(split, contexts, dir / "split.json");
  const auto again = load_split(dir / "split.json", contexts);
  EXPECT_EQ(again.train, split.train);
  EXPECT_EQ(again.validation, split.validation);
  EXPECT_EQ(again.test, split.test);
  EXPECT_EQ(again.held_out, split.held_out);
  const auto reversed = data::label_contexts(data::select_cells(table, {7, 6, 5, 4, 3, 2, 1, 0}), {});
  EXPECT_EQ(load_split(dir / "split.json", reversed).test, (std::vector<std::int64_t>{5, 6}));
}

TEST(SplitFile, AStoredSplitThatDoesNotFitIsRefused) {
  const auto table = labelled_table({{"perturbation", {"control", "A", "A", "B", "B", "B", "control", "control"}}});
  const auto contexts = data::label_contexts(table, {});
  auto settings = hold_out({{"A", {}}});
  settings.validation_fraction = 0.4;
  const auto json = to_json(make_split(contexts, settings), contexts);
  const auto text = [&](const nlohmann::ordered_json& changed) {
    return error_text(ErrorKind::kData, [&] { (void)data::split_from_json(changed, contexts); });
  };
  auto changed = json;
  changed.erase("test");
  EXPECT_NE(text(changed).find("test"), std::string::npos);
  changed = json;
  changed["train"].push_back("stranger");
  EXPECT_NE(text(changed).find("'stranger'"), std::string::npos);
  changed = json;
  changed["test"].erase(0);
  EXPECT_NE(text(changed).find("not in the stored split"), std::string::npos);
  changed = json;
  changed["train"].push_back(changed["test"][0]);
  changed["test"].erase(0);
  EXPECT_NE(text(changed).find("is held out, but lies in train"), std::string::npos);
  changed = json;
  changed["train"] = 3;
  EXPECT_NE(text(changed).find("train"), std::string::npos);
  const TempDir dir;
  write_atomically(dir / "split.json", "{");
  EXPECT_NE(error_text(ErrorKind::kData, [&] { (void)load_split(dir / "split.json", contexts); }).find("split.json"),
            std::string::npos);
}

}  // namespace brenier::tests::split_file_test
