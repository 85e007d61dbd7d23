// What a metric compares: the control, predicted and true cells of one context, and what is derived from them.
//
//   control   [N, G]  cells without the perturbation
//   predicted [N', G] the model's cells
//   truth     [M, G]  measured cells with the perturbation
//   predicted_control the control cells that the prediction is compared with: `control`, unless another tool brings its
//                     own
//
// Means and variances are float64 whatever the dtype of the cells; the variance is the unbiased one (divisor n - 1; NaN
// for one cell). Everything is computed when first asked for and kept, so that metrics of one comparison share it, and
// a comparison of the same truth with another prediction (with_predicted) shares what depends on truth and control
// alone. Not for concurrent use.
//
// The tests of differential expression are those of cell-eval (differential.h, cell_eval_test()), truth and prediction
// each against its own control.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "train/differential/differential.h"
#include "train/metric/pairwise.h"

namespace brenier::train {

// One population with its lazily computed moments.
class Population final {
 public:
  // Throws kDefect unless cells is a floating-point [n >= 1, G >= 1]; `name` is for the message.
  Population(const std::string& name, at::Tensor cells);

  [[nodiscard]] const at::Tensor& cells() const { return cells_; }
  [[nodiscard]] std::int64_t size() const { return cells_.size(0); }
  [[nodiscard]] std::int64_t genes() const { return cells_.size(1); }
  [[nodiscard]] const at::Tensor& mean() const;      // float64 [G]
  [[nodiscard]] const at::Tensor& variance() const;  // float64 [G]

 private:
  at::Tensor cells_;
  mutable at::Tensor mean_;
  mutable at::Tensor variance_;
};

class Comparison final {
 public:
  // Throws kDefect naming the shapes when the numbers of genes differ.
  Comparison(const at::Tensor& control, const at::Tensor& predicted, const at::Tensor& truth);

  [[nodiscard]] const Population& control() const { return *control_; }
  [[nodiscard]] const Population& predicted() const { return *predicted_; }
  [[nodiscard]] const Population& truth() const { return *truth_; }
  [[nodiscard]] const Population& predicted_control() const { return *predicted_control_; }

  [[nodiscard]] const Differential& true_differential() const;
  [[nodiscard]] const Differential& predicted_differential() const;

  // Squared Euclidean distances, float64, see pairwise.h.
  [[nodiscard]] const at::Tensor& predicted_to_truth() const;  // [N', M]
  [[nodiscard]] const at::Tensor& within_predicted() const;    // [N', N']
  [[nodiscard]] const at::Tensor& within_truth() const;        // [M, M]

  // The same control and truth (and all that was computed of them) with another prediction.
  [[nodiscard]] Comparison with_predicted(const at::Tensor& predicted) const;
  // The same with control cells of the prediction's own; undefined: none of its own.
  [[nodiscard]] Comparison with_predicted(const at::Tensor& predicted, const at::Tensor& predicted_control) const;
  // The same cells with the named genes only: genes [k] int64.
  [[nodiscard]] Comparison with_genes(const at::Tensor& genes) const;
  // Rows `predicted` [n] of the true cells as the prediction of rows `truth` [m] of them, int64, repeats allowed; the
  // distances are taken from within_truth().
  [[nodiscard]] Comparison among_truth(const at::Tensor& predicted, const at::Tensor& truth) const;
  // The same populations with other cells of theirs, int64 rows with repeats allowed; `control` undefined: all of them.
  // With `distances` the distances are taken from this comparison instead of being computed again.
  [[nodiscard]] Comparison resampled(const at::Tensor& control, const at::Tensor& predicted, const at::Tensor& truth,
                                     bool distances) const;

 private:
  // What depends on the true cells (and their control) alone.
  struct OfTruth {
    CentredCells centred;
    at::Tensor within;
    std::optional<Differential> differential;
  };

  Comparison(std::shared_ptr<const Population> control, std::shared_ptr<const Population> predicted,
             std::shared_ptr<const Population> truth, std::shared_ptr<OfTruth> of_truth);

  [[nodiscard]] const CentredCells& centred_truth() const;
  [[nodiscard]] const CentredCells& centred_predicted() const;

  std::shared_ptr<const Population> control_;
  std::shared_ptr<const Population> predicted_;
  std::shared_ptr<const Population> truth_;
  std::shared_ptr<const Population> predicted_control_;
  std::shared_ptr<OfTruth> of_truth_;
  mutable CentredCells centred_predicted_;
  mutable at::Tensor cross_;
  mutable at::Tensor within_predicted_;
  mutable std::optional<Differential> predicted_differential_;
};

}  // namespace brenier::train
