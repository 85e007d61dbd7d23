// Several runs side by side: one column a run, shared baselines once, no comparison of what cannot be compared.
#include "train/report/run_comparison.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/io/atomic_file.h"
#include "tests/helpers/temp_dir.h"
#include "tests/train/report/report_example.h"
#include "train/report/curve_overlay.h"

namespace brenier::train {
namespace run_comparison_test {

ComparedRun run(const std::string& name, double model, double baseline = 0.8) {
  ComparedRun one;
  one.name = name;
  one.evaluation = report_example(model, baseline).evaluation;
  one.config = {{"seed", model}, {"data", {{"path", "x.h5ad"}}}};
  return one;
}

TEST(RunComparison, AColumnARunAndTheBaselinesOnce) {
  const Evaluation merged = merged_evaluation({run("a", 0.9), run("b", 0.7)});
  EXPECT_EQ(merged.methods(), (std::vector<std::string>{"run 1, a", "run 2, b", "identity", "mean_shift", "ceiling"}));
  EXPECT_DOUBLE_EQ(merged.summary_of("run 1, a", "r2_mean").mean, 0.9);
  EXPECT_DOUBLE_EQ(merged.summary_of("run 2, b", "r2_mean").mean, 0.7);
  ASSERT_EQ(merged.contexts.size(), 2U);
  EXPECT_DOUBLE_EQ(score_of(merged.contexts[1], "run 2, b", "r2_mean"), 0.7);
  EXPECT_DOUBLE_EQ(score_of(merged.contexts[1], "mean_shift", "r2_mean"), 0.8);
}

TEST(RunComparison, EachItsOwnBaselineWhereTheyDiffer) {
  const Evaluation merged = merged_evaluation({run("a", 0.9, 0.8), run("b", 0.7, 0.6)});
  EXPECT_EQ(merged.methods(), (std::vector<std::string>{"run 1, a", "run 2, b", "identity", "mean_shift of run 1",
                                                        "mean_shift of run 2", "ceiling"}));
  EXPECT_DOUBLE_EQ(merged.summary_of("mean_shift of run 2", "r2_mean").mean, 0.6);
}

TEST(RunComparison, OtherHeldOutContextsAreOneClearError) {
  auto other = run("b", 0.7);
  other.evaluation.contexts[1].context = make_context({{"IFNB", 1.0}}, {{"cell_type", "CD8"}});
  try {
    (void)merged_evaluation({run("a", 0.9), other});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    const std::string text = error.what();
    EXPECT_NE(text.find("a and b"), std::string::npos) << text;
    EXPECT_NE(text.find("cell_type=CD8"), std::string::npos) << text;
    EXPECT_NE(text.find("only in a: IFNB | cell_type=NK"), std::string::npos) << text;
  }
  EXPECT_THROW((void)merged_evaluation({run("a", 0.9)}), Error);
}

TEST(RunComparison, ListsWhereConfigsDiffer) {
  auto second = run("b", 0.7);
  second.config["extra"] = {1, 2};
  const auto differences = config_differences({run("a", 0.9), second});
  ASSERT_EQ(differences.size(), 2U);
  EXPECT_EQ(differences[0].first, "extra");
  EXPECT_EQ(differences[0].second, (std::vector<std::string>{"-", "[1,2]"}));
  EXPECT_EQ(differences[1].first, "seed");
}

TEST(RunComparison, OverlaysTheCurvesOfOneName) {
  auto a = run("a", 0.9);
  auto b = run("b", 0.7);
  a.curves = {{"s", "f", false, {0, 1, 2}, {3, 2, 1}, -1}};
  b.curves = {{"s", "f", false, {0, 1}, {3, 2.5}, -1}, {"s", "g", false, {0}, {1}, -1}};
  const Figure figure = curve_overlay({a, b}, {"s", "f", false});
  EXPECT_EQ(figure.live.at(0)["data"]["values"].size(), 5U);
  EXPECT_NE(figure.still.find("c-run2"), std::string::npos);
  EXPECT_TRUE(curve_overlay({a, b}, {"t", "f", false}).empty());
}

TEST(RunComparison, ReadsRunFoldersAndNamesWhatIsMissing) {
  const tests::TempDir folder;
  std::vector<std::filesystem::path> paths;
  for (const char* name : {"x/run", "y/run"}) {
    const auto path = folder / name;
    std::filesystem::create_directories(path);
    write_evaluation(path / "evaluation.json", report_example().evaluation);
    write_atomically(path / "config.json", R"({"name":"<n>"})");
    paths.push_back(path);
  }
  const auto runs = read_compared_runs(paths);
  EXPECT_EQ(runs[0].name, paths[0].string()) << "two folders of one name";
  EXPECT_EQ(runs[1].config["name"], "<n>");
  const std::string page = render_comparison(runs, false);
  EXPECT_NE(page.find("2 runs side by side"), std::string::npos);
  EXPECT_NE(page.find("Nowhere: all values are the same"), std::string::npos);
  EXPECT_EQ(page.find("<script"), std::string::npos);
  try {
    (void)read_compared_run(folder / "x");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    EXPECT_NE(std::string(error.what()).find("evaluation.json"), std::string::npos);
  }
}

}  // namespace run_comparison_test
}  // namespace brenier::train
