// brenier ot: the numbers of the C++ calls, the files it writes, and what it says about wrong input.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "apps/ot/arrays.h"
#include "core/io/npy.h"
#include "ot/divergence/sinkhorn_divergence.h"
#include "ot/exact/exact_transport.h"
#include "ot/geometry/dense_cost.h"
#include "ot/plan/entropic_map.h"
#include "ot/plan/plan.h"
#include "tests/apps/command_line.h"
#include "tests/helpers/temp_dir.h"
#include "tests/ot/golden_problem.h"

namespace brenier::tests {

class OtVerbs : public testing::Test {
 protected:
  void SetUp() override {
    apps::write_tensor(at("x.npy"), golden_.x());
    apps::write_tensor(at("y.npy"), golden_.y());
    apps::write_tensor(at("a.npy"), golden_.problem.a);
    apps::write_tensor(at("b.npy"), golden_.problem.b);
    apps::write_tensor(at("c.npy"), golden_.problem.geometry->cost_matrix());
    settings_.threshold = 1e-11;
  }
  [[nodiscard]] std::string at(const std::string& name) const { return (folder_.path() / name).string(); }
  [[nodiscard]] std::string points() const {
    return "--x " + at("x.npy") + " --y " + at("y.npy") + " --a " + at("a.npy") + " --b " + at("b.npy");
  }
  static nlohmann::json json_of(const std::string& arguments) {
    const auto result = brenier("ot " + arguments);
    EXPECT_EQ(result.exit_code, 0) << arguments << "\n" << result.err;
    return nlohmann::json::parse(result.out, nullptr, false);
  }
  void expect_file(const std::string& name, const at::Tensor& expected) const {
    const auto found = apps::read_tensor(at(name));
    ASSERT_EQ(found.scalar_type(), expected.scalar_type()) << name;
    ASSERT_EQ(found.sizes(), expected.sizes()) << name;
    const double largest = expected.abs().max().item<double>();
    EXPECT_LE((found - expected).abs().max().item<double>(), 1e-12 * (1 + largest)) << name;
  }

  TempDir folder_;
  ot::GoldenProblem golden_{8, 11, 2, .1};
  ot::SinkhornSettings settings_;
};

TEST_F(OtVerbs, SolvePrintsTheNumbersOfTheCppCallAndWritesPotentialsAndPlan) {
  const auto json = json_of("solve " + points() + " --epsilon 0.1 --threshold 1e-11 --potentials " + at("dual") +
                            " --plan " + at("plan.npy"));
  const auto out = ot::sinkhorn(golden_.problem, settings_);
  EXPECT_NEAR(json["value"].get<double>(), .30363559282975433, 1e-10);
  EXPECT_NEAR(json["value"].get<double>(), out.value.item<double>(), 1e-12);
  EXPECT_NEAR(json["transport_cost"].get<double>(), out.transport_cost, 1e-12);
  EXPECT_NEAR(json["dual"].get<double>(), out.dual, 1e-12);
  EXPECT_NEAR(json["gap"].get<double>(), *out.gap, 1e-12);
  EXPECT_EQ(json["iterations"].get<ot::Index>(), out.iterations);
  EXPECT_TRUE(json["converged"].get<bool>());
  EXPECT_EQ(json["status"], "converged");
  EXPECT_EQ(json["epsilon"].get<double>(), .1);
  EXPECT_LE(json["marginal_error"].get<double>(), 1e-11);
  EXPECT_EQ(json["method"], out.method);
  EXPECT_GE(json["seconds"].get<double>(), 0);
  expect_file("dual.f.npy", out.f);
  expect_file("dual.g.npy", out.g);
  expect_file("plan.npy", ot::dense_plan(out));
  const auto again =
      json_of("solve " + points() + " --epsilon 0.1 --threshold 1e-9 --init " + at("dual.f.npy") + " --threads 1");
  EXPECT_LE(again["iterations"].get<int>(), 2);
  EXPECT_NEAR(again["value"].get<double>(), out.value.item<double>(), 1e-12);
}

TEST_F(OtVerbs, SolveTakesCostsPenaltiesReferencesScalesAndTypes) {
  const auto unbalanced =
      json_of("solve --cost-matrix " + at("c.npy") + " --a " + at("a.npy") + " --b " + at("b.npy") +
              " --epsilon 0.1 --tau-a 0.9 --rho-b 0.9 --reference counting --threshold 1e-11 --fixed-iterations 0");
  auto problem = golden_.problem;
  problem.geometry = std::make_shared<ot::DenseCost>(problem.geometry->cost_matrix());
  problem.penalty_a = ot::MarginalPenalty::tau(.9);
  problem.penalty_b = ot::MarginalPenalty::rho(.9);
  problem.reference = ot::Reference::kCounting;
  EXPECT_NEAR(unbalanced["value"].get<double>(), ot::sinkhorn(problem, settings_).value.item<double>(), 1e-12);

  const auto scaled =
      json_of("solve " + points() + " --epsilon 0.05 --epsilon-scale mean --cost euclidean --dtype float32");
  EXPECT_TRUE(scaled["converged"].get<bool>());
  EXPECT_NE(scaled["method"].get<std::string>().find("float32"), std::string::npos) << scaled["method"];
  for (const auto* init : {"gaussian", "subsample:4"})
    EXPECT_TRUE(json_of("solve " + points() + " --epsilon 0.1 --init " + init)["converged"].get<bool>());
  const auto fixed = json_of("solve " + points() + " --epsilon 0.01 --threshold 1e-11 --fixed-iterations 7");
  EXPECT_EQ(fixed["iterations"], 7);
  EXPECT_FALSE(fixed["converged"].get<bool>());
}

TEST_F(OtVerbs, AnUnconvergedSolveSaysSoTwice) {
  const auto result = brenier("ot solve " + points() + " --epsilon 0.001 --max-iterations 2 --threshold 1e-11");
  EXPECT_EQ(result.exit_code, 0);
  const auto json = nlohmann::json::parse(result.out);
  EXPECT_FALSE(json["converged"].get<bool>());
  EXPECT_EQ(json["status"], "max_iterations");
  EXPECT_NE(result.err.find("did not converge"), std::string::npos) << result.err;
}

TEST_F(OtVerbs, DivergenceExactAndMapGiveTheNumbersOfTheCppCalls) {
  ot::DivergenceSettings divergence;
  divergence.sinkhorn = settings_;
  const auto s = json_of("divergence " + points() + " --epsilon 0.1 --threshold 1e-11");
  EXPECT_NEAR(s["value"].get<double>(), ot::sinkhorn_divergence(golden_.problem, divergence).value.item<double>(),
              1e-12);
  EXPECT_TRUE(s["converged"].get<bool>());
  EXPECT_NEAR(s["xx"]["value"].get<double>(), .13423093249749568, 1e-10);

  const auto e = json_of("exact " + points() + " --plan " + at("exact.npy") + " --potentials " + at("exact"));
  EXPECT_NEAR(e["value"].get<double>(), .20485593722785975, 1e-12);
  EXPECT_LE(std::abs(e["gap"].get<double>()), 1e-12);
  EXPECT_NEAR(apps::read_tensor(at("exact.npy")).sum().item<double>(), 1, 1e-12);
  EXPECT_EQ(apps::read_tensor(at("exact.f.npy")).numel(), 8);
  const auto c = json_of("exact --cost-matrix " + at("c.npy") + " --a " + at("a.npy") + " --b " + at("b.npy"));
  EXPECT_NEAR(c["value"].get<double>(), .20485593722785975, 1e-12);

  const auto m = json_of("map " + points() + " --epsilon 0.1 --threshold 1e-11 --output " + at("t.npy"));
  EXPECT_EQ(m["points"], 8);
  const auto out = ot::sinkhorn(golden_.problem, settings_);
  expect_file("t.npy", ot::EntropicMap(out).transport(golden_.x()));
  (void)json_of("map " + points() + " --epsilon 0.1 --threshold 1e-11 --reverse --points " + at("x.npy") +
                " --output " + at("r.npy"));
  expect_file("r.npy", ot::EntropicMap(out, ot::Direction::kColumns).transport(golden_.x()));
}

TEST_F(OtVerbs, ExactOnALineSorts) {
  const auto first = [](const at::Tensor& points) { return points.detach().select(1, 0).contiguous(); };
  apps::write_tensor(at("x1.npy"), first(golden_.x()));
  apps::write_tensor(at("y1.npy"), first(golden_.y()));
  const auto line = "--x " + at("x1.npy") + " --y " + at("y1.npy") + " --a " + at("a.npy") + " --b " + at("b.npy");
  const auto sorted = json_of("exact " + line);
  EXPECT_NEAR(sorted["value"].get<double>(), .09373481458037418, 1e-12);
  EXPECT_EQ(sorted["method"], "sorting");
  const auto simplex = json_of("exact " + line + " --plan " + at("p.npy"));
  EXPECT_NEAR(simplex["value"].get<double>(), .09373481458037418, 1e-12);
  EXPECT_NEAR(json_of("exact --cost euclidean " + line)["value"].get<double>(), .29573043087718304, 1e-12);
}

TEST_F(OtVerbs, GradientWritesThoseOfTheCppCall) {
  const auto w = at::cos(at::arange(8, at::kDouble));
  const auto centred = w - w.mean();
  apps::write_tensor(at("w.npy"), centred);
  settings_.threshold = 1e-13;
  const auto& problem = golden_.problem;
  const std::vector<at::Tensor> leaves{golden_.x(), golden_.y(), problem.a, problem.b, problem.epsilon};
  const std::vector<std::string> names{"x", "y", "a", "b", "epsilon"};
  for (const std::string loss : {"value", "dot_f"}) {
    const auto json = json_of("gradient " + points() + " --epsilon 0.1 --threshold 1e-13 --out " + at(loss) +
                              " --loss " + loss + (loss == "dot_f" ? " --weights " + at("w.npy") : ""));
    const auto out = ot::sinkhorn(problem, settings_);
    const auto number = loss == "value" ? out.value : (centred * out.f).sum();
    EXPECT_NEAR(json["loss"].get<double>(), number.item<double>(), 1e-12);
    const auto gradients = torch::autograd::grad({number}, leaves);
    for (std::size_t k = 0; k < leaves.size(); ++k) {
      EXPECT_EQ(json["files"][names[k]], at(loss + "." + names[k] + ".npy"));
      expect_file(loss + "." + names[k] + ".npy", gradients[k]);
    }
  }
  EXPECT_NEAR(apps::read_tensor(at("dot_f.x.npy"))[0][0].item<double>(), -.4546600262254983, 1e-9);

  // In the costs, which is the plan; epsilon by default, uniform weights.
  (void)json_of("gradient --cost-matrix " + at("c.npy") + " --threshold 1e-13 --out " + at("m"));
  const auto plan = apps::read_tensor(at("m.cost.npy"));
  EXPECT_NEAR(plan.sum().item<double>(), 1, 1e-12);
  EXPECT_EQ(apps::read_tensor(at("m.epsilon.npy")).dim(), 0);
}

TEST_F(OtVerbs, WrongInputIsOneClearError) {
  write_text(at("broken.npy"), "no array");
  apps::write_tensor(at("nan.npy"), golden_.x().detach() / 0.0);
  apps::write_tensor(at("short.npy"), golden_.problem.a.slice(0, 0, 5));
  apps::write_tensor(at("heavy.npy"), golden_.problem.a * 2);
  struct Case {
    std::string arguments;
    int exit_code;
    std::vector<std::string> words;
  };
  const auto xy = "--x " + at("x.npy") + " --y " + at("y.npy");
  const std::vector<Case> cases{
      {"slove " + xy, 2, {"there is no command 'slove'", "did you mean 'solve'?"}},
      {"solve --x " + at("x.npy"), 2, {"no --y"}},
      {"solve " + xy + " --cost-matrix " + at("c.npy"), 2, {"--cost-matrix"}},
      {"solve " + xy + " --cost sqeuclidian", 2, {"did you mean 'sqeuclidean'?"}},
      {"solve " + xy + " --epsilon -1", 3, {"epsilon", "-1"}},
      {"solve " + xy + " --epsilon-scale median --epsilon 1", 2, {"median"}},
      {"solve " + xy + " --tau-a 0.9 --rho-a 1", 2, {"--rho-a"}},
      {"solve " + xy + " --tau-a 1.5", 2, {"1.5"}},
      {"solve " + xy + " --init nowhere", 2, {"nowhere", "gaussian"}},
      {"solve " + xy + " --threshold 0", 2, {"threshold"}},
      {"solve --x " + at("gone.npy") + " --y " + at("y.npy"), 3, {"gone.npy"}},
      {"solve --x " + at("broken.npy") + " --y " + at("y.npy"), 3, {"broken.npy", "not an .npy file"}},
      {"solve --x " + at("nan.npy") + " --y " + at("y.npy"), 3, {"nan.npy"}},
      {"solve " + xy + " --a " + at("short.npy"), 3, {"[5]"}},
      {"solve " + xy + " --a " + at("heavy.npy"), 3, {"mass"}},
      {"divergence " + xy + " --reference counting", 2, {"product reference"}},
      {"gradient " + xy + " --loss dot_f --out " + at("g"), 2, {"weights"}},
      {"map " + xy + " --points " + at("w1.npy") + " --output " + at("o.npy"), 3, {"w1.npy"}},
  };
  for (const auto& [arguments, exit_code, words] : cases) {
    const auto result = brenier("ot " + arguments);
    EXPECT_EQ(result.exit_code, exit_code) << arguments << "\n" << result.err;
    EXPECT_TRUE(result.out.empty()) << result.out;
    for (const auto& word : words)
      EXPECT_NE(result.err.find(word), std::string::npos) << arguments << "\n" << result.err;
  }
}

}  // namespace brenier::tests
