// Maps of two features: a panel a context, arrows from control cells to where they are moved.
#include "train/report/map_chart.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/error.h"

namespace brenier::train::map_chart_test {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

// `contexts` grids of 400 control cells; all cells move by (2, 1) but in the last context, where none does.
std::vector<ReportContext> grids(int contexts) {
  const auto line = at::linspace(-1, 1, 20);
  const auto control = at::stack({line.repeat_interleave(20), line.repeat(20)}, 1);
  std::vector<ReportContext> all;
  for (int k = 0; k < contexts; ++k) {
    const auto moved = k + 1 < contexts ? control + at::tensor({2.0F, 1.0F}) : control;
    all.push_back({make_context({{"d<" + std::to_string(k), 1.0}}, {}), k == 1, control, moved, moved + 0.1});
  }
  return all;
}

TEST(MapChart, DrawsAPanelAContext) {
  const auto text = map_chart(grids(3), {"gene <a>", "b"}).still;
  EXPECT_EQ(count(text, "class=\"panel\""), 3U);
  EXPECT_EQ(count(text, "d&lt;1, unseen"), 1U);
  EXPECT_EQ(count(text, ", unseen"), 1U);
  EXPECT_EQ(count(text, "class=\"arrow\""), 2U);  // nothing moves in the last
  EXPECT_NE(text.find("gene &lt;a&gt; (across), b (up)"), std::string::npos);
  EXPECT_EQ(text.find("nan"), std::string::npos);
  EXPECT_EQ(text.find("http"), std::string::npos);
}

TEST(MapChart, TitlesKeepWhatTellsContextsApart) {
  auto contexts = grids(3);
  const std::string common = "a perturbation with a very long name that all contexts share, number ";
  for (std::size_t k = 0; k < 3; ++k) {
    contexts[k].context = make_context({{common + std::to_string(k) + " at noon", 1.0}}, {{"cell_type", "B"}});
    contexts[k].held_out = true;
  }
  const Figure figure = map_chart(contexts, {"a", "b"});
  for (int k = 0; k < 3; ++k) {
    const auto& title = figure.live[static_cast<std::size_t>(k)]["title"];
    const std::string text =
        title.is_string() ? title.get<std::string>() : title[0].get<std::string>() + title[1].get<std::string>();
    EXPECT_NE(text.find(std::to_string(k)), std::string::npos) << title;
    EXPECT_TRUE(text.ends_with(", unseen")) << title;
    EXPECT_EQ(text.find("cell_type"), std::string::npos);
  }
  EXPECT_EQ(count(figure.still, "unseen"), 3U);
}

TEST(MapChart, TwoLinesOfAllPanelsWhereOneNeedsThem) {
  auto contexts = grids(3);
  contexts[2].context = make_context({{"first_long_name", 1.0}, {"second_long_name", 1.0}}, {});
  const Figure figure = map_chart(contexts, {"a", "b"});
  EXPECT_EQ(figure.live[2]["title"], (nlohmann::ordered_json{"first_long_name+", "second_long_name"}));
  EXPECT_EQ(figure.live[0]["title"], (nlohmann::ordered_json{"", "d<0"}));
  EXPECT_EQ(count(figure.still, "class=\"panel\""), 4U);
}

TEST(MapChart, AFigureStandsAlone) {
  const auto text = map_figure(grids(2), {"a", "b"});
  EXPECT_EQ(text.rfind("<svg xmlns=\"http://www.w3.org/2000/svg\" width=", 0), 0U);
  EXPECT_NE(text.find("prefers-color-scheme:dark"), std::string::npos);
  EXPECT_NE(text.find(".arrow{"), std::string::npos);
  EXPECT_EQ(count(text, "<svg"), count(text, "</svg>"));
  EXPECT_EQ(text.find("<script"), std::string::npos);
}

TEST(MapChart, SaysHowManyContextsAreLeftOut) {
  const auto text = map_chart(grids(30), {"a", "b"}).still;
  EXPECT_EQ(count(text, "class=\"panel\""), 24U);
  EXPECT_NE(text.find("the first 24 of 30 contexts"), std::string::npos);
}

TEST(MapChart, NeedsTwoFeatures) {
  EXPECT_THROW((void)map_chart(grids(2), {"a", "b", "c"}), Error);
  EXPECT_THROW((void)map_figure({}, {"a", "b"}), Error);
}

}  // namespace brenier::train::map_chart_test
