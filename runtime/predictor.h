// Loads one exported model and predicts: all that a C++ program needs.
//
//   const auto predictor = runtime::Predictor::load("model.pt");
//   const auto treated = predictor.predict(cells, genes, make_context({{"ifn-beta"}}, {{"cell_type", "B"}}));
//
// cells [N, G'] float32 on the CPU: the population to be moved, one row a cell, in the columns `genes`. All N cells
// belong to one population (a model may describe the context by its distribution). The result has the model's genes, in
// its order. predict() may be called by several threads at once. Depends on LibTorch, nlohmann_json and core/ only.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/context.h"
#include "runtime/gene_alignment.h"
#include "runtime/model_file.h"

namespace brenier::runtime {

struct PredictOptions {
  bool raw_counts =
      false;  // cells are counts: scale and log them as in training. the data need all genes that training had
  MissingGenes missing_genes = MissingGenes::kRefuse;
  std::int64_t batch_rows = 1024;  // rows moved at once; bounds the memory
};

class Predictor final {
 public:
  // Throws kData: no such file, not a Brenier model, a newer format, damaged.
  [[nodiscard]] static Predictor load(const std::filesystem::path& path);

  Predictor(Predictor&&) noexcept;
  Predictor& operator=(Predictor&&) noexcept;
  ~Predictor();

  [[nodiscard]] const ModelInfo& info() const;

  // [N, G'] -> [N, G] float32. Throws kData: an action that the model does not know (with the nearest known one),
  // missing genes (listed), a wrong shape or dtype, values that are not finite, no cells. A covariate value that the
  // model does not know is no error: the model then goes by the cells alone; unknown_covariates() tells.
  [[nodiscard]] at::Tensor predict(const at::Tensor& cells, const std::vector<std::string>& genes,
                                   const Context& context, const PredictOptions& options = {}) const;

  // The context vector of a population in the model's own genes and preprocessing (control [N, G]), and one batch moved
  // by it.
  [[nodiscard]] at::Tensor encode_context(const at::Tensor& control, const Context& context) const;
  [[nodiscard]] at::Tensor forward(const at::Tensor& cells, const at::Tensor& context) const;

  // What is doubtful about asking for this context, a sentence each: an action that training never had (only models
  // that take such ones), a dose or a numeric covariate outside the training range, a numeric covariate that is not
  // given. Empty: nothing. Throws kData when the value of a numeric covariate is no number.
  [[nodiscard]] std::vector<std::string> doubts(const Context& context) const;

  // "cell_type 'X' (known: 'B', 'NK')", one for each covariate of the context that was not in training.
  [[nodiscard]] std::vector<std::string> unknown_covariates(const Context& context) const;

 private:
  struct Loaded;
  explicit Predictor(std::unique_ptr<Loaded> loaded);

  std::unique_ptr<Loaded> loaded_;
};

}  // namespace brenier::runtime
