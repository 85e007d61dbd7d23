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
  // The cells are as those of the training file before any preprocessing (counts, usually): scale and log them as in
  // training. The data then need all genes that the total of a cell was taken over. A model that was trained on counts
  // recovered from logarithms (preprocess.counts) takes log(1 + normalised counts) here too, over all genes they have.
  bool raw_counts = false;
  MissingGeneRule missing_genes;
  std::int64_t batch_rows = 512;  // rows moved at once; bounds the memory
};

class Predictor final {
 public:
  // Throws kData: no such file, not a Brenier model, cut off, damaged, of a newer format or a newer LibTorch.
  [[nodiscard]] static Predictor load(const std::filesystem::path& path);

  Predictor(Predictor&&) noexcept;
  Predictor& operator=(Predictor&&) noexcept;
  ~Predictor();

  [[nodiscard]] const ModelInfo& info() const;

  // [N, G'] -> [N, G] float32. Throws kData: an action that the model does not know (with the nearest known one),
  // missing genes (listed), a gene twice, a wrong shape or dtype, values that are not finite (saying where), no cells;
  // kNumerical when the prediction is not finite. A covariate value that the model does not know is no error: the model
  // then goes by the cells alone; unknown_covariates() tells.
  [[nodiscard]] at::Tensor predict(const at::Tensor& cells, const std::vector<std::string>& genes,
                                   const Context& context, const PredictOptions& options = {}) const;

  // The cells as predict() hands them to the model: its genes in its order, missing ones filled, preprocessed. [N, G]
  // What a prediction is to be compared with. Throws as predict() does.
  [[nodiscard]] at::Tensor prepare(const at::Tensor& cells, const std::vector<std::string>& genes,
                                   const PredictOptions& options = {}) const;

  // The context vector of a population in the model's own genes and preprocessing (control [N, G]), and one batch moved
  // by it.
  [[nodiscard]] at::Tensor encode_context(const at::Tensor& control, const Context& context) const;
  [[nodiscard]] at::Tensor forward(const at::Tensor& cells, const at::Tensor& context) const;

  // What is doubtful about asking for this context, a sentence each: an action that training never had (only models
  // that take such ones), a dose or a numeric covariate outside the training range, a numeric covariate that is not
  // given. Empty: nothing. Throws kData when the value of a numeric covariate is no number.
  [[nodiscard]] std::vector<std::string> doubts(const Context& context) const;

  // The model's genes that data with these columns lack, whatever the rule.
  [[nodiscard]] std::vector<std::string> missing_genes(const std::vector<std::string>& genes) const;

  // "cell_type 'X' (known: 'B', 'NK')", one for each covariate of the context that was not in training.
  [[nodiscard]] std::vector<std::string> unknown_covariates(const Context& context) const;

 private:
  struct Loaded;
  explicit Predictor(std::unique_ptr<Loaded> loaded);

  std::unique_ptr<Loaded> loaded_;
};

}  // namespace brenier::runtime
