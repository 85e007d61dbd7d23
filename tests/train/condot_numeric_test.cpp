// Contexts from numbers and from molecules, from a file to predictions: trainer, runtime and the bare archive agree.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <tuple>

#include "core/error.h"
#include "core/random.h"
#include "data/h5ad/writer.h"
#include "data/molecule/molecule.h"
#include "runtime/predictor.h"
#include "tests/helpers/collecting_reporter.h"
#include "tests/helpers/temp_dir.h"
#include "tests/train/shipped_model.h"
#include "tests/train/small_experiment.h"
#include "train/run_experiment.h"
#include "train/table_view.h"

namespace brenier::train {
namespace condot_numeric_test {

// Cells of two features in donors of some ages: a drug moves them by age / 10 along the first feature.
data::CellTable cells_of_ages(const std::vector<std::string>& ages) {
  RandomStream random(3, "ages");
  std::vector<float> values;
  data::StringColumn perturbation;
  data::StringColumn age;
  for (const auto& one : ages) {
    for (int i = 0; i < 80; ++i) {
      const bool treated = i % 2 == 1;
      values.push_back(static_cast<float>(0.3 * random.normal() + (treated ? std::stod(one) / 10 : 0.0)));
      values.push_back(static_cast<float>(0.3 * random.normal()));
      perturbation.emplace_back(treated ? "drug" : "control");
      age.emplace_back(one);
    }
  }
  data::CellTable table;
  const auto rows = static_cast<std::int64_t>(perturbation.size());
  table.x = data::CellMatrix(data::DenseMatrix{rows, 2, std::move(values)});
  for (std::int64_t i = 0; i < rows; ++i) table.obs.index.push_back("c" + std::to_string(i));
  table.var.index = {"g0", "g1"};
  table.obs.set("perturbation", perturbation);
  table.obs.set("age", age);
  return table;
}

std::vector<std::string> by_age(const std::string& held_out) {
  return {R"(data.perturbation={"preset": "scperturb", "covariates": ["age"]})",
          R"(+data.descriptors=[{"of": "age", "numeric": true}])",
          R"(preprocess={"normalize_total": {"enabled": false}, "log1p": false, "genes": {"flavor": "none"}})",
          R"(split={"kind": "held_out_context", "held_out": [{"perturbation": "drug", "covariates": {"age": ")" +
              held_out + R"("}}]})",
          R"(model={"kind": "condot", "latent": {"kind": "data"}, "context": "one_hot", "steps": 4, "inner": 2,)"
          R"( "batch": 16, "retention": 1.0, "potential": {"hidden": [8, 8], "context_width": 4}})",
          R"(evaluate={"metrics": ["l2_mean"], "bootstrap": 0})"};
}

TEST(CondotNumeric, AnUnseenAgeLiesBetweenItsNeighboursAndIsShippedSo) {
  const tests::TempDir dir;
  const auto table = cells_of_ages({"20", "30", "40", "50", "60"});
  const auto settings = tests::small_experiment(dir.path(), by_age("40"), table);
  tests::CollectingReporter reporter;
  const auto folder = RunFolder::open(dir / "run", RunFolder::Mode::kNew, resolved_json(settings));
  const auto evaluation = run_experiment(settings, folder, reporter);
  ASSERT_EQ(evaluation.contexts.size(), 1U);
  EXPECT_LT(evaluation.summary_of("model", "l2_mean").mean, 0.3);  // the nearest age would be 1 off
  EXPECT_EQ(reporter.warnings.find("outside"), std::string::npos) << reporter.warnings;

  const auto prepared = prepare_data(settings, reporter);
  const TableView view(prepared);
  const auto trained = load_trained(settings, view.task(), dir / "run", reporter);
  const auto predictor = runtime::Predictor::load(dir / "run/model.pt");
  const auto at_age = [](const std::string& age) { return make_context({{"drug", 1.0}}, {{"age", age}}); };
  tests::expect_shipped_model_agrees(prepared, *trained.model, dir / "run/model.pt",
                                     {at_age("20"), at_age("40"), at_age("60")});
  const auto control = dense_rows(prepared.table, prepared.contexts.control_rows(at_age("40")));
  const auto moved = [&](const Context& context) {
    const auto shipped = predictor.predict(control, view.task().genes, context);
    EXPECT_LE((shipped - trained.model->predict(control, context)).abs().max().item<double>(), 1e-5);
    return (shipped - control).mean(0)[0].item<double>();
  };
  EXPECT_NEAR(moved(at_age("41")), 4.1, 0.25);
  EXPECT_NEAR(moved(at_age("34.5")), 3.45, 0.25);
  EXPECT_NEAR(moved(at_age("95")), 6.0, 0.25);  // beyond the range the nearest age
  EXPECT_TRUE(predictor.doubts(at_age("41")).empty());
  EXPECT_TRUE(predictor.unknown_covariates(at_age("41")).empty());
  ASSERT_EQ(predictor.doubts(at_age("95")).size(), 1U);
  EXPECT_NE(predictor.doubts(at_age("95"))[0].find("20 to 60"), std::string::npos);
  EXPECT_NE(predictor.doubts(make_context({{"drug", 1.0}}, {})).at(0).find("age is not given"), std::string::npos);
  EXPECT_THROW((void)predictor.predict(control, view.task().genes, at_age("middle")), Error);
}

TEST(CondotNumeric, SaysAHeldOutAgeOutsideTheRangeAndAValueThatIsNoNumber) {
  const tests::TempDir dir;
  tests::CollectingReporter reporter;
  const auto settings = tests::small_experiment(dir.path(), by_age("60"), cells_of_ages({"20", "30", "60"}));
  const auto folder = RunFolder::open(dir / "run", RunFolder::Mode::kNew, resolved_json(settings));
  (void)run_experiment(settings, folder, reporter);
  EXPECT_NE(reporter.warnings.find("age 60 lies outside the training range 20 to 30"), std::string::npos)
      << reporter.warnings;
  auto table = cells_of_ages({"20", "30", "60"});
  data::StringColumn ages;
  for (const auto& age : table.obs.labels("age")) ages.push_back(age == "30" ? "thirty" : *age);
  table.obs.set("age", ages);
  try {
    (void)prepare_data(tests::small_experiment(dir.path(), by_age("60"), table), reporter);
    FAIL() << "a text was taken for a number";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("'thirty'"), std::string::npos) << error.what();
  }
  auto both = by_age("60");
  both[1] = R"(+data.descriptors=[{"of": "perturbation", "numeric": true}])";
  EXPECT_THROW((void)tests::small_experiment(dir.path(), both), Error);
}

// Three drugs by their SMILES in obs; C is held out and looks like A.
data::CellTable cells_of_drugs() {
  RandomStream random(4, "drugs");
  std::vector<float> values;
  data::StringColumn perturbation;
  data::StringColumn smiles;
  const std::vector<std::tuple<std::string, std::string, double>> drugs = {
      {"control", "", 0}, {"A", "CCCCO", 2}, {"B", "c1ccccc1C(=O)O", -2}, {"C", "CCCCCO", 2}};
  for (const auto& [name, text, shift] : drugs) {
    for (int i = 0; i < 40; ++i) {
      values.push_back(static_cast<float>(0.3 * random.normal() + shift));
      values.push_back(static_cast<float>(0.3 * random.normal()));
      perturbation.emplace_back(name);
      smiles.emplace_back(text);
    }
  }
  data::CellTable table;
  table.x = data::CellMatrix(data::DenseMatrix{160, 2, std::move(values)});
  for (int i = 0; i < 160; ++i) table.obs.index.push_back("c" + std::to_string(i));
  table.var.index = {"g0", "g1"};
  table.obs.set("perturbation", perturbation);
  table.obs.set("SMILES", smiles);
  return table;
}

std::vector<std::string> by_molecule(const std::string& molecule) {
  auto overrides = by_age("60");
  overrides[0] = R"(data.perturbation={"preset": "scperturb"})";
  overrides[1] = R"(+data.descriptors=[{"smiles_column": "SMILES", "bits": 256, "molecule": ")" + molecule + "\"}]";
  overrides[3] = R"(split={"kind": "held_out_context", "held_out": [{"perturbation": "C"}]})";
  overrides.push_back("model.context=table");
  return overrides;
}

TEST(CondotMolecules, AnUnseenMoleculeMovesLikeTheOneItResembles) {
  if (!data::molecules_are_built_in()) GTEST_SKIP() << "built without RDKit (librdkit-dev, libboost-dev)";
  for (const char* molecule : {"morgan", "descriptors"}) {
    const tests::TempDir dir;
    tests::CollectingReporter reporter;
    const auto settings = tests::small_experiment(dir.path(), by_molecule(molecule), cells_of_drugs());
    const auto folder = RunFolder::open(dir / "run", RunFolder::Mode::kNew, resolved_json(settings));
    const auto evaluation = run_experiment(settings, folder, reporter);
    ASSERT_EQ(evaluation.contexts.size(), 1U);
    EXPECT_LT(evaluation.summary_of("model", "l2_mean").mean, 1.5) << molecule;  // B lies 4 off, the mean drug 2
    const auto prepared = prepare_data(settings, reporter);
    const TableView view(prepared);
    const auto trained = load_trained(settings, view.task(), dir / "run", reporter);
    tests::expect_shipped_model_agrees(prepared, *trained.model, dir / "run/model.pt", prepared.split.held_out);
  }
}

TEST(CondotMolecules, ABuildWithoutRdkitRefusesThem) {
  if (data::molecules_are_built_in()) GTEST_SKIP() << "built with RDKit";
  const tests::TempDir dir;
  SilentReporter reporter;
  try {
    (void)prepare_data(tests::small_experiment(dir.path(), by_molecule("morgan"), cells_of_drugs()), reporter);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("BRENIER_RDKIT=ON"), std::string::npos) << error.what();
  }
}

}  // namespace condot_numeric_test
}  // namespace brenier::train
