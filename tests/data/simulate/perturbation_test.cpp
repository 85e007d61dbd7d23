#include "data/simulate/perturbation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "core/config/read.h"
#include "core/error.h"
#include "data/h5ad/reader.h"
#include "data/h5ad/writer.h"
#include "data/perturbation/context_table.h"
#include "tests/core/throws.h"
#include "tests/data/small_table.h"
#include "tests/helpers/temp_dir.h"

namespace brenier::tests::simulate_perturbation_test {

data::SimulatePerturbationSettings small() {
  data::SimulatePerturbationSettings settings;
  settings.genes = 30;
  settings.cell_types = 3;
  settings.perturbations = 3;
  settings.cells = 20;
  settings.control_cells = 30;
  return settings;
}

data::ContextTable simulated_contexts(const data::SimulatedPerturbation& simulated) {
  data::PerturbationSettings grammar;
  grammar.preset = "scperturb";
  grammar.covariates = {"cell_type"};
  return data::label_contexts(simulated.table, grammar);
}

TEST(SimulatePerturbation, ContextsAreWhatTheGrammarReads) {
  auto settings = small();
  settings.pairs = 2;
  settings.doses = {0.1, 1.0, 10.0};
  const auto simulated = data::simulate_perturbation(settings);
  const auto contexts = simulated_contexts(simulated);
  EXPECT_EQ(simulated.contexts.size(), 3U + 3U * 5U * 3U);
  EXPECT_EQ(contexts.contexts, simulated.contexts);
  for (std::size_t k = 0; k < contexts.contexts.size(); ++k) {
    EXPECT_EQ(contexts.rows[k].size(), contexts.contexts[k].is_control() ? 30U : 20U);
  }
  EXPECT_EQ(simulated.log_shift.size(), simulated.contexts.size() * 30U);
  const auto nperts = simulated.table.obs.numbers("nperts");
  for (std::size_t i = 0; i < nperts.size(); ++i) {
    const auto& context = contexts.contexts[static_cast<std::size_t>(contexts.context_of[i])];
    EXPECT_EQ(nperts[i], static_cast<double>(context.actions.size()));
  }
}

TEST(SimulatePerturbation, SameSeedSameBytesAnotherSeedOthers) {
  auto settings = small();
  settings.pairs = 1;
  const auto a = data::simulate_perturbation(settings);
  const auto b = data::simulate_perturbation(settings);
  EXPECT_EQ(a.table.x.sparse().indptr, b.table.x.sparse().indptr);
  EXPECT_EQ(a.table.x.sparse().indices, b.table.x.sparse().indices);
  EXPECT_EQ(a.table.x.sparse().values, b.table.x.sparse().values);
  EXPECT_EQ(a.log_shift, b.log_shift);
  EXPECT_EQ(a.table.obs, b.table.obs);
  settings.seed = 1;
  EXPECT_NE(data::simulate_perturbation(settings).table.x.sparse().values, a.table.x.sparse().values);
}

// Mean and variance of each gene's counts over the cells of one context.
struct Moments {
  std::vector<double> mean;
  std::vector<double> variance;
};

Moments moments(const data::CellTable& table, const std::vector<std::int64_t>& rows) {
  const auto genes = static_cast<std::size_t>(table.genes());
  std::vector<float> dense(rows.size() * genes);
  table.x.rows_dense(rows, dense.data());
  Moments out{std::vector<double>(genes, 0.0), std::vector<double>(genes, 0.0)};
  const auto n = static_cast<double>(rows.size());
  for (std::size_t k = 0; k < dense.size(); ++k) out.mean[k % genes] += static_cast<double>(dense[k]) / n;
  for (std::size_t k = 0; k < dense.size(); ++k) {
    const double d = static_cast<double>(dense[k]) - out.mean[k % genes];
    out.variance[k % genes] += d * d / (n - 1.0);
  }
  return out;
}

TEST(SimulatePerturbation, CountsHaveTheMomentsOfTheNegativeBinomial) {
  for (const double dispersion : {0.0, 0.3}) {
    auto settings = small();
    settings.cell_types = 1;
    settings.perturbations = 1;
    settings.control_cells = 20000;
    settings.cells = 1;
    settings.cell_noise = 0.0;
    settings.library_sigma = 0.0;
    settings.library_size = 600;
    settings.dispersion = dispersion;
    const auto simulated = data::simulate_perturbation(settings);
    const auto found = moments(simulated.table, simulated_contexts(simulated).rows[0]);
    for (std::size_t g = 0; g < 30; ++g) {
      const double mean = std::exp(simulated.log_mean[g]);
      const double variance = mean + dispersion * mean * mean;
      EXPECT_NEAR(found.mean[g], mean, 5.0 * std::sqrt(variance / 20000.0)) << g;
      // The standard error of a variance is about variance sqrt((kurtosis - 1) / n); kurtosis of this family < 3 + 6 a
      // + 1 / v.
      const double kurtosis = 3.0 + 6.0 * dispersion + 1.0 / variance;
      EXPECT_NEAR(found.variance[g], variance, 6.0 * variance * std::sqrt((kurtosis - 1.0) / 20000.0)) << g;
    }
  }
}

TEST(SimulatePerturbation, LibraryAndCellNoiseKeepTheStatedMean) {
  auto settings = small();
  settings.cell_types = 2;
  settings.perturbations = 1;
  settings.control_cells = 20000;
  settings.library_sigma = 0.4;
  settings.cell_noise = 0.3;
  const auto simulated = data::simulate_perturbation(settings);
  const auto contexts = simulated_contexts(simulated);
  for (std::size_t k = 0; k < 2; ++k) {
    const auto found = moments(simulated.table, contexts.rows[k]);
    for (std::size_t g = 0; g < 30; ++g) {
      const double mean = std::exp(simulated.log_mean[k * 30 + g]);
      EXPECT_NEAR(found.mean[g], mean, 5.0 * std::sqrt(found.variance[g] / 20000.0)) << g;
    }
  }
}

TEST(SimulatePerturbation, TheKnownEffectIsFoundInTheCells) {
  auto settings = small();
  settings.cells = 4000;
  settings.control_cells = 4000;
  settings.doses = {0.2, 5.0};
  settings.effect_genes = 0.5;
  const auto simulated = data::simulate_perturbation(settings);
  const auto contexts = simulated_contexts(simulated);
  for (std::size_t k = 0; k < contexts.contexts.size(); ++k) {
    const auto& context = contexts.contexts[k];
    if (context.is_control()) continue;
    const auto treated = moments(simulated.table, contexts.rows[k]);
    const auto control = moments(simulated.table, contexts.control_rows(context));
    for (std::size_t g = 0; g < 30; ++g) {
      const double found = std::log(treated.mean[g] / control.mean[g]);
      const double error = std::sqrt(treated.variance[g] / (4000.0 * treated.mean[g] * treated.mean[g]) +
                                     control.variance[g] / (4000.0 * control.mean[g] * control.mean[g]));
      EXPECT_NEAR(found, simulated.log_shift[k * 30 + g], 5.0 * error) << to_string(context) << " gene " << g;
    }
  }
}

std::vector<double> shift_of(const data::SimulatedPerturbation& simulated, const std::vector<Action>& actions,
                             const std::string& type) {
  const Context context = make_context(actions, {{"cell_type", type}});
  const auto at = std::lower_bound(simulated.contexts.begin(), simulated.contexts.end(), context);
  EXPECT_TRUE(at != simulated.contexts.end() && *at == context) << to_string(context);
  const auto genes = static_cast<std::ptrdiff_t>(simulated.table.genes());
  const auto begin = simulated.log_shift.begin() + (at - simulated.contexts.begin()) * genes;
  return {begin, begin + genes};
}

TEST(SimulatePerturbation, PairsAddUpWithTheirInteraction) {
  auto settings = small();
  settings.pairs = 3;
  for (const double interaction : {0.0, 0.8}) {
    settings.interaction = interaction;
    const auto simulated = data::simulate_perturbation(settings);
    for (const std::string type : {"type_1", "type_3"}) {
      const auto a = shift_of(simulated, {{"pert_1", 1.0}}, type);
      const auto b = shift_of(simulated, {{"pert_3", 1.0}}, type);
      const auto both = shift_of(simulated, {{"pert_1", 1.0}, {"pert_3", 1.0}}, type);
      for (std::size_t g = 0; g < both.size(); ++g)
        EXPECT_NEAR(both[g], a[g] + b[g] + interaction * a[g] * b[g], 1e-12);
    }
  }
}

TEST(SimulatePerturbation, DosesFollowAHillCurveThroughOne) {
  auto settings = small();
  settings.doses = {0.01, 1.0, 1000.0};
  const auto dosed = data::simulate_perturbation(settings);
  settings.doses.clear();
  const auto plain = data::simulate_perturbation(settings);
  const auto low = shift_of(dosed, {{"pert_2", 0.01}}, "type_2");
  const auto one = shift_of(dosed, {{"pert_2", 1.0}}, "type_2");
  const auto high = shift_of(dosed, {{"pert_2", 1000.0}}, "type_2");
  const auto undosed = shift_of(plain, {{"pert_2", 1.0}}, "type_2");
  for (std::size_t g = 0; g < one.size(); ++g) {
    EXPECT_NEAR(one[g], undosed[g], 1e-12);
    EXPECT_LE(std::abs(low[g]), 0.2 * std::abs(one[g]) + 1e-12);
    EXPECT_GE(std::abs(high[g]), std::abs(one[g]) - 1e-12);
  }
}

TEST(SimulatePerturbation, ModulationMakesTheEffectDependOnTheCellType) {
  auto settings = small();
  settings.modulation = 0.0;
  const auto same = data::simulate_perturbation(settings);
  EXPECT_EQ(shift_of(same, {{"pert_1", 1.0}}, "type_1"), shift_of(same, {{"pert_1", 1.0}}, "type_3"));
  settings.modulation = 0.6;
  settings.cell_types = 9;
  const auto varied = data::simulate_perturbation(settings);
  const auto distance = [&](const std::string& a, const std::string& b) {
    const auto x = shift_of(varied, {{"pert_1", 1.0}}, a);
    const auto y = shift_of(varied, {{"pert_1", 1.0}}, b);
    double sum = 0.0;
    for (std::size_t g = 0; g < x.size(); ++g) sum += (x[g] - y[g]) * (x[g] - y[g]);
    return std::sqrt(sum);
  };
  EXPECT_GT(distance("type_1", "type_9"), 0.1);
  EXPECT_LT(distance("type_4", "type_5"), 0.5 * distance("type_1", "type_9"));  // neighbours respond alike
}

TEST(SimulatePerturbation, TheFileHoldsCellsAndTruth) {
  auto settings = small();
  settings.pairs = 1;
  settings.doses = {0.5, 2.0};
  const auto simulated = data::simulate_perturbation(settings);
  const TempDir dir;
  data::write_h5ad(to_ann_data(simulated), dir / "s.h5ad");
  const auto back = data::read_cells(dir / "s.h5ad");
  EXPECT_EQ(back.x.sparse().values, simulated.table.x.sparse().values);
  const auto file = data::read_h5ad(dir / "s.h5ad");
  const auto* shift = file.varm.find("true_log_shift")->as<data::NumericArray>();
  ASSERT_NE(shift, nullptr);
  const auto contexts = static_cast<std::int64_t>(simulated.contexts.size());
  EXPECT_EQ(shift->shape, (std::vector<std::int64_t>{30, contexts}));
  EXPECT_EQ(shift->at(3 * contexts + 7), simulated.log_shift[7 * 30 + 3]);
  EXPECT_EQ(file.uns.find("true_contexts")->as<data::StringArray>()->values[7], to_string(simulated.contexts[7]));
  data::PerturbationSettings grammar;
  grammar.preset = "scperturb";
  grammar.covariates = {"cell_type"};
  EXPECT_EQ(data::label_contexts(back, grammar).contexts, simulated.contexts);
}

TEST(SimulatePerturbation, WrongSettingsAreRefused) {
  auto settings = small();
  settings.pairs = 4;
  EXPECT_NE(error_text(ErrorKind::kUsage, [&] { (void)data::simulate_perturbation(settings); }).find("at most 3"),
            std::string::npos);
  const auto read = [](const char* text) {
    return error_text(ErrorKind::kUsage, [&] {
      (void)read_settings<data::SimulatePerturbationSettings>(document_from(nlohmann::ordered_json::parse(text), "."));
    });
  };
  EXPECT_NE(read(R"({"pairs": 7, "perturbations": 4})").find("pairs"), std::string::npos);
  EXPECT_NE(read(R"({"doses": [1, 2, 1]})").find("doses"), std::string::npos);
  EXPECT_NE(read(R"({"doses": [-1]})").find("doses"), std::string::npos);
  EXPECT_NE(read(R"({"dispersion": -0.1})").find("dispersion"), std::string::npos);
}

}  // namespace brenier::tests::simulate_perturbation_test
