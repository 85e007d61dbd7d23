#include "runtime/predictor.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/error.h"
#include "tests/helpers/temp_dir.h"
#include "tests/runtime/model_archive.h"

namespace brenier::runtime {

class PredictorTest : public testing::Test {
 protected:
  PredictorTest() : predictor_(load()) {}

  Predictor load() {
    tests::write_sample_model(dir_ / "m.pt");
    return Predictor::load(dir_ / "m.pt");
  }
  std::string message_of(const at::Tensor& cells, const std::vector<std::string>& genes, const Context& context,
                         const PredictOptions& options = {}) {
    try {
      (void)predictor_.predict(cells, genes, context, options);
    } catch (const Error& error) {
      EXPECT_NE(error.kind(), ErrorKind::kDefect) << error.what();
      return error.what();
    }
    ADD_FAILURE() << "the prediction was not refused";
    return "";
  }

  tests::TempDir dir_;
  Predictor predictor_;
  const std::vector<std::string> genes_{"a", "b", "c"};
  const Context context_ = make_context({{"drug", 2.0}}, {{"cell_type", "y"}});  // adds (2, 0, 1)
};

TEST_F(PredictorTest, MovesCells) {
  const auto cells = at::arange(6, at::kFloat).reshape({2, 3});
  const auto moved = predictor_.predict(cells, genes_, context_);
  EXPECT_TRUE(moved.equal(cells + at::tensor({2.0F, 0.0F, 1.0F})));
}

TEST_F(PredictorTest, HandsOutTensorsLikeAnyOther) {
  const auto cells = at::ones({4, 3});
  const auto encoded = predictor_.encode_context(cells, context_);
  PredictOptions two;
  two.batch_rows = 2;
  for (at::Tensor moved :
       {predictor_.predict(cells, genes_, context_), predictor_.predict(cells, genes_, context_, two),
        predictor_.forward(cells, encoded), encoded}) {
    EXPECT_FALSE(moved.is_inference());
    moved.add_(1);  // not allowed for one of inference mode
    const auto weight = at::ones({moved.size(-1)}).requires_grad_();
    moved.mul(weight).sum().backward();
    EXPECT_TRUE(weight.grad().isfinite().all().item<bool>());
  }
  EXPECT_TRUE(predictor_.predict(cells, genes_, context_).equal(at::tensor({3.0F, 1.0F, 2.0F}).expand({4, 3})));
}

TEST_F(PredictorTest, TakesGenesByNameAndIgnoresOthers) {
  const auto cells = at::tensor({9.0F, 3.0F, 2.0F, 1.0F}).reshape({1, 4});
  const auto moved = predictor_.predict(cells, {"z", "c", "b", "a"}, context_);
  EXPECT_TRUE(moved.equal(at::tensor({3.0F, 2.0F, 4.0F}).reshape({1, 3})));
}

TEST_F(PredictorTest, MissingGenesAreRefusedUnlessAskedFor) {
  const auto cells = at::ones({1, 2});
  EXPECT_NE(message_of(cells, {"a", "b"}, context_).find("'c'"), std::string::npos);
  PredictOptions options;
  options.missing_genes = {MissingGenes::kZero, 0.5};
  const auto moved = predictor_.predict(cells, {"a", "b"}, context_, options);
  EXPECT_TRUE(moved.equal(at::tensor({3.0F, 1.0F, 1.0F}).reshape({1, 3})));
  EXPECT_EQ(predictor_.missing_genes({"b", "z"}), (std::vector<std::string>{"a", "c"}));
  options.missing_genes = {MissingGenes::kMean, 0.5};
  EXPECT_NE(message_of(cells, {"a", "b"}, context_, options).find("no training means"), std::string::npos);
}

TEST_F(PredictorTest, DuplicatedGenesAreRefusedAndReorderedOnesAreNot) {
  EXPECT_NE(message_of(at::ones({1, 4}), {"a", "b", "c", "b"}, context_).find("gene 'b'"), std::string::npos);
  const auto cells = at::arange(6, at::kFloat).reshape({2, 3});
  const auto moved = predictor_.predict(cells, genes_, context_);
  const auto reversed = predictor_.predict(cells.flip({1}).contiguous(), {"c", "b", "a"}, context_);
  EXPECT_TRUE(reversed.equal(moved));
}

TEST_F(PredictorTest, AModelThatChangesNothingDoesNotHandOutTheCellsThemselves) {
  tests::write_archive(dir_ / "same.pt", to_json(tests::sample_info()).dump(), R"(
def encode_context(self, control: Tensor, actions: Tensor, covariates: Tensor) -> Tensor:
    return actions

def forward(self, cells: Tensor, context: Tensor) -> Tensor:
    return cells
)");
  const auto cells = at::zeros({2, 3});
  auto moved = Predictor::load(dir_ / "same.pt").predict(cells, genes_, context_);
  moved.fill_(1.0);
  EXPECT_TRUE(cells.equal(at::zeros({2, 3})));
}

TEST_F(PredictorTest, CountsAreScaledByTheTotalOfTheTrainingGenesThenLogged) {
  PredictOptions options;
  options.raw_counts = true;
  // d counts in the total, e does not.
  const auto cells = at::tensor({1.0F, 2.0F, 3.0F, 4.0F, 90.0F}).reshape({1, 5});
  const auto moved = predictor_.predict(cells, {"a", "b", "c", "d", "e"}, context_, options);
  const auto expected = at::tensor({std::log1p(10.0) + 2, std::log1p(20.0), std::log1p(30.0) + 1}).to(at::kFloat);
  EXPECT_TRUE(at::allclose(moved[0], expected, 1e-6, 1e-6));
  EXPECT_NE(message_of(at::ones({1, 3}), genes_, context_, options).find("'d'"), std::string::npos);
  EXPECT_NE(message_of(-at::ones({1, 4}), {"a", "b", "c", "d"}, context_, options).find("negative"), std::string::npos);
}

TEST_F(PredictorTest, LogarithmsAreTurnedBackIntoCountsForAModelOfRecoveredOnes) {
  auto info = tests::sample_info();
  info.preprocess["counts"] = "recover";
  info.preprocess["normalize_total"] = false;
  info.preprocess["log1p"] = false;
  tests::write_archive(dir_ / "recover.pt", to_json(info).dump());
  const auto predictor = Predictor::load(dir_ / "recover.pt");
  PredictOptions options;
  options.raw_counts = true;
  const std::vector<std::string> genes = {"d", "c", "b", "a"};
  const auto counts = at::tensor({3.0F, 0.0F, 2.0F, 7.0F, 0.0F, 1.0F, 1.0F, 4.0F}).reshape({2, 4});
  const auto unit = at::tensor({0.31F, 2.5F}).reshape({2, 1});
  const auto given = (counts * unit).log1p();
  const auto moved = predictor.predict(given, genes, context_, options);
  EXPECT_TRUE(moved.equal(predictor.predict(counts, genes, context_, options)));
  EXPECT_TRUE(predictor.prepare(given, genes, options).equal(counts.index_select(1, at::tensor({3, 2, 1}))));
  EXPECT_TRUE(given.equal((counts * unit).log1p()));  // the caller's cells stay
  auto wrong = given.clone();
  wrong[1][1] = std::log1p(1.817F * 2.5F);
  try {
    (void)predictor.predict(wrong, genes, context_, options);
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("row 1, gene 'c'"), std::string::npos) << error.what();
  }
}

TEST_F(PredictorTest, ACellWithoutCountsStaysZero) {
  PredictOptions options;
  options.raw_counts = true;
  const auto moved = predictor_.predict(at::zeros({1, 4}), {"a", "b", "c", "d"}, context_, options);
  EXPECT_TRUE(moved.equal(at::tensor({2.0F, 0.0F, 1.0F}).reshape({1, 3})));
}

TEST_F(PredictorTest, ResultDoesNotDependOnTheBatch) {
  const auto cells = at::arange(30, at::kFloat).reshape({10, 3});
  const auto whole = predictor_.predict(cells, genes_, context_);
  for (const std::int64_t rows : {1, 3, 10, 99}) {
    PredictOptions options;
    options.batch_rows = rows;
    EXPECT_TRUE(predictor_.predict(cells, genes_, context_, options).equal(whole)) << rows;
  }
  PredictOptions none;
  none.batch_rows = 0;
  EXPECT_NE(message_of(cells, genes_, context_, none).find(">= 1"), std::string::npos);
}

TEST_F(PredictorTest, RefusesWhatItCannotUse) {
  EXPECT_NE(message_of(at::ones({2, 4}), genes_, context_).find("[2, 4]"), std::string::npos);
  EXPECT_NE(message_of(at::ones({3}), genes_, context_).find("[3]"), std::string::npos);
  EXPECT_NE(message_of(at::ones({2, 3}, at::kDouble), genes_, context_).find("double"), std::string::npos);
  EXPECT_NE(message_of(at::ones({0, 3}), genes_, context_).find("no cells"), std::string::npos);
  EXPECT_NE(message_of({}, genes_, context_).find("no tensor"), std::string::npos);
  const auto nan = at::full({1, 3}, std::numeric_limits<float>::quiet_NaN());
  EXPECT_NE(message_of(nan, genes_, context_).find("not finite"), std::string::npos);
  auto one = at::zeros({4, 3});
  one[2][1] = std::numeric_limits<float>::infinity();
  EXPECT_NE(message_of(one, genes_, context_).find("1 values, the first in row 2, gene 'b'"), std::string::npos);
  const auto large = at::full({2, 3}, 3e38F);  // their sum overflows, they do not
  EXPECT_TRUE(predictor_.predict(large, genes_, make_context({{"drug", 0.0}}, {})).equal(large));
  const auto beyond = make_context({{"drug", 3e38}}, {});
  EXPECT_NE(message_of(large, genes_, beyond).find("prediction is not finite"), std::string::npos);
  EXPECT_NE(message_of(at::ones({1, 3}), genes_, make_context({{"drog", 1.0}}, {})).find("'drug'"), std::string::npos);
}

TEST_F(PredictorTest, TellsUnknownCovariates) {
  EXPECT_TRUE(predictor_.unknown_covariates(context_).empty());
  const auto unknown = predictor_.unknown_covariates(make_context({}, {{"cell_type", "z"}, {"batch", "1"}}));
  ASSERT_EQ(unknown.size(), 2U);
  EXPECT_NE(unknown[0].find("batch '1'"), std::string::npos) << unknown[0];
  EXPECT_NE(unknown[1].find("known: 'x', 'y'"), std::string::npos) << unknown[1];
}

TEST(PredictorLoad, RefusesAnArchiveWithoutTheMethods) {
  const tests::TempDir dir;
  tests::write_archive(dir / "m.pt", to_json(tests::sample_info()).dump(),
                       "def forward(self, cells: Tensor, context: Tensor) -> Tensor:\n    return cells\n");
  try {
    (void)Predictor::load(dir / "m.pt");
    FAIL() << "an archive without encode_context was loaded";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    EXPECT_NE(std::string(error.what()).find("encode_context"), std::string::npos) << error.what();
  }
}

TEST(PredictorLoad, AModelThatFailsOrChangesTheShapeIsNamed) {
  const tests::TempDir dir;
  const std::string encode =
      "def encode_context(self, control: Tensor, actions: Tensor, covariates: Tensor) -> Tensor:\n    return actions\n";
  const auto message = [&](const std::string& body) -> std::string {
    tests::write_archive(dir / "m.pt", to_json(tests::sample_info()).dump(),
                         encode + "\ndef forward(self, cells: Tensor, context: Tensor) -> Tensor:\n    " + body + "\n");
    const auto predictor = Predictor::load(dir / "m.pt");
    try {
      (void)predictor.predict(at::ones({2, 3}), {"a", "b", "c"}, make_context({{"drug", 1.0}}, {}));
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_NE(message("return cells.sum(1)").find("changed the shape"), std::string::npos);
  EXPECT_NE(message("return cells @ cells").find("method forward"), std::string::npos);
}

TEST(PredictorMissingGenes, TakeTheTrainingMean) {
  const tests::TempDir dir;
  tests::write_network_model(dir / "m.pt");
  const auto predictor = Predictor::load(dir / "m.pt");
  const auto context = make_context({{"drug", 1.0}}, {{"cell_type", "x"}});
  auto genes = predictor.info().genes;
  auto cells = (at::arange(60, at::kFloat) * 0.2).sin().reshape({3, 20}).contiguous();
  cells.select(1, 4).fill_(5.0);  // the mean of g4
  cells.select(1, 7).fill_(8.0);
  const auto expected = predictor.predict(cells, genes, context);
  std::vector<std::int64_t> kept;
  std::vector<std::string> names;
  for (std::int64_t g = 19; g >= 0; --g) {
    if (g == 4 || g == 7) continue;
    kept.push_back(g);
    names.push_back(genes[static_cast<std::size_t>(g)]);
  }
  PredictOptions options;
  options.missing_genes.action = MissingGenes::kMean;
  const auto part = cells.index_select(1, at::tensor(kept));
  EXPECT_TRUE(predictor.predict(part, names, context, options).equal(expected));
  EXPECT_EQ(predictor.missing_genes(names), (std::vector<std::string>{"g4", "g7"}));
  options.missing_genes.max_share = 0.05;
  EXPECT_THROW((void)predictor.predict(part, names, context, options), Error);
}

}  // namespace brenier::runtime
