// evaluation.json, its summary and its table.
#include "train/evaluation/evaluation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/io/atomic_file.h"
#include "core/random.h"
#include "tests/helpers/temp_dir.h"

namespace brenier::train {
namespace evaluation_test {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

ContextEvaluation scored(const std::string& type, bool held_out, double model, double identity) {
  ContextEvaluation context;
  context.context = make_context({{"IFNB", 1.0}}, {{"cell_type", type}});
  context.held_out = held_out;
  context.n_control = 20;
  context.n_true = 30;
  context.scores = {{"model", {{"r2_mean", model}, {"mmd", 0.0123}}},
                    {"identity", {{"r2_mean", identity}, {"mmd", 0.2}}},
                    {"ceiling", {{"r2_mean", 0.99}, {"mmd", kNaN}}}};
  return context;
}

Evaluation example() {
  Evaluation evaluation;
  evaluation.split = "held_out_context";
  evaluation.contexts = {scored("B", true, 0.9, 0.7), scored("NK", true, 0.8, 0.5), scored("T", false, 0.1, kNaN)};
  summarise(evaluation, 500, 7);
  return evaluation;
}

TEST(Evaluation, JsonHasTheDocumentedForm) {
  const auto json = to_json(example());
  EXPECT_EQ(json.at("task"), "perturbation");
  EXPECT_EQ(json.at("split"), "held_out_context");
  const auto& first = json.at("contexts").at(0);
  EXPECT_EQ(first.at("context").dump(), R"({"perturbation":["IFNB"],"dose":[1.0],"covariates":{"cell_type":"B"}})");
  EXPECT_EQ(first.at("held_out"), true);
  EXPECT_EQ(first.at("n_control"), 20);
  EXPECT_EQ(first.at("n_true"), 30);
  EXPECT_EQ(first.at("scores").at("model").at("r2_mean"), 0.9);
  EXPECT_TRUE(first.at("scores").at("ceiling").at("mmd").is_null()) << "not defined is null, not 0";
  const auto& summary = json.at("summary").at("model").at("r2_mean");
  EXPECT_DOUBLE_EQ(summary.at("mean").get<double>(), 0.85);
  EXPECT_DOUBLE_EQ(summary.at("median").get<double>(), 0.85);
  EXPECT_EQ(summary.at("ci95").size(), 2U);
  EXPECT_TRUE(json.at("summary").at("ceiling").at("mmd").at("mean").is_null());
}

TEST(Evaluation, IsReadBackAsItWasWritten) {
  const tests::TempDir folder;
  const Evaluation before = example();
  write_evaluation(folder / "evaluation.json", before);
  const Evaluation after = read_evaluation(folder / "evaluation.json");
  EXPECT_EQ(to_json(after).dump(), to_json(before).dump());
  EXPECT_EQ(after.methods(), (std::vector<std::string>{"model", "identity", "ceiling"}));
  EXPECT_EQ(after.metrics(), (std::vector<std::string>{"r2_mean", "mmd"}));
  EXPECT_TRUE(std::isnan(score_of(after.contexts[0], "ceiling", "mmd")));
  EXPECT_TRUE(std::isnan(score_of(after.contexts[0], "nobody", "mmd")));
}

TEST(Evaluation, IntervalsOverCellsAreKept) {
  Evaluation before = example();
  before.cell_level = 90;
  before.contexts[1].intervals = {{"model", {{"r2_mean", {0.7, 0.85}}, {"mmd", {kNaN, kNaN}}}}};
  const auto json = to_json(before);
  EXPECT_EQ(json.at("contexts").at(1).at("ci90").at("model").at("r2_mean").dump(), "[0.7,0.85]");
  EXPECT_TRUE(json.at("contexts").at(1).at("ci90").at("model").at("mmd").at(0).is_null());
  EXPECT_FALSE(json.at("contexts").at(0).contains("ci90"));
  const Evaluation after = evaluation_from_json(json);
  EXPECT_EQ(to_json(after).dump(), json.dump());
  EXPECT_EQ(interval_of(after.contexts[1], "model", "r2_mean"), (std::pair<double, double>{0.7, 0.85}));
  EXPECT_TRUE(std::isnan(interval_of(after.contexts[0], "model", "r2_mean").first));
  EXPECT_NE(evaluation_table(after, true).find("model 90 %"), std::string::npos);
  auto broken = json;
  broken["contexts"][1]["ci90"]["model"]["r2_mean"] = 3;
  EXPECT_THROW((void)evaluation_from_json(broken), Error);
}

TEST(Evaluation, CsvHasEveryNumber) {
  Evaluation evaluation = example();
  evaluation.contexts[0].intervals = {{"model", {{"r2_mean", {0.85, 0.95}}}}};
  evaluation.contexts[1].context = make_context({{"A,B", 1.0}}, {{"cell_type", "the \"T\""}});
  const std::string csv = to_csv(evaluation);
  EXPECT_EQ(csv.substr(0, csv.find('\n')),
            "scope,context,held_out,n_control,n_true,method,metric,value,median,low,high");
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 1 + 3 * 6 + 6);
  EXPECT_NE(csv.find("context,IFNB | cell_type=B,true,20,30,model,r2_mean,0.9,,0.85,0.95\n"), std::string::npos) << csv;
  EXPECT_NE(csv.find("context,\"A,B | cell_type=the \"\"T\"\"\",true"), std::string::npos) << csv;
  EXPECT_NE(csv.find(",ceiling,mmd,,,,\n"), std::string::npos) << "not defined is empty";
  EXPECT_NE(csv.find("summary,,,,,model,r2_mean,0.85"), std::string::npos) << csv;
}

TEST(Evaluation, ATaskWithoutContextsFillsTheSummaryAlone) {
  Evaluation evaluation;
  evaluation.task = "dynamics";
  evaluation.summary = {{"model", {{"w1", Summary{0.5, 0.5, kNaN, kNaN}}}}};
  const Evaluation after = evaluation_from_json(to_json(evaluation));
  EXPECT_EQ(after.task, "dynamics");
  EXPECT_DOUBLE_EQ(after.summary_of("model", "w1").mean, 0.5);
  EXPECT_NE(evaluation_table(after).find("w1"), std::string::npos);
}

TEST(Evaluation, WrongFilesNameThePlace) {
  const auto message = [](nlohmann::ordered_json json) -> std::string {
    try {
      (void)evaluation_from_json(json);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kData);
      return error.what();
    }
    return "accepted";
  };
  const auto good = to_json(example());
  EXPECT_EQ(message(good), "accepted");
  auto json = good;
  json["contexts"][1]["scores"]["model"]["r2_mean"] = "high";
  EXPECT_NE(message(json).find("contexts[1].scores.model.r2_mean"), std::string::npos) << message(json);
  json = good;
  json["contexts"][0].erase("n_true");
  EXPECT_NE(message(json).find("contexts[0].n_true"), std::string::npos) << message(json);
  json = good;
  json["summary"]["model"]["mmd"]["ci95"] = 3;
  EXPECT_NE(message(json).find("summary.model.mmd.ci95"), std::string::npos) << message(json);
  EXPECT_NE(message(nlohmann::ordered_json::array()).find("object"), std::string::npos);
  const tests::TempDir folder;
  write_atomically(folder / "e.json", "{ no json");
  EXPECT_THROW((void)read_evaluation(folder / "e.json"), Error);
  EXPECT_THROW((void)read_evaluation(folder / "absent.json"), Error);
}

TEST(Summary, IsOverHeldOutContextsOrAllWhenThereIsNone) {
  Evaluation evaluation = example();
  EXPECT_DOUBLE_EQ(evaluation.summary_of("identity", "r2_mean").mean, 0.6);
  for (ContextEvaluation& context : evaluation.contexts) context.held_out = false;
  summarise(evaluation, 500, 7);
  EXPECT_DOUBLE_EQ(evaluation.summary_of("model", "r2_mean").mean, 0.6);
  EXPECT_DOUBLE_EQ(evaluation.summary_of("model", "r2_mean").median, 0.8);
  EXPECT_DOUBLE_EQ(evaluation.summary_of("identity", "r2_mean").mean, 0.6) << "a score that is not defined is left out";
}

TEST(Summary, IntervalCoversTheMeanAsOftenAsItSays) {
  // 95 % intervals of the mean of 40 normal values: the share that covers the true mean is near 0.95 (n = 300: +-
  // 0.025).
  int covered = 0;
  for (std::uint64_t trial = 0; trial < 300; ++trial) {
    RandomStream random(trial, "test");
    std::vector<double> values(40);
    for (double& value : values) value = 3.0 + random.normal();
    const Summary summary = summarise(values, 400, trial);
    EXPECT_LE(summary.low, summary.mean);
    EXPECT_GE(summary.high, summary.mean);
    covered += summary.low <= 3.0 && 3.0 <= summary.high ? 1 : 0;
  }
  EXPECT_GT(covered, 300 * 0.89);
  EXPECT_LT(covered, 300 * 0.99);
}

TEST(Summary, FewValuesHaveNoInterval) {
  EXPECT_TRUE(std::isnan(summarise({}, 100, 1).mean));
  EXPECT_TRUE(std::isnan(summarise({kNaN}, 100, 1).mean));
  const Summary one = summarise({0.4, kNaN}, 100, 1);
  EXPECT_DOUBLE_EQ(one.mean, 0.4);
  EXPECT_DOUBLE_EQ(one.median, 0.4);
  EXPECT_TRUE(std::isnan(one.low));
  EXPECT_TRUE(std::isnan(summarise({1.0, 2.0}, 0, 1).low)) << "no resamples, no interval";
  EXPECT_DOUBLE_EQ(summarise({4.0, 1.0, 2.0}, 10, 1).median, 2.0);
}

TEST(EvaluationTable, ShowsMethodsInOrderAndMarksTheBestPrediction) {
  const std::string table = evaluation_table(example(), true);
  EXPECT_NE(table.find("2 held-out contexts"), std::string::npos) << table;
  EXPECT_LT(table.find("model"), table.find("identity"));
  EXPECT_LT(table.find("identity"), table.find("ceiling", table.find("identity")));
  EXPECT_NE(table.find("*0.850"), std::string::npos) << table;
  EXPECT_EQ(table.find("*0.990"), std::string::npos) << "the ceiling predicts nothing";
  EXPECT_NE(table.find("*0.0123"), std::string::npos) << "lower is better, small numbers keep their digits\n" << table;
  EXPECT_NE(table.find("IFNB | cell_type=NK  (held out, 30 true and 20 control cells)"), std::string::npos) << table;
}

TEST(EvaluationTable, AContextShowsTheScoresThatItHas) {
  auto evaluation = example();
  evaluation.summary.front().second.emplace_back("of_all", Summary{1.0, 1.0, kNaN, kNaN});
  evaluation.contexts.front().scores.front().second.emplace_back("of_one", 0.5);
  const std::string table = evaluation_table(evaluation, true);
  const auto count = [&](const std::string& word) {
    std::size_t found = 0;
    for (auto at = table.find(word); at != std::string::npos; at = table.find(word, at + 1)) ++found;
    return found;
  };
  EXPECT_EQ(count("of_all"), 1U) << table;
  EXPECT_EQ(count("of_one"), 1U) << table;
}

}  // namespace evaluation_test
}  // namespace brenier::train
