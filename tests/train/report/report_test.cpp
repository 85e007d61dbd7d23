// The page: what it shows, that it is whole and safe, and that it needs nothing from elsewhere.
#include "train/report/report.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <regex>
#include <set>

#include "core/error.h"
#include "core/io/atomic_file.h"
#include "core/random.h"
#include "tests/helpers/temp_dir.h"
#include "tests/train/report/report_example.h"
#include "train/report/cell_chart.h"
#include "train/report/history.h"
#include "train/report/loss_chart.h"
#include "train/report/score_chart.h"

namespace brenier::train {
namespace report_test {

// Names of the elements that are opened but not closed, or the other way round; empty when all fit.
std::string unbalanced(const std::string& html) {
  static const std::set<std::string> kVoid = {"meta", "!DOCTYPE", "br"};
  std::vector<std::string> open;
  const std::regex tag("<(/?)([A-Za-z!][A-Za-z0-9]*)[^<>]*?(/?)>");
  for (auto it = std::sregex_iterator(html.begin(), html.end(), tag); it != std::sregex_iterator(); ++it) {
    const std::string name = (*it)[2];
    if (kVoid.contains(name) || (*it)[3].length() > 0) continue;
    if ((*it)[1].length() == 0) {
      open.push_back(name);
    } else if (open.empty() || open.back() != name) {
      return "</" + name + "> closes " + (open.empty() ? "nothing" : open.back());
    } else {
      open.pop_back();
    }
  }
  return open.empty() ? "" : open.back();
}

// The page without scripts.
std::string still_page(ReportInput input) {
  input.interactive = false;
  return render_report(input);
}

TEST(Report, IsOneWholePageThatLoadsNothing) {
  const std::string page = still_page(report_example());
  EXPECT_EQ(unbalanced(page), "");
  for (const char* outside : {"http://", "https://", "<script", "<link", "@import", "url(", "src="}) {
    EXPECT_EQ(page.find(outside), std::string::npos) << outside;
  }
  for (const char* part :
       {"<!DOCTYPE html>", "name=\"viewport\"", "prefers-color-scheme:dark", "Scores", "Each context",
        "Predicted cells", "Gene means", "Most changed genes", "Config", "Versions", "mean shift", "ceiling"}) {
    EXPECT_NE(page.find(part), std::string::npos) << part;
  }
  EXPECT_EQ(page.find("nan"), std::string::npos) << "a score that is not defined is a dash";
  EXPECT_LT(page.size(), 200'000U);
}

TEST(Report, EscapesEverythingThatComesFromData) {
  const std::string page = still_page(report_example());
  EXPECT_NE(page.find("<h1>Kang, &lt;B&gt; cells held out</h1>"), std::string::npos);
  EXPECT_NE(page.find("ConDOT &amp; friends"), std::string::npos);
  EXPECT_NE(page.find("NK &amp; &quot;T&quot;"), std::string::npos);
  EXPECT_NE(page.find("GENE&lt;"), std::string::npos);
  EXPECT_EQ(page.find("GENE<"), std::string::npos);
  EXPECT_NE(page.find("&lt;kang&gt;"), std::string::npos);
  EXPECT_EQ(page.find("<kang>"), std::string::npos);
}

TEST(Report, SaysWhenABaselineIsBetter) {
  EXPECT_NE(render_report(report_example(0.9, 0.8)).find("it beats the best baseline, mean shift (0.800)"),
            std::string::npos);
  EXPECT_NE(
      render_report(report_example(0.7, 0.8)).find("does <strong>not</strong> reach the best baseline, mean shift"),
      std::string::npos);
  EXPECT_NE(render_report(report_example(0.8, 0.8)).find("it equals the best baseline"), std::string::npos);
}

TEST(Report, TheSameInputGivesTheSamePage) {
  EXPECT_EQ(render_report(report_example()), render_report(report_example()));
}

TEST(Report, WorksWithoutCellsHistoryOrContexts) {
  ReportInput input = report_example();
  input.contexts.clear();
  input.history = "no/such/metrics.jsonl";
  EXPECT_EQ(unbalanced(still_page(input)), "");
  input.evaluation.contexts.clear();
  EXPECT_EQ(unbalanced(still_page(input)), "");
  input.evaluation = Evaluation();
  input.config = nullptr;
  EXPECT_NE(render_report(input).find("This run has no scores"), std::string::npos);
}

TEST(Report, CellsThatDoNotFitTheGenesAreNamed) {
  ReportInput input = report_example();
  input.contexts[1].truth = at::rand({5, 39});
  try {
    (void)render_report(input);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    EXPECT_NE(std::string(error.what()).find("NK"), std::string::npos) << error.what();
  }
}

TEST(Report, DegenerateCellsStillDraw) {
  ReportInput input = report_example();
  input.contexts[0].control = at::zeros({1, 40});
  input.contexts[0].predicted = at::zeros({1, 40});
  input.contexts[0].truth = at::zeros({1, 40});
  const std::string page = still_page(input);
  EXPECT_EQ(unbalanced(page), "");
  EXPECT_EQ(page.find("nan"), std::string::npos);
}

TEST(Report, IsWrittenToItsFile) {
  const tests::TempDir folder;
  write_report(folder / "report.html", report_example());
  EXPECT_EQ(read_file(folder / "report.html"), render_report(report_example()));
}

TEST(ScoreChart, AMarkFarOffIsAtTheEdgeWithItsValue) {
  const std::string chart = score_chart(report_example().evaluation, "r2_mean").still;
  EXPECT_NE(chart.find("‹ -7.0"), std::string::npos) << chart;
  EXPECT_NE(chart.find("m-model mark"), std::string::npos);
  EXPECT_TRUE(score_chart(report_example().evaluation, "l2_mean").empty()) << "no context has this score";
}

TEST(History, CurvesOfLossesAndValidation) {
  const tests::TempDir folder;
  write_atomically(folder / "metrics.jsonl",
                   R"({"step":10,"stage":"autoencoder","learning_rate":1.0,"losses":{"mse":2.0}})"
                   "\n"
                   R"({"step":20,"stage":"transport","losses":{"f":1.0,"g":null}})"
                   "\n"
                   R"({"step":20,"stage":"transport","validation":{"r2_mean":0.5},"best":true})"
                   "\n"
                   R"({"step":30,"stage":"transport","validation":{"r2_mean":0.4},"best":false})"
                   "\n"
                   R"({"step":40,"sta)");
  const std::vector<Curve> curves = read_history(folder / "metrics.jsonl");
  ASSERT_EQ(curves.size(), 4U) << "the line that was cut off is left out";
  EXPECT_EQ(curves[0].stage, "autoencoder");
  EXPECT_EQ(curves[0].values, std::vector<double>{2.0});
  EXPECT_TRUE(std::isnan(curves[2].values[0]));
  EXPECT_TRUE(curves[3].validation);
  EXPECT_EQ(curves[3].steps, (std::vector<double>{20.0, 30.0}));
  EXPECT_EQ(curves[3].best_step, 20.0);
  EXPECT_TRUE(loss_chart(curves[2]).empty()) << "nothing finite to draw";
  EXPECT_FALSE(loss_chart(curves[0]).empty()) << "one point";
  ReportInput input = report_example();
  input.history = folder / "metrics.jsonl";
  EXPECT_NE(render_report(input).find("stage autoencoder"), std::string::npos);
}

TEST(History, ABrokenLineIsNamed) {
  const tests::TempDir folder;
  write_atomically(folder / "metrics.jsonl", "{\"step\":1,\"stage\":\"s\",\"losses\":{}}\n{broken}\n");
  try {
    (void)read_history(folder / "metrics.jsonl");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    EXPECT_NE(std::string(error.what()).find("line 2"), std::string::npos) << error.what();
  }
}

TEST(LossChart, ALongCurveStaysSmallAndLogarithmicWhenItSpansMuch) {
  Curve curve;
  curve.stage = "transport";
  curve.name = "f";
  for (int i = 0; i < 100'000; ++i) {
    curve.steps.push_back(i);
    curve.values.push_back(100.0 * std::exp(-1e-4 * i));
  }
  const std::string chart = loss_chart(curve).still;
  EXPECT_LT(chart.size(), 20'000U);
  EXPECT_NE(chart.find(">0.1<"), std::string::npos) << "ticks of powers of ten";
}

TEST(PrincipalPlane, IsThatOfTheSingularValueDecomposition) {
  RandomStream random(4, "test");
  const at::Tensor x = report_cells(random, 9, 25, 0.0).to(at::kDouble);
  const at::Tensor y = report_cells(random, 7, 25, 0.7).to(at::kDouble);
  const Plane plane = principal_plane(x, y);
  const at::Tensor pooled = at::cat({x, y});
  EXPECT_TRUE(at::allclose(plane.centre, pooled.mean(0)));
  const at::Tensor right =
      std::get<2>(at::linalg_svd(pooled - pooled.mean(0), /*full_matrices=*/false)).narrow(0, 0, 2);
  EXPECT_TRUE(at::allclose(at::matmul(right, plane.directions).abs(), at::eye(2, at::kDouble), 1e-8, 1e-8));
  for (std::int64_t k = 0; k < 2; ++k) {
    const at::Tensor direction = plane.directions.select(1, k);
    EXPECT_GT(direction[at::argmax(direction.abs())].item<double>(), 0.0);
  }
  EXPECT_EQ(principal_plane(at::ones({2, 3}), at::ones({1, 3})).directions.abs().max().item<double>(), 0.0);
}

}  // namespace report_test
}  // namespace brenier::train
