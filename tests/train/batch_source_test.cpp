#include "train/batch_source.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "core/error.h"
#include "tests/train/memory_view.h"

namespace brenier::train {

models::Stage context_stage(std::int64_t control, std::int64_t treated) {
  return {"transport", 10, {models::BatchNeeds::Kind::kContext, 0, control, treated}, false, true};
}

models::Stage cell_stage(std::int64_t cells) {
  return {"cells", 10, {models::BatchNeeds::Kind::kCells, cells, 0, 0}, false, true};
}

TEST(BatchSource, ContextBatchHoldsCellsOfItsContextOnly) {
  const auto view = tests::make_view(3, 8, 5, 4);
  BatchSource source(view, context_stage(4, 5), 1);
  for (int i = 0; i < 30; ++i) {
    const auto batch = source.next();
    const auto& context = view.contexts()[static_cast<std::size_t>(batch.context)];
    ASSERT_EQ(batch.control.sizes(), at::IntArrayRef({4, 4}));
    ASSERT_EQ(batch.treated.sizes(), at::IntArrayRef({5, 4}));
    EXPECT_FALSE(batch.cells.defined());
    const auto population = view.rows(context.control);
    for (std::int64_t r = 0; r < 4; ++r) {
      EXPECT_TRUE((population == batch.control[r]).all(1).any().item<bool>());
    }
    // All five treated cells were asked for: each exactly once, whatever their order.
    EXPECT_TRUE(at::allclose(batch.treated.sum(0), view.rows(context.treated).sum(0), 1e-5, 1e-5));
  }
}

TEST(BatchSource, ContextsAreDrawnUniformly) {
  const auto view = tests::make_view(4, 2, 2, 1);
  BatchSource source(view, context_stage(1, 1), 5);
  std::map<std::int64_t, int> count;
  for (int i = 0; i < 4000; ++i) ++count[source.next().context];
  ASSERT_EQ(count.size(), 4U);
  for (const auto& [context, times] : count)
    EXPECT_NEAR(times, 1000, 150) << context;  // more than 5 standard deviations
}

TEST(BatchSource, CellBatchesSayWhichContextACellIsOf) {
  const auto view = tests::make_view(2, 6, 5, 1);
  BatchSource source(view, cell_stage(22), 2);
  const auto batch = source.next();
  ASSERT_EQ(batch.labels.sizes(), at::IntArrayRef({22}));
  std::map<std::int64_t, std::set<float>> found;
  for (std::int64_t r = 0; r < 22; ++r)
    found[batch.labels[r].item<std::int64_t>()].insert(batch.cells[r][0].item<float>());
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[-1].size(), 12U);
  for (std::int64_t k = 0; k < 2; ++k) {
    const auto treated = view.rows(view.contexts()[static_cast<std::size_t>(k)].treated).flatten();
    for (std::int64_t r = 0; r < 5; ++r) EXPECT_TRUE(found[k].contains(treated[r].item<float>())) << k;
  }
}

TEST(BatchSource, CellBatchesVisitEveryTrainingCell) {
  const auto view = tests::make_view(2, 6, 6, 1);
  BatchSource source(view, cell_stage(8), 2);
  std::multiset<float> seen;
  for (int i = 0; i < 3; ++i) {
    const auto cells = source.next().cells;
    for (std::int64_t r = 0; r < cells.size(0); ++r) seen.insert(cells[r][0].item<float>());
  }
  EXPECT_EQ(std::set<float>(seen.begin(), seen.end()).size(), 24U);
}

TEST(BatchSource, EmbeddedBatchesAreRowsOfTheEmbedding) {
  const auto view = tests::make_view(1, 4, 4, 3);
  const auto embedded = at::arange(16, at::kFloat).reshape({8, 2});
  BatchSource source(view, context_stage(4, 0), 2, embedded);
  const auto batch = source.next();
  EXPECT_EQ(batch.control.sizes(), at::IntArrayRef({4, 2}));
  EXPECT_FALSE(batch.treated.defined());
  EXPECT_EQ(std::get<0>(batch.control.select(1, 0).sort()).equal(at::tensor({0.F, 2.F, 4.F, 6.F})), true);
}

TEST(BatchSource, PopulationSmallerThanTheBatchIsRepeated) {
  const auto view = tests::make_view(1, 2, 2, 1);
  BatchSource source(view, context_stage(7, 3), 2);
  const auto batch = source.next();
  EXPECT_EQ(batch.control.size(0), 7);
  EXPECT_EQ(batch.treated.size(0), 3);
}

TEST(BatchSource, ResumesWithTheVeryNextBatch) {
  const auto view = tests::make_view(3, 7, 5, 2);
  BatchSource source(view, context_stage(4, 3), 9);
  for (int i = 0; i < 11; ++i) (void)source.next();
  BatchSource resumed(view, context_stage(4, 3), 9);
  resumed.set_state(source.state());
  for (int i = 0; i < 20; ++i) {
    const auto expected = source.next();
    const auto batch = resumed.next();
    ASSERT_EQ(batch.context, expected.context);
    ASSERT_TRUE(batch.control.equal(expected.control));
    ASSERT_TRUE(batch.treated.equal(expected.treated));
  }
}

TEST(BatchSource, StagesDrawDifferentBatches) {
  const auto view = tests::make_view(1, 50, 1, 1);
  auto other = cell_stage(20);
  other.name = "other";
  BatchSource a(view, cell_stage(20), 9);
  BatchSource b(view, other, 9);
  EXPECT_FALSE(a.next().cells.equal(b.next().cells));
}

TEST(BatchSource, NamesTheContextWithoutCells) {
  auto base = tests::make_view(2, 3, 3, 1);
  auto contexts = base.contexts();
  contexts[1].treated.clear();
  const tests::MemoryView view(base.task(), contexts, base.rows({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}));
  try {
    BatchSource source(view, context_stage(1, 1), 1);
    FAIL() << "an empty population was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    EXPECT_NE(std::string(error.what()).find("type=t1"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("no treated cells"), std::string::npos) << error.what();
  }
}

TEST(BatchSource, RefusesEmptyBatchesForeignStatesAndForeignEmbeddings) {
  const auto view = tests::make_view(2, 3, 3, 1);
  EXPECT_THROW(BatchSource(view, cell_stage(0), 1), Error);
  EXPECT_THROW(BatchSource(view, cell_stage(2), 1, at::zeros({3, 2})), Error);
  BatchSource source(view, cell_stage(2), 1);
  EXPECT_THROW(source.set_state({0, 0}), Error);
}

}  // namespace brenier::train
