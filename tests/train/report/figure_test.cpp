// What a page carries for its interactive charts: whole JSON that cannot leave its element, with the data of the chart.
#include "train/report/figure.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "tests/train/report/report_example.h"
#include "train/metric/comparison.h"
#include "train/report/cell_chart.h"
#include "train/report/loss_chart.h"
#include "train/report/map_chart.h"
#include "train/report/mean_chart.h"
#include "train/report/page_script.h"
#include "train/report/score_chart.h"
#include "train/report/vega_library.h"

namespace brenier::train {
namespace figure_test {

using Json = nlohmann::ordered_json;

// Every colour a spec names is one of the style sheet, and no spec names an address.
void expect_clean(const Json& json) {
  if (json.is_string()) {
    const auto text = json.get<std::string>();
    EXPECT_EQ(text.find("http"), std::string::npos) << text;
    EXPECT_FALSE(text.starts_with("#")) << text;
  }
  if (json.is_structured()) {
    for (const auto& item : json.items()) {
      EXPECT_NE(item.key(), "url");
      expect_clean(item.value());
    }
  }
}

TEST(ScriptJson, CannotLeaveItsElement) {
  const std::string text = script_json({{"a", "</script><!-- \xE2\x80\xA8 \xE2\x80\xA9 \xC3\xA9 \xFF"}});
  EXPECT_EQ(text.find('<'), std::string::npos) << text;
  for (const char c : text) EXPECT_LT(static_cast<unsigned char>(c), 0x80U);
  EXPECT_EQ(Json::parse(text)["a"], "</script><!-- \xE2\x80\xA8 \xE2\x80\xA9 \xC3\xA9 \xEF\xBF\xBD");
}

RC_GTEST_PROP(ScriptJson, ReadsBackAsItWas, ()) {
  // Any code points: ASCII with brackets, and the two line ends that scripts do not take in a text.
  const auto parts = *rc::gen::container<std::vector<std::string>>(
      rc::gen::element<std::string>("<", "/", "script", ">", "\\", "\"", "\n", "\xE2\x80\xA8", "\xCE\xB2", "u003c"));
  std::string value;
  for (const auto& part : parts) value += part;
  const std::string text = script_json({{value, value}});
  RC_ASSERT(text.find('<') == std::string::npos);
  RC_ASSERT(Json::parse(text)[value] == value);
}

TEST(ChartNumber, KeepsFiveDigits) {
  EXPECT_EQ(chart_number(1.0 / 3.0).get<double>(), 0.33333);
  EXPECT_EQ(chart_number(-123456.0).get<double>(), -123460.0);
  EXPECT_EQ(chart_number(0.0).get<double>(), 0.0);
  EXPECT_NEAR(chart_number(1.23456789e-300).get<double>(), 1.2346e-300, 1e-310);
  EXPECT_EQ(chart_number(5e-324).get<double>(), 5e-324);
  EXPECT_TRUE(chart_number(std::numeric_limits<double>::quiet_NaN()).is_null());
  EXPECT_TRUE(chart_number(std::numeric_limits<double>::infinity()).is_null());
}

TEST(Figure, StandsAloneWithoutScripts) {
  const Figure figure{"<svg/>", {{{"mark", "</script>"}}}};
  EXPECT_EQ(figure_markup(figure, false), "<svg/>");
  const std::string live = figure_markup(figure, true);
  EXPECT_NE(live.find("<div class=\"still\"><svg/></div>"), std::string::npos);
  EXPECT_EQ(live.find("</script>"), live.rfind("</script>")) << "only the one that ends the specs";
}

TEST(Packed, KeepsEveryValueInItsRow) {
  Json spec{{"layer", Json::array({{{"data", {{"values", Json::array()}}}}})}};
  auto& rows = spec["layer"][0]["data"]["values"];
  for (int i = 0; i < 30; ++i) {
    rows.push_back({{"x", i}});
    if (i == 7) rows.back()["label"] = "seven";
  }
  const Json columns = packed(spec)["layer"][0]["data"]["columns"];
  ASSERT_EQ(columns["x"].size(), 30U);
  ASSERT_EQ(columns["label"].size(), 30U);
  for (std::size_t i = 0; i < 30; ++i) {
    EXPECT_EQ(columns["x"][i], i);
    EXPECT_EQ(columns["label"][i].is_null(), i != 7);
  }
  const Json few{{"data", {{"values", Json::array({{{"x", 1}}})}}}};
  EXPECT_EQ(packed(few), few);
}

TEST(ScoreChart, HasEveryScoreOnce) {
  const auto input = report_example();
  const Figure figure = score_chart(input.evaluation, "r2_mean");
  ASSERT_EQ(figure.live.size(), 1U);
  const Json& spec = figure.live[0];
  expect_clean(spec);
  const Json& values = spec["data"]["values"];
  ASSERT_EQ(values.size(), 8U) << "2 contexts, 4 methods";
  int far = 0;
  for (const auto& value : values) {
    if (value["method"] == "model") {
      EXPECT_EQ(value["value"], "0.900");
    }
    if (value["method"] != "identity") continue;
    EXPECT_EQ(value["value"], "-7.000") << "the tooltip has the score, not the place";
    EXPECT_GT(value["at"].get<double>(), -7.0);
    ++far;
  }
  EXPECT_EQ(far, 2);
  EXPECT_EQ(spec["layer"][1]["data"]["values"][0]["text"], "‹ -7.0");
  EXPECT_EQ(spec["layer"][0]["encoding"]["color"]["scale"]["domain"].size(), 4U);
}

TEST(ScoreChart, LeavesOutContextsWithoutTheScore) {
  auto input = report_example();
  for (auto& [method, scores] : input.evaluation.contexts[0].scores) scores.clear();
  const Figure figure = score_chart(input.evaluation, "r2_mean");
  EXPECT_EQ(figure.live[0]["data"]["values"].size(), 4U);
  EXPECT_EQ(figure.still.find(">B<"), std::string::npos);
}

TEST(MeanChart, HasEveryGeneWithItsMeans) {
  const auto input = report_example();
  const auto& cells = input.contexts[0];
  const Comparison comparison(cells.control, cells.predicted, cells.truth);
  const Figure figure = mean_chart(comparison, input.genes);
  const Json& spec = figure.live.at(0);
  expect_clean(spec);
  const Json& values = spec["data"]["values"];
  ASSERT_EQ(values.size(), 40U);
  const at::Tensor truth = cells.truth.to(at::kDouble).mean(0);
  std::set<std::string> genes;
  int labels = 0;
  for (const auto& value : values) {
    const auto name = value["gene"].get<std::string>();
    genes.insert(name);
    EXPECT_NEAR(value["true"].get<double>(), truth[std::stoi(name.substr(5))].item<double>(), 1e-4);
    labels += value.contains("label") ? 1 : 0;
  }
  EXPECT_EQ(genes.size(), 40U);
  EXPECT_GE(labels, 1);
}

TEST(CellChart, HasTheCellsOfEveryPopulationThinned) {
  const at::Tensor many = at::arange(1400).to(at::kDouble).reshape({700, 2});
  const Figure figure = cell_chart(many, many.slice(0, 0, 10), many.slice(0, 0, 20));
  const Json& spec = figure.live.at(0);
  expect_clean(spec);
  std::map<std::string, int> counts;
  std::int64_t last = 0;
  for (const auto& value : spec["data"]["values"]) {
    ++counts[value["population"].get<std::string>()];
    if (value["population"] == "control") last = value["cell"].get<std::int64_t>();
  }
  EXPECT_EQ(counts["control"], 234) << "every third of 700";
  EXPECT_EQ(last, 699);
  EXPECT_EQ(counts["predicted"], 10);
  EXPECT_EQ(counts["true"], 20);
}

TEST(LossChart, HasItsIntervalsAndTheBest) {
  Curve curve;
  curve.stage = "s";
  curve.name = "f";
  curve.validation = true;
  for (int i = 0; i < 1200; ++i) {
    curve.steps.push_back(i);
    curve.values.push_back(std::sin(0.01 * i));
  }
  curve.best_step = 7.0;
  const Figure figure = loss_chart(curve);
  const Json& spec = figure.live.at(0);
  expect_clean(spec);
  EXPECT_EQ(spec["data"]["values"].size(), 120U);
  EXPECT_NEAR(spec["data"]["values"][0]["high"].get<double>(), std::sin(0.09), 1e-4);
  EXPECT_EQ(spec["layer"][4]["data"]["values"][0]["step"], 7.0);
  EXPECT_FALSE(spec["layer"][0]["encoding"]["y"]["scale"].contains("type"));
}

TEST(MapChart, HasASpecAPanel) {
  const auto control = at::rand({300, 2});
  std::vector<ReportContext> contexts;
  for (int k = 0; k < 3; ++k) {
    contexts.push_back({make_context({{"d" + std::to_string(k), 1.0}}, {}), k == 0, control, control + 1, control + 1});
  }
  const Figure figure = map_chart(contexts, {"</script>", "b"});
  ASSERT_EQ(figure.live.size(), 3U);
  for (const auto& spec : figure.live) expect_clean(spec);
  EXPECT_EQ(figure.live[0]["title"], "d0, unseen");
  EXPECT_EQ(figure.live[0]["layer"][0]["data"]["values"].size(), 300U) << "every third cell of three populations";
  EXPECT_EQ(figure.live[0]["layer"][1]["data"]["values"].size(), 18U);
}

TEST(Page, CarriesTheScriptsOnlyWhereTheBuildHasThem) {
  const std::string page = render_report(report_example());
  EXPECT_EQ(page.find("<script") != std::string::npos, can_draw_live());
  EXPECT_EQ(page.find("class=\"figure\"") != std::string::npos, can_draw_live());
  EXPECT_NE(page.find("default-src 'none'"), std::string::npos);
  if (!can_draw_live()) GTEST_SKIP() << "this build has no Vega-Lite: scripts/setup fetches it where npm is";
  EXPECT_NE(vega_library().find("University of Washington"), std::string::npos) << "the licence";
  EXPECT_EQ(vega_library().find("</script"), std::string::npos);
  EXPECT_EQ(vega_library().find("sourceMappingURL"), std::string::npos);
  int count = 0;
  const std::string open = "class=\"specs\">";
  for (auto at = page.find(open); at != std::string::npos; at = page.find(open, at + 1)) {
    const auto begin = at + open.size();
    EXPECT_TRUE(Json::parse(page.substr(begin, page.find('<', begin) - begin)).is_array());
    ++count;
  }
  EXPECT_EQ(count, 6) << "2 metrics; means and cells of 2 contexts";
  EXPECT_LT(page.size() - vega_library().size(), 250'000U);
}

}  // namespace figure_test
}  // namespace brenier::train
