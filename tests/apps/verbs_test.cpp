// Each verb as a user types it: what it prints, what it writes, how it ends.
#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "core/io/atomic_file.h"
#include "tests/apps/command_line.h"
#include "tests/apps/small_run.h"
#include "tests/helpers/repository.h"
#include "tests/helpers/temp_dir.h"

namespace brenier::tests {
namespace verbs_test {

class Verbs : public SmallRun {};

TEST_F(Verbs, TrainPrintsModelBaselinesAndCeilingAndFillsTheRunFolder) {
  for (const auto* word : {"model", "identity", "mean shift", "additive", "nearest context", "linear", "ceiling"}) {
    EXPECT_NE(table_.find(word), std::string::npos) << word << " is not in\n" << table_;
  }
  for (const auto* file :
       {"config.json", "split.json", "metrics.jsonl", "model.pt", "evaluation.json", "report.html", "checkpoints"}) {
    EXPECT_TRUE(std::filesystem::exists(at("run/" + std::string(file)))) << file;
  }
  const auto report = read_file(at("run/report.html"));
  EXPECT_NE(report.find("default-src 'none'"), std::string::npos) << "the page could reach for the network";
}

TEST_F(Verbs, TrainRefusesAFolderThatHoldsARun) {
  const auto again = brenier("train '" + at("small.json") + "' --out '" + at("run") + "'");
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_NE(again.err.find("finished run"), std::string::npos) << again.err;
  EXPECT_NE(again.err.find("--overwrite"), std::string::npos) << again.err;
}

TEST_F(Verbs, EvaluateOfRunAndModelGiveTheScoresOfTraining) {
  const auto trained = nlohmann::json::parse(read_file(at("run/evaluation.json")));
  for (const auto& target : {at("run"), at("run/model.pt")}) {
    const auto result = brenier("evaluate '" + target + "' --json");
    ASSERT_EQ(result.exit_code, 0) << result.err;
    const auto again = nlohmann::json::parse(result.out);
    for (const auto* method : {"model", "identity", "linear", "ceiling"}) {
      EXPECT_NEAR(again["summary"][method]["r2_mean"]["mean"].get<double>(),
                  trained["summary"][method]["r2_mean"]["mean"].get<double>(), 1e-5)
          << target << " " << method;
    }
  }
}

TEST_F(Verbs, EvaluateTakesChosenMetricsAndWritesCsv) {
  const auto result =
      brenier("evaluate '" + at("run") + "' --metrics r2_mean,gears --cell-bootstrap 5 --cell-level 90 " + "--csv '" +
              at("scores.csv") + "' --file '" + at("scores.json") + "'");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("frac_correct_direction_tscore20"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("model 90 %"), std::string::npos) << result.out;
  EXPECT_NE(read_file(at("scores.csv")).find("context,pert_1 | cell_type=type_2,true,"), std::string::npos);
  const auto json = nlohmann::json::parse(read_file(at("scores.json")));
  EXPECT_EQ(json["contexts"][0]["ci90"]["model"]["r2_mean"].size(), 2U);
}

TEST_F(Verbs, EvaluateComparesTwoFiles) {
  const std::string files = "evaluate --predicted '" + at("cells.h5ad") + "' --true '" + at("cells.h5ad") + "' ";
  const auto result =
      brenier(files + "--preset scperturb --covariate cell_type --metrics default,cell_eval --threads 1 --json");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto json = nlohmann::json::parse(result.out);
  EXPECT_EQ(json["contexts"].size(), 6U);
  EXPECT_DOUBLE_EQ(json["summary"]["model"]["r2_mean"]["mean"].get<double>(), 1.0);
  EXPECT_DOUBLE_EQ(json["summary"]["model"]["discrimination_score_l1"]["mean"].get<double>(), 1.0);
  EXPECT_NE(result.err.find("no baseline but identity"), std::string::npos) << result.err;
  const auto column = brenier(files + "--perturbation-column treatment");
  EXPECT_EQ(column.exit_code, 3);
  EXPECT_NE(column.err.find("treatment"), std::string::npos) << column.err;
}

TEST_F(Verbs, PredictWritesTheControlCellsUnderThePerturbation) {
  const auto result = brenier("predict '" + at("run/model.pt") + "' --input '" + at("cells.h5ad") +
                              "' --perturbation pert_1 --output '" + at("out.h5ad") + "' --json");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto json = nlohmann::json::parse(result.out);
  EXPECT_EQ(json["cells"], 120);
  EXPECT_EQ(json["contexts"].size(), 3u);
  const auto inspected = brenier("inspect '" + at("out.h5ad") + "' --json");
  ASSERT_EQ(inspected.exit_code, 0) << inspected.err;
  EXPECT_EQ(nlohmann::json::parse(inspected.out)["obs"]["rows"], 120);
}

TEST_F(Verbs, PredictNamesAnUnknownPerturbationAndTheNearestKnownOne) {
  const auto result = brenier("predict '" + at("run/model.pt") + "' -i '" + at("cells.h5ad") + "' -p pert_11 -o '" +
                              at("no.h5ad") + "'");
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_NE(result.err.find("pert_11"), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("'pert_1'"), std::string::npos) << result.err;
  EXPECT_FALSE(std::filesystem::exists(at("no.h5ad")));
}

TEST_F(Verbs, InspectKnowsDataModelAndRun) {
  const auto data = brenier("inspect '" + at("cells.h5ad") + "'");
  EXPECT_EQ(data.exit_code, 0) << data.err;
  EXPECT_NE(data.out.find("raw counts"), std::string::npos) << data.out;
  EXPECT_NE(data.out.find("perturbation"), std::string::npos);
  const auto model = brenier("inspect '" + at("run/model.pt") + "'");
  EXPECT_EQ(model.exit_code, 0) << model.err;
  EXPECT_NE(model.out.find("condot"), std::string::npos) << model.out;
  EXPECT_NE(model.out.find("pert_2"), std::string::npos) << model.out;
  const auto run = brenier("inspect '" + at("run") + "'");
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_NE(run.out.find("finished run"), std::string::npos) << run.out;
}

TEST_F(Verbs, InspectShowsTheCardOfAModel) {
  const auto card = brenier("inspect '" + at("run/model.pt") + "'");
  ASSERT_EQ(card.exit_code, 0) << card.err;
  for (const auto* words : {"cells.h5ad", "held_out_context, seed 0", "unperturbed",
                            "each cell scaled to 1000 over 40 genes, then log(1 + x)", "training contexts (5)",
                            "held-out contexts (1)\n  pert_1 | cell_type=type_2", "nearest context", "ceiling",
                            "r2_mean", "brenier predict", "Predictor::load(",
                            "make_context({{\"pert_1\", 1}}, {{\"cell_type\", \"type_1\"}})", "torch.jit.load("}) {
    EXPECT_NE(card.out.find(words), std::string::npos) << words << " is not in\n" << card.out;
  }
  const auto json = nlohmann::json::parse(brenier("inspect '" + at("run/model.pt") + "' --json").out);
  EXPECT_EQ(json["training"]["data"], "cells.h5ad");
  EXPECT_EQ(json["training"]["genes"], 40);
  EXPECT_EQ(json["training"]["held_out_cells"], 40);
  EXPECT_EQ(json["training"]["held_out"].size(), 1U);
  EXPECT_EQ(json["gene_means"].size(), 40U);
  EXPECT_TRUE(json["metrics"]["evaluation"].contains("linear"));
  EXPECT_TRUE(json["usage"].contains("python"));
}

TEST_F(Verbs, TheCommandLineOfACardWorks) {
  auto command = nlohmann::json::parse(brenier("inspect '" + at("run/model.pt") + "' --json").out)["usage"]["command"]
                     .get<std::string>();
  ASSERT_TRUE(command.starts_with("brenier ")) << command;
  command.erase(0, 8);
  for (const auto& [word, path] : {std::pair{"CELLS.h5ad", at("cells.h5ad")}, std::pair{"OUT.h5ad", at("card.h5ad")}})
    command.replace(command.find(word), std::string(word).size(), path);
  const auto result = brenier(command);
  EXPECT_EQ(result.exit_code, 0) << command << "\n" << result.err;
}

TEST_F(Verbs, ExportAndReportWriteTheirFiles) {
  const auto exported = brenier("export '" + at("run") + "' --output '" + at("copy.pt") + "'");
  ASSERT_EQ(exported.exit_code, 0) << exported.err;
  EXPECT_EQ(read_file(at("copy.pt")), read_file(at("run/model.pt")));
  const auto report = brenier("report '" + at("run") + "' --output '" + at("page.html") + "'");
  ASSERT_EQ(report.exit_code, 0) << report.err;
  EXPECT_NE(read_file(at("page.html")).find("<svg"), std::string::npos);
  // The data have more than two features.
  const auto figure = brenier("report '" + at("run") + "' --figure maps --output '" + at("maps.svg") + "'");
  EXPECT_EQ(figure.exit_code, 2);
  EXPECT_NE(figure.err.find("two features"), std::string::npos) << figure.err;
  EXPECT_FALSE(std::filesystem::exists(at("maps.svg")));
}

TEST_F(Verbs, ReportComparesRunsSideBySide) {
  const auto second = brenier("train '" + at("small.json") + "' -s seed=11 --out '" + at("second") + "'");
  ASSERT_EQ(second.exit_code, 0) << second.err;
  const std::string both = "report '" + at("run") + "' '" + at("second") + "' ";
  const auto report = brenier(both + "--output '" + at("both.html") + "'");
  ASSERT_EQ(report.exit_code, 0) << report.err;
  EXPECT_EQ(report.out, at("both.html") + "\n");
  const auto page = read_file(at("both.html"));
  for (const char* part : {"run 1, run", "run 2, second", "default-src 'none'", "Training", "seed", "ceiling"}) {
    EXPECT_NE(page.find(part), std::string::npos) << part;
  }
  // The scores come from the folders: other data would be in none of them.
  const auto other = brenier(both + "--data '" + at("cells.h5ad") + "' --output '" + at("other.html") + "'");
  EXPECT_EQ(other.exit_code, 2);
  for (const char* part : {"several runs", "--data", "one run with this option"}) {
    EXPECT_NE(other.err.find(part), std::string::npos) << part << "\n" << other.err;
  }
  const auto figure = brenier(both + "--figure maps --output '" + at("other.html") + "'");
  EXPECT_EQ(figure.exit_code, 2);
  EXPECT_NE(figure.err.find("--figure"), std::string::npos) << figure.err;
  EXPECT_FALSE(std::filesystem::exists(at("other.html")));
  const auto none = brenier("report '" + at("run") + "' '" + at("nowhere") + "' --output '" + at("other.html") + "'");
  EXPECT_EQ(none.exit_code, 3) << none.err;
  EXPECT_NE(none.err.find("nowhere"), std::string::npos) << none.err;
}

TEST_F(Verbs, PreprocessWritesChosenGenesAndComponents) {
  const auto result = brenier("preprocess '" + at("cells.h5ad") + "' --output '" + at("ready.h5ad") +
                              "' --genes seurat_v3 --n-top 20 --pca 5");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto json = nlohmann::json::parse(brenier("inspect '" + at("ready.h5ad") + "' --json").out);
  EXPECT_EQ(json["var"]["rows"], 20);
  EXPECT_TRUE(json["obsm"].contains("X_pca")) << json["obsm"].dump();
}

TEST_F(Verbs, SimulateGivesTheSameBytesForTheSameSeed) {
  for (const auto* name : {"a.h5ad", "b.h5ad"}) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1100));  // the time of day has no part in it
    ASSERT_EQ(brenier("simulate perturbation --seed 9 -s genes=30 -s cells=10 --output '" + at(name) + "'").exit_code,
              0);
  }
  EXPECT_TRUE(read_file(at("a.h5ad")) == read_file(at("b.h5ad")));
}

TEST_F(Verbs, SimulateMakesFilesOfKnownMechanisms) {
  const std::pair<const char*, const char*> kinds[] = {
      {"svae", "-s actions=6 -s test_actions=2 -s latents=4 -s cells=10 -s control_cells=9 -s genes=12"},
      {"sams", "-s actions=6 -s train_cells=5 -s validation_cells=2 -s test_cells=3 -s control_cells=9 -s genes=12"},
      {"causal-chain", "-s latents=3 -s observed=12 -s control_cells=9 -s single_cells=20 -s double_cells=0"}};
  for (const auto& [kind, settings] : kinds) {
    const std::string command = "simulate " + std::string(kind) + " " + settings + " --json --output ";
    const auto made = brenier(command + "'" + at("a.h5ad") + "'");
    ASSERT_EQ(made.exit_code, 0) << made.err;
    const auto json = nlohmann::json::parse(made.out);
    EXPECT_EQ(json["cells"], 69) << kind;
    EXPECT_EQ(json["genes"], 12) << kind;
    EXPECT_EQ(json["contexts"], std::string(kind) == "causal-chain" ? 3 : 6);
    ASSERT_EQ(brenier(command + "'" + at("b.h5ad") + "'").exit_code, 0);
    EXPECT_TRUE(read_file(at("a.h5ad")) == read_file(at("b.h5ad"))) << kind;
    const auto shown = brenier("inspect '" + at("a.h5ad") + "'");
    EXPECT_NE(shown.out.find("true_masks"), std::string::npos) << shown.out;
    const auto help = brenier("simulate " + std::string(kind) + " --help");
    EXPECT_NE(help.out.find("Example"), std::string::npos) << help.out;
    const auto wrong = brenier("simulate " + std::string(kind) + " -s latents=0 --output '" + at("c.h5ad") + "'");
    EXPECT_EQ(wrong.exit_code, 2);
    EXPECT_NE(wrong.err.find("latents"), std::string::npos) << wrong.err;
  }
}

TEST_F(Verbs, SimulateTakesItsSeedFromEitherOption) {
  const auto simulate = [](const std::string& options, const std::string& name) {
    const auto made =
        brenier("simulate perturbation -s genes=30 -s cells=10 " + options + " --output '" + at(name) + "'");
    EXPECT_EQ(made.exit_code, 0) << made.err;
    return read_file(at(name));
  };
  const auto by_flag = simulate("--seed 4", "flag.h5ad");
  EXPECT_TRUE(simulate("-s seed=4", "setting.h5ad") == by_flag);
  EXPECT_FALSE(simulate("", "default.h5ad") == by_flag);
}

TEST(Schema, TheShippedSchemaIsTheGeneratedOne) {
  const auto result = brenier("schema");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto shipped = read_file(repository_file("configs/schema/experiment.json"));
  EXPECT_EQ(result.out, shipped) << "run: brenier schema > configs/schema/experiment.json";
}

TEST(Schema, EveryShippedExperimentIsValid) {
  for (const auto& file : std::filesystem::directory_iterator(repository_file("configs/experiment"))) {
    const auto result = brenier("validate '" + file.path().string() + "'");
    EXPECT_EQ(result.exit_code, 0) << file.path() << "\n" << result.err;
  }
}

TEST(Help, EveryVerbHasHelpWithAnExample) {
  for (const auto* verb : {"train", "evaluate", "predict", "export", "report", "inspect", "validate", "schema",
                           "simulate perturbation", "preprocess"}) {
    const auto result = brenier(std::string(verb) + " --help");
    EXPECT_EQ(result.exit_code, 0) << verb;
    EXPECT_NE(result.out.find("Example"), std::string::npos) << verb;
  }
  EXPECT_EQ(brenier("--version").exit_code, 0);
  EXPECT_EQ(brenier("").exit_code, 2);
  const auto mistyped = brenier("trian x.json");
  EXPECT_EQ(mistyped.exit_code, 2);
  EXPECT_NE(mistyped.err.find("did you mean 'train'?"), std::string::npos) << mistyped.err;
}

}  // namespace verbs_test
}  // namespace brenier::tests
