// The heat map of shifts and the genes of latents: every shift at its place, in both forms, and none that is not there.
#include "train/report/mask_chart.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <limits>
#include <map>

#include "core/error.h"
#include "tests/train/report/report_example.h"
#include "train/report/mechanism_section.h"
#include "train/report/report.h"

namespace brenier::train {
namespace mask_chart_test {

using Json = nlohmann::ordered_json;

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

models::Mechanisms small() {
  return {{"a<1>", "b", "c"},
          at::tensor({2.0, -1.0, 5.0, -4.0, 1.0, 0.1}).reshape({3, 2}),
          at::tensor({1.0, 0.5, 0.0, 1.0, 1.0, 0.0}).reshape({3, 2}),
          at::tensor({3.0, -1.0, 0.0, 0.5, 1.0, 2.0}).reshape({2, 3}),
          {}};
}

TEST(MaskChart, HasEveryMaskedShiftAtItsPlace) {
  const Figure figure = mask_chart(small());
  ASSERT_EQ(figure.live.size(), 1U);
  const Json& spec = figure.live[0];
  Json rows;
  Json columns;
  for (const auto& one : spec["params"]) {
    if (one["name"] == "rows") rows = one["value"];
    if (one["name"] == "columns") columns = one["value"];
  }
  std::map<std::string, Json> seen;
  for (const auto& value : spec["data"]["values"]) {
    seen[rows[value["row"].get<std::size_t>()].get<std::string>() + " " +
         columns[value["column"].get<std::size_t>()].get<std::string>()] = value;
  }
  ASSERT_EQ(seen.size(), 4U) << "2 of 6 are masked";
  EXPECT_EQ(seen["a<1> z1"]["value"], "+2.00");
  EXPECT_EQ(seen["a<1> z1"]["strength"], 0.5);
  EXPECT_EQ(seen["a<1> z1"]["way"], "raised");
  EXPECT_EQ(seen["a<1> z2"]["value"], "-0.50");
  EXPECT_EQ(seen["a<1> z2"]["shift"], "-1.00");
  EXPECT_EQ(seen["a<1> z2"]["mask"], "0.500");
  EXPECT_EQ(seen["b z2"]["way"], "lowered");
  EXPECT_EQ(seen["b z2"]["strength"], 1.0);
  EXPECT_EQ(seen["c z1"]["strength"], 0.25);
  // The still form has one path a colour and step: 2 of 4 up, 1 of 4 up, 1/8 of 4 down, 4 of 4 down.
  for (const char* part :
       {"heat-up heat4", "heat-up heat2", "heat-down heat1", "heat-down heat8", "a&lt;1&gt;", ">z2<"}) {
    EXPECT_EQ(count(figure.still, part), 1U) << part;
  }
  EXPECT_EQ(count(figure.still, "heat-up"), 2U);
  EXPECT_EQ(count(figure.still, "heat-down"), 2U);
  EXPECT_EQ(figure.still.find("nan"), std::string::npos);
}

TEST(MaskChart, WithoutMasksAShiftIsWhatItIs) {
  auto mechanisms = small();
  mechanisms.masks = at::Tensor();
  const Figure figure = mask_chart(mechanisms);
  const Json& spec = figure.live.at(0);
  EXPECT_EQ(spec["data"]["values"].size(), 6U);
  EXPECT_FALSE(spec["data"]["values"][0].contains("mask"));
  EXPECT_EQ(spec["encoding"]["tooltip"].size(), 3U);
}

TEST(MaskChart, PutsActionsThatAreAlikeTogether) {
  const auto mechanisms = mechanism_example();
  const Figure figure = mask_chart(mechanisms);
  const Json& spec = figure.live.at(0);
  // Actions k, k + 4, k + 8, ... of the example move the same latents.
  std::vector<int> groups;
  for (const auto& name : spec["params"][1]["value"])
    groups.push_back(std::stoi(name.get<std::string>().substr(5)) % 4);
  int changes = 0;
  for (std::size_t i = 1; i < groups.size(); ++i) changes += groups[i] == groups[i - 1] ? 0 : 1;
  EXPECT_EQ(changes, 3);
}

TEST(MaskChart, DrawsTheLargestOfMany) {
  models::Mechanisms many;
  for (int a = 0; a < 150; ++a) many.actions.push_back("action " + std::to_string(a));
  many.shifts = at::arange(150 * 50).to(at::kFloat).reshape({150, 50}).remainder(89) - 20;
  many.shifts[7].fill_(0.001);
  many.shifts.select(1, 3).fill_(0.0);
  const Figure figure = mask_chart(many);
  const Json& params = figure.live.at(0)["params"];
  ASSERT_EQ(params[1]["value"].size(), 120U);
  ASSERT_EQ(params[2]["value"].size(), 40U);
  for (const auto& name : params[1]["value"]) EXPECT_NE(name, "action 7");
  for (const auto& name : params[2]["value"]) EXPECT_NE(name, "z4");
  EXPECT_EQ(figure.still.find(">action 7<"), std::string::npos);
  const std::string section = mechanism_section(many, {}, false);
  EXPECT_NE(section.find("the 120 of 150 actions"), std::string::npos);
  EXPECT_NE(section.find("the 40 of 50 latents"), std::string::npos);
}

TEST(MaskChart, SaysThatNothingMoves) {
  auto mechanisms = small();
  mechanisms.masks = at::zeros({3, 2});
  EXPECT_TRUE(mask_chart(mechanisms).empty());
  EXPECT_NE(mechanism_section(mechanisms, {"g", "h", "i"}, true).find("No action moves any latent"), std::string::npos);
  EXPECT_TRUE(mask_chart({}).empty());
  EXPECT_EQ(mechanism_section({}, {}, true), "");
}

TEST(MaskChart, WrongShapesAreClearErrors) {
  for (int wrong = 0; wrong < 4; ++wrong) {
    auto mechanisms = small();
    if (wrong == 0) mechanisms.actions.pop_back();
    if (wrong == 1) mechanisms.masks = at::zeros({3, 3});
    if (wrong == 2) mechanisms.gene_effects = at::zeros({3, 3});
    if (wrong == 3) mechanisms.shifts[0][0] = std::numeric_limits<double>::quiet_NaN();
    try {
      (void)mechanism_section(mechanisms, {"g", "h", "i"}, true);
      FAIL() << wrong;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kData);
      EXPECT_NE(std::string(error.what()).find("of the mechanisms"), std::string::npos) << error.what();
    }
  }
  EXPECT_THROW((void)latent_gene_table(small(), {"g"}, 10), Error);
}

TEST(LatentGeneTable, HasTheStrongestGenesByTheirSign) {
  const std::string table = latent_gene_table(small(), {"g<", "h", "i"}, 2);
  // z1 is moved by a and c, z2 by b (and by a with mask 0.5, which is not above it): z1 stands first.
  EXPECT_LT(table.find("z1"), table.find("z2"));
  EXPECT_NE(table.find("z1<span class=\"interval\">2 actions<"), std::string::npos);
  EXPECT_NE(table.find("z2<span class=\"interval\">1 action<"), std::string::npos);
  EXPECT_NE(table.find("g&lt;</span> +3.00"), std::string::npos);
  EXPECT_NE(table.find("h</span> -1.00"), std::string::npos);
  EXPECT_EQ(table.find("0.00"), std::string::npos) << "a gene that does not move";
  EXPECT_LT(table.find("i</span> +2.00"), table.find("h</span> +1.00"));
  EXPECT_EQ(table.find("g&lt;</span> +0.50"), std::string::npos) << "two genes a side";
  auto plain = small();
  plain.shifts = plain.masks = at::Tensor();
  EXPECT_EQ(latent_gene_table(plain, {"g", "h", "i"}, 2).find("action"), std::string::npos);
  plain.gene_effects = at::Tensor();
  EXPECT_EQ(latent_gene_table(plain, {"g", "h", "i"}, 2), "");
}

TEST(Report, ShowsMechanismsOfAModelThatHasThem) {
  auto input = report_example();
  EXPECT_EQ(render_report(input).find("<h2>Mechanisms</h2>"), std::string::npos);
  input.mechanisms = mechanism_example();
  const std::string page = render_report(input);
  EXPECT_EQ(count(page, "<h2>Mechanisms</h2>"), 1U);
  EXPECT_NE(page.find("Genes of each latent"), std::string::npos);
}

}  // namespace mask_chart_test
}  // namespace brenier::train
