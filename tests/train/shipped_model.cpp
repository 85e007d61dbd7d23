#include "tests/train/shipped_model.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <atomic>
#include <thread>

#include "core/error.h"
#include "core/io/atomic_file.h"
#include "runtime/predictor.h"
#include "train/table_view.h"

namespace brenier::tests {

void expect_shipped_model_agrees(const train::PreparedData& prepared, const models::Model& trained,
                                 const std::filesystem::path& file, const std::vector<Context>& contexts) {
  const auto predictor = runtime::Predictor::load(file);
  auto archive = torch::jit::load(file.string());
  for (const auto& context : contexts) {
    const auto control = train::dense_rows(prepared.table, prepared.contexts.control_rows(context));
    const auto expected = trained.predict(control, context);
    const auto shipped = predictor.predict(control, trained.task().genes, context);
    EXPECT_LE((shipped - expected).abs().max().item<double>(), 1e-5) << to_string(context);
    const auto vocabulary = trained.vocabulary();
    const auto vector = archive.run_method("encode_context", control, models::encode_actions(vocabulary, context),
                                           models::encode_covariates(vocabulary, context));
    const auto loaded = archive.run_method("forward", control, vector).toTensor();
    EXPECT_LE((loaded - expected).abs().max().item<double>(), 1e-5) << to_string(context);
  }
}

namespace shipped_model_detail {

void expect_threads_agree(const runtime::Predictor& predictor, const at::Tensor& cells,
                          const std::vector<Context>& contexts, const std::vector<at::Tensor>& expected) {
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 16; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < contexts.size(); ++i) {
        const auto k = (t + i) % contexts.size();
        if (!predictor.predict(cells, predictor.info().genes, contexts[k]).equal(expected[k])) ++wrong;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong.load(), 0);
}

}  // namespace shipped_model_detail

void expect_shipped_model_is_robust(const train::PreparedData& prepared, const std::filesystem::path& file,
                                    const std::vector<Context>& contexts, std::size_t stride) {
  const auto genes = runtime::read_model_info(file).genes;
  const auto cells = train::dense_rows(prepared.table, prepared.contexts.control_rows(contexts.front()));
  std::vector<at::Tensor> expected;
  {
    const auto predictor = runtime::Predictor::load(file);
    for (const auto& context : contexts) expected.push_back(predictor.predict(cells, genes, context));
  }
  shipped_model_detail::expect_threads_agree(runtime::Predictor::load(file), cells, contexts, expected);
  const std::vector<std::string> reversed(genes.rbegin(), genes.rend());
  EXPECT_TRUE(runtime::Predictor::load(file)
                  .predict(cells.flip({1}).contiguous(), reversed, contexts.front())
                  .equal(expected.front()));

  const auto bytes = read_file(file);
  const auto other = file.parent_path() / "damaged.pt";
  const auto outcome = [&](const std::string& content) {  // 0 refused, 1 as before, 2 another prediction
    write_atomically(other, content);
    try {
      return runtime::Predictor::load(other).predict(cells, genes, contexts.front()).equal(expected.front()) ? 1 : 2;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kData) << error.what();
      return 0;
    }
  };
  int refused = 0;
  for (std::size_t i = 0; i < bytes.size(); i += stride) {
    auto damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
    const int got = outcome(damaged);
    EXPECT_NE(got, 2) << "byte " << i;
    if (got == 0) ++refused;
  }
  EXPECT_GT(refused, 0);
  for (const std::size_t part : {2, 3, 50}) EXPECT_EQ(outcome(bytes.substr(0, bytes.size() - bytes.size() / part)), 0);
  std::filesystem::remove(other);
}

}  // namespace brenier::tests
