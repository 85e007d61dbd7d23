// The metrics of other tools against those tools (cell-eval) or their formulas (perturbench, CellOT, GEARS), see
// tests/oracle/metric/make_parity.py; and what must hold of every metric.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "core/error.h"
#include "core/random.h"
#include "tests/helpers/repository.h"
#include "train/metric/across_contexts.h"
#include "train/metric/correlation.h"
#include "train/metric/metric.h"
#include "train/metric/metric_sets.h"

namespace brenier::train {
namespace parity_test {

constexpr double kTolerance = 1e-6;

at::Tensor matrix(const nlohmann::json& rows) {
  std::vector<float> values;
  for (const auto& row : rows) {
    for (const double value : row) values.push_back(static_cast<float>(value));
  }
  return at::tensor(values).reshape({std::ssize(rows), std::ssize(rows.at(0))});
}

struct Parity {
  nlohmann::json json;
  std::vector<std::string> perturbations;
  std::vector<std::string> genes;
  Parity() {
    std::ifstream file(tests::repository_file("tests/oracle/metric/parity.json"));
    json = nlohmann::json::parse(file);
    perturbations = json.at("perturbations").get<std::vector<std::string>>();
    genes = json.at("genes").get<std::vector<std::string>>();
  }
  [[nodiscard]] at::Tensor cells(const std::string& side, const std::string& name) const {
    return matrix(json.at("cells").at(side).at(name));
  }
  // own: the prediction with the control cells of its own side, as cell-eval and perturbench have it.
  [[nodiscard]] Comparison comparison(const std::string& name, bool own) const {
    const Comparison one(cells("true", "control"), cells("pred", name), cells("true", name));
    return own ? one.with_predicted(cells("pred", name), cells("pred", "control")) : one;
  }
  [[nodiscard]] std::vector<ContextProfile> profiles() const {
    std::vector<ContextProfile> out;
    for (const auto& name : perturbations) {
      const Context context = make_context({{name, 1.0}}, {});
      const Comparison one = comparison(name, true);
      out.push_back(make_profile(context, target_genes(context, genes), one, one, {true, true}));
    }
    return out;
  }
};

void expect_value(double value, const nlohmann::json& expected, const std::string& what) {
  if (expected.is_null()) {
    EXPECT_TRUE(std::isnan(value)) << what << ' ' << value;
    return;
  }
  EXPECT_NEAR(value, expected.get<double>(), kTolerance * std::max(1.0, std::abs(expected.get<double>()))) << what;
}

void expect_tool(const std::string& tool, bool own) {
  const Parity parity;
  const auto profiles = parity.profiles();
  std::map<std::string, Comparison> comparisons;
  for (const auto& name : parity.perturbations) comparisons.emplace(name, parity.comparison(name, own));
  for (const auto& [name, expected] : parity.json.at(tool).items()) {
    const Metric metric = make_metric(name);
    if (metric.scope == Scope::kAllContexts) {
      expect_value(metric.compute_all(profiles).front(), expected, name);
      continue;
    }
    std::vector<double> values;
    if (metric.scope == Scope::kContexts) values = metric.compute_all(profiles);
    for (std::size_t k = 0; k < parity.perturbations.size(); ++k) {
      const std::string& perturbation = parity.perturbations[k];
      const double value = values.empty() ? metric(comparisons.at(perturbation)) : values[k];
      expect_value(value, expected.contains(perturbation) ? expected.at(perturbation) : nlohmann::json(),
                   tool + " " + name + " " + perturbation);
    }
  }
}

TEST(Parity, CellEvalsOwnNumbers) { expect_tool("cell_eval", true); }
TEST(Parity, PerturbenchsFormulas) { expect_tool("perturbench", true); }
TEST(Parity, CellOtsFormulas) { expect_tool("cellot", false); }
TEST(Parity, GearssFormulas) { expect_tool("gears", false); }

TEST(Parity, EveryMetricOfTheSetsIsCompared) {
  const Parity parity;
  for (const char* tool : {"cell_eval", "perturbench", "cellot", "gears"}) {
    for (const auto& name : expand_metrics({tool})) {
      const Metric metric = make_metric(name);
      // A metric on chosen genes is compared where its metric and its choice are.
      const std::string base = metric.genes.kind == GeneChoice::Kind::kAll ? name : name.substr(0, name.rfind('_'));
      if (base == "spread_error") continue;  // of no other tool
      EXPECT_TRUE(parity.json.at(tool).contains(base)) << tool << ' ' << name;
    }
  }
}

// A prediction made of the very true cells, in the right places.
TEST(AcrossContexts, APerfectPredictionIsFoundAndACollapsedOneIsNot) {
  const Parity parity;
  std::vector<ContextProfile> perfect;
  std::vector<ContextProfile> collapsed;
  const at::Tensor control = parity.cells("true", "control");
  std::vector<at::Tensor> all;
  for (const auto& name : parity.perturbations) all.push_back(parity.cells("true", name));
  const at::Tensor pooled = at::cat(all);
  for (std::size_t k = 0; k < all.size(); ++k) {
    const Context context = make_context({{parity.perturbations[k], 1.0}}, {});
    const Comparison same(control, all[k], all[k]);
    const Comparison mean(control, pooled, all[k]);
    perfect.push_back(make_profile(context, {}, same, same, {true, true}));
    collapsed.push_back(make_profile(context, {}, mean, mean, {true, true}));
  }
  for (const Metric& metric : metric_list()) {
    if (metric.scope == Scope::kContext) continue;
    const bool higher = metric.direction == Direction::kHigherIsBetter;
    for (const double value : metric.compute_all(perfect)) {
      EXPECT_NEAR(value, higher ? 1.0 : 0.0, 1e-9) << metric.name;
    }
    if (metric.name.rfind("rank_", 0) == 0) {
      for (const double value : metric.compute_all(collapsed)) {
        EXPECT_DOUBLE_EQ(value, 0.4) << metric.name << ": every prediction is the same, so all places are equal";
      }
    }
  }
  EXPECT_DOUBLE_EQ(spread_error(collapsed), 1.0);
  double mean = 0.0;
  for (const double value : discrimination_scores(collapsed, EffectDistance::kL1)) mean += value / 5.0;
  EXPECT_NEAR(mean, 0.6, 1e-12) << "each truth is taken once for each place";
}

TEST(AcrossContexts, OneContextHasNoPlace) {
  const Parity parity;
  auto profiles = parity.profiles();
  profiles.resize(1);
  for (const Metric& metric : metric_list()) {
    if (metric.scope == Scope::kContext || metric.name == "de_spearman_sig") continue;
    if (metric.name.find("scaled") != std::string::npos && metric.name.rfind("rank_", 0) != 0) continue;
    for (const double value : metric.compute_all(profiles)) EXPECT_TRUE(std::isnan(value)) << metric.name;
  }
}

TEST(AcrossContexts, RanksAreAmongEqualCovariates) {
  const Parity parity;
  auto profiles = parity.profiles();
  const auto together = profile_ranks(profiles, Aggregation::kLogFoldChange, Similarity::kCosine);
  profiles[0].context.covariates["type"] = "B";
  profiles[1].context.covariates["type"] = "B";
  profiles[2].context.covariates["type"] = "T";
  const auto apart = profile_ranks(profiles, Aggregation::kLogFoldChange, Similarity::kCosine);
  EXPECT_TRUE(apart[0] == 0.0 || apart[0] == 0.5);
  EXPECT_TRUE(std::isnan(apart[2])) << "alone";
  EXPECT_FALSE(std::isnan(together[2]));
}

TEST(MetricList, NamesAreDistinctAndScoresDoNotDependOnTheOrderOfTrueCells) {
  const Parity parity;
  const Comparison one = parity.comparison("pC", false);
  RandomStream random(4, "test");
  const at::Tensor order = at::tensor(random.permutation(one.truth().size()), at::kLong);
  const Comparison other(one.control().cells(), one.predicted().cells(), one.truth().cells().index_select(0, order));
  std::set<std::string> names;
  for (const Metric& metric : metric_list()) {
    EXPECT_TRUE(names.insert(metric.name).second) << metric.name;
    EXPECT_FALSE(metric.summary.empty());
    if (metric.scope != Scope::kContext || metric.name.rfind("enrichment", 0) == 0) continue;
    if (metric.name == "mmd_10kernels") continue;  // of blocks of cells in their order, as published
    const double a = metric(one);
    const double b = metric(other);
    EXPECT_TRUE(std::abs(a - b) <= 1e-9 * (1.0 + std::abs(a)) || (std::isnan(a) && std::isnan(b))) << metric.name;
  }
}

TEST(MetricList, OfTheTruthItselfEveryMetricIsPerfect) {
  const Parity parity;
  const at::Tensor truth = parity.cells("true", "pB");
  const Comparison same(parity.cells("true", "control"), truth.clone(), truth);
  for (const Metric& metric : metric_list()) {
    if (metric.scope != Scope::kContext || metric.direction == Direction::kNeither) continue;
    const double value = metric(same);
    const bool odd = metric.name == "energy_distance_u" || metric.name.rfind("enrichment", 0) == 0 ||
                     metric.name.rfind("frac_in_range_", 0) == 0;  // means need not lie between the middle cells
    if (odd) continue;
    EXPECT_NEAR(value, metric.direction == Direction::kHigherIsBetter ? 1.0 : 0.0, 1e-9) << metric.name;
  }
}

TEST(MetricList, NaNCellsGiveNaN) {
  const Parity parity;
  at::Tensor broken = parity.cells("pred", "pB");
  broken[3].fill_(NAN);
  const Comparison comparison(parity.cells("true", "control"), broken, parity.cells("true", "pB"));
  for (const Metric& metric : metric_list()) EXPECT_TRUE(std::isnan(metric(comparison))) << metric.name;
}

TEST(MetricSets, AreExpandedOnceAndUnknownNamesSayWhatIsAllowed) {
  EXPECT_EQ(expand_metrics({"r2_mean", "default"}).size(), 10U);
  EXPECT_EQ(expand_metrics({"r2_mean", "default"}).front(), "r2_mean");
  EXPECT_EQ(expand_metrics({"all"}).size(), metric_list().size());
  for (const auto& name : metric_set_names()) EXPECT_FALSE(is_metric(name)) << name;
  EXPECT_FALSE(is_metric("rank_cosine_logfc_top20")) << "ranks have no choice of genes";
  EXPECT_FALSE(is_context_metric("pearson_edistance"));
  EXPECT_TRUE(is_context_metric("mse_average_nonzero20"));
  try {
    (void)expand_metrics({"cell_evil"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    const std::string text = error.what();
    EXPECT_NE(text.find("did you mean 'cell_eval'?"), std::string::npos) << text;
    EXPECT_NE(text.find("'perturbench'"), std::string::npos) << text;
    EXPECT_NE(text.find("'discrimination_score_l1'"), std::string::npos) << text;
  }
}

TEST(Correlation, RanksAndUndefinedOnes) {
  EXPECT_EQ(mean_ranks({3.0, 1.0, 3.0, 2.0}), (std::vector<double>{3.5, 1.0, 3.5, 2.0}));
  EXPECT_DOUBLE_EQ(spearman({1.0, 2.0, 5.0}, {10.0, 30.0, 90.0}), 1.0);
  EXPECT_TRUE(std::isnan(spearman({1.0}, {1.0})));
  EXPECT_TRUE(std::isnan(spearman({1.0, 2.0}, {4.0, 4.0})));
  EXPECT_TRUE(std::isnan(cosine(at::zeros({3}, at::kDouble), at::ones({3}, at::kDouble))));
}

}  // namespace parity_test
}  // namespace brenier::train
