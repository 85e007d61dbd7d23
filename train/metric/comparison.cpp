#include "train/metric/comparison.h"

#include <ATen/ATen.h>

#include <limits>
#include <utility>

#include "core/error.h"
#include "core/shape.h"

namespace brenier::train {

Population::Population(const std::string& name, at::Tensor cells) : cells_(std::move(cells)) {
  check_shape(cells_, name, "[N, G]", {}, ErrorKind::kDefect);
  check_floating(cells_, name, ErrorKind::kDefect);
  if (cells_.numel() == 0) {
    throw Error(ErrorKind::kDefect, "a population to compare is empty").at(name).expected("cells >= 1, genes >= 1");
  }
}

const at::Tensor& Population::mean() const {
  if (!mean_.defined()) mean_ = cells_.mean(0, /*keepdim=*/false, at::kDouble);
  return mean_;
}

const at::Tensor& Population::variance() const {
  if (!variance_.defined()) {
    if (size() < 2) {
      variance_ = at::full({genes()}, std::numeric_limits<double>::quiet_NaN(), cells_.options().dtype(at::kDouble));
    } else {
      variance_ = (cells_.to(at::kDouble) - mean()).square_().sum(0).div_(static_cast<double>(size() - 1));
    }
  }
  return variance_;
}

Comparison::Comparison(const at::Tensor& control, const at::Tensor& predicted, const at::Tensor& truth)
    : Comparison(std::make_shared<const Population>("control", control),
                 std::make_shared<const Population>("predicted", predicted),
                 std::make_shared<const Population>("truth", truth), std::make_shared<OfTruth>()) {}

Comparison::Comparison(std::shared_ptr<const Population> control, std::shared_ptr<const Population> predicted,
                       std::shared_ptr<const Population> truth, std::shared_ptr<OfTruth> of_truth)
    : control_(std::move(control)),
      predicted_(std::move(predicted)),
      truth_(std::move(truth)),
      predicted_control_(control_),
      of_truth_(std::move(of_truth)) {
  ShapeLetters letters({}, ErrorKind::kDefect);
  letters.check(truth_->cells(), "truth", "[M, G]");
  letters.check(control_->cells(), "control", "[_, G]");
  letters.check(predicted_->cells(), "predicted", "[_, G]");
}

// All distances are taken around the mean of the true cells: the same shift for the three matrices, so that equal
// populations give equal matrices.
const CentredCells& Comparison::centred_truth() const {
  CentredCells& centred = of_truth_->centred;
  if (!centred.cells.defined()) centred = centre_cells(truth_->cells(), truth_->mean());
  return centred;
}

const CentredCells& Comparison::centred_predicted() const {
  if (!centred_predicted_.cells.defined()) centred_predicted_ = centre_cells(predicted_->cells(), truth_->mean());
  return centred_predicted_;
}

const at::Tensor& Comparison::predicted_to_truth() const {
  if (!cross_.defined()) cross_ = squared_distances(centred_predicted(), centred_truth());
  return cross_;
}

const at::Tensor& Comparison::within_predicted() const {
  if (!within_predicted_.defined()) within_predicted_ = squared_distances(centred_predicted(), centred_predicted());
  return within_predicted_;
}

const at::Tensor& Comparison::within_truth() const {
  if (!of_truth_->within.defined()) {
    of_truth_->within = squared_distances(centred_truth(), centred_truth());
  }
  return of_truth_->within;
}

const Differential& Comparison::true_differential() const {
  auto& kept = of_truth_->differential;
  if (!kept) kept = differential_expression(control_->cells(), truth_->cells(), cell_eval_test());
  return *kept;
}

const Differential& Comparison::predicted_differential() const {
  if (!predicted_differential_) {
    predicted_differential_ =
        differential_expression(predicted_control_->cells(), predicted_->cells(), cell_eval_test());
  }
  return *predicted_differential_;
}

Comparison Comparison::with_predicted(const at::Tensor& predicted, const at::Tensor& predicted_control) const {
  Comparison comparison = with_predicted(predicted);
  if (!predicted_control.defined()) return comparison;
  ShapeLetters letters({{"G", truth_->genes()}}, ErrorKind::kDefect);
  letters.check(predicted_control, "predicted_control", "[_, G]");
  comparison.predicted_control_ = std::make_shared<const Population>("predicted_control", predicted_control);
  return comparison;
}

Comparison Comparison::with_predicted(const at::Tensor& predicted) const {
  return {control_, std::make_shared<const Population>("predicted", predicted), truth_, of_truth_};
}

Comparison Comparison::with_genes(const at::Tensor& genes) const {
  Comparison comparison(control_->cells().index_select(1, genes), predicted_->cells().index_select(1, genes),
                        truth_->cells().index_select(1, genes));
  if (predicted_control_ == control_) return comparison;
  comparison.predicted_control_ =
      std::make_shared<const Population>("predicted_control", predicted_control_->cells().index_select(1, genes));
  return comparison;
}

Comparison Comparison::among_truth(const at::Tensor& predicted, const at::Tensor& truth) const {
  const auto among = [this](const at::Tensor& rows, const at::Tensor& columns) {
    return within_truth().index_select(0, rows).index_select(1, columns);
  };
  Comparison comparison(control_->cells(), truth_->cells().index_select(0, predicted),
                        truth_->cells().index_select(0, truth));
  comparison.cross_ = among(predicted, truth);
  comparison.within_predicted_ = among(predicted, predicted);
  comparison.of_truth_->within = among(truth, truth);
  return comparison;
}

Comparison Comparison::resampled(const at::Tensor& control, const at::Tensor& predicted, const at::Tensor& truth,
                                 bool distances) const {
  const at::Tensor& cells = control_->cells();
  Comparison comparison(control.defined() ? cells.index_select(0, control) : cells,
                        predicted_->cells().index_select(0, predicted), truth_->cells().index_select(0, truth));
  if (predicted_control_ != control_) comparison.predicted_control_ = predicted_control_;
  if (!distances) return comparison;
  comparison.cross_ = predicted_to_truth().index_select(0, predicted).index_select(1, truth);
  comparison.within_predicted_ = within_predicted().index_select(0, predicted).index_select(1, predicted);
  comparison.of_truth_->within = within_truth().index_select(0, truth).index_select(1, truth);
  return comparison;
}

}  // namespace brenier::train
