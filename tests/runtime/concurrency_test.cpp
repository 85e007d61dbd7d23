// One predictor under load: many threads at once, and very many calls.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "core/error.h"
#include "runtime/predictor.h"
#include "tests/helpers/temp_dir.h"
#include "tests/runtime/model_archive.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define BRENIER_UNDER_SANITIZER 1
#else
#define BRENIER_UNDER_SANITIZER 0
#endif

namespace brenier::runtime {

class Concurrency : public testing::Test {
 protected:
  Concurrency() : predictor_(load()) {}

  Predictor load() {
    tests::write_network_model(dir_ / "m.pt");
    return Predictor::load(dir_ / "m.pt");
  }
  // What thread t asks in its call i: contexts, genes in other orders, batches and rows differ.
  at::Tensor ask(std::size_t t, int i) const {
    const auto genes = predictor_.info().genes;
    const auto cells = (at::arange(5 * 20, at::kFloat) * 0.1 + static_cast<double>(t)).sin().reshape({5, 20});
    const auto context = make_context({{t % 2 == 0 ? "drug" : "ko", 1.0 + i % 3}}, {{"cell_type", "y"}});
    PredictOptions options;
    options.batch_rows = 1 + i % 4;
    if (t % 3 != 0) return predictor_.predict(cells.contiguous(), genes, context, options);
    return predictor_.predict(cells.flip({1}).contiguous(), {genes.rbegin(), genes.rend()}, context, options);
  }

  tests::TempDir dir_;
  Predictor predictor_;
};

TEST_F(Concurrency, SixteenThreadsGetWhatOneGets) {
  constexpr std::size_t kThreads = 16;
  constexpr int kCalls = 24;
  std::vector<std::vector<at::Tensor>> expected(kThreads);
  for (std::size_t t = 0; t < kThreads; ++t) {
    for (int i = 0; i < kCalls; ++i) expected[t].push_back(ask(t, i));
  }
  // A file that no call has used yet: the first calls of all threads meet in it.
  predictor_ = Predictor::load(dir_ / "m.pt");
  std::atomic<int> wrong{0};
  std::atomic<int> refused{0};
  std::atomic<bool> go{false};
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      while (!go.load()) std::this_thread::yield();
      for (int i = 0; i < kCalls; ++i) {
        if (!ask(t, i).equal(expected[t][static_cast<std::size_t>(i)])) ++wrong;
        try {
          (void)predictor_.predict(at::ones({1, 2}), {"g1", "g2"}, Context{});
        } catch (const Error&) {
          ++refused;
        }
      }
    });
  }
  go.store(true);
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_EQ(refused.load(), static_cast<int>(kThreads) * kCalls);
}

TEST_F(Concurrency, ThreadsMayLoadAtOnce) {
  const auto context = make_context({{"ko", 2.0}}, {{"cell_type", "y"}});
  const auto cells = (at::arange(5 * 20, at::kFloat) * 0.1).sin().reshape({5, 20}).contiguous();
  const auto expected = predictor_.predict(cells, predictor_.info().genes, context);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      const auto predictor = Predictor::load(dir_ / "m.pt");
      if (!predictor.predict(cells, predictor.info().genes, context).equal(expected)) ++wrong;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong.load(), 0);
}

// Resident memory of this process in KiB.
std::int64_t resident_kib() {
  std::ifstream file("/proc/self/statm");
  std::int64_t total = 0;
  std::int64_t resident = 0;
  file >> total >> resident;
  return resident * (::sysconf(_SC_PAGESIZE) / 1024);
}

TEST_F(Concurrency, TenThousandCallsDoNotGrowTheMemory) {
  if (BRENIER_UNDER_SANITIZER != 0) GTEST_SKIP() << "a sanitizer keeps freed memory";
  for (int i = 0; i < 1000; ++i) (void)ask(static_cast<std::size_t>(i % 16), i);
  const auto before = resident_kib();
  ASSERT_GT(before, 0);
  for (int i = 0; i < 10'000; ++i) (void)ask(static_cast<std::size_t>(i % 16), i);
  // 10,000 calls: one leaked block of 64 bytes a call would be 640 KB.
  EXPECT_LT(resident_kib() - before, 512);
}

TEST_F(Concurrency, TenThousandRefusedCallsDoNotGrowTheMemory) {
  if (BRENIER_UNDER_SANITIZER != 0) GTEST_SKIP() << "a sanitizer keeps freed memory";
  const auto refuse = [this] {
    EXPECT_THROW((void)predictor_.predict(at::ones({1, 2}), {"g1", "g2"}, Context{}), Error);
  };
  for (int i = 0; i < 1000; ++i) refuse();
  const auto before = resident_kib();
  for (int i = 0; i < 10'000; ++i) refuse();
  EXPECT_LT(resident_kib() - before, 512);
}

}  // namespace brenier::runtime
