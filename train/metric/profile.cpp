#include "train/metric/profile.h"

#include <ATen/ATen.h>

#include <cmath>
#include <limits>

#include "core/error.h"
#include "train/metric/correlation.h"

namespace brenier::train {

bool higher_is_closer(Similarity similarity) {
  return similarity == Similarity::kCosine || similarity == Similarity::kPearson;
}

double compare_profiles(const at::Tensor& predicted, const at::Tensor& truth, Similarity similarity) {
  switch (similarity) {
    case Similarity::kCosine:
      return cosine(predicted, truth);
    case Similarity::kPearson:
      return pearson(predicted, truth);
    case Similarity::kRmse:
      return std::sqrt((predicted - truth).square().mean().item<double>());
    case Similarity::kMse:
      return (predicted - truth).square().mean().item<double>();
    case Similarity::kMae:
      return (predicted - truth).abs().mean().item<double>();
  }
  return std::numeric_limits<double>::quiet_NaN();
}

at::Tensor profile(const at::Tensor& mean, const at::Tensor& control_mean, Aggregation aggregation) {
  constexpr double kPseudocount = 0.1;
  switch (aggregation) {
    case Aggregation::kAverage:
      return mean;
    case Aggregation::kDelta:
      return mean - control_mean;
    case Aggregation::kLogFoldChange: {
      const at::Tensor change = (mean + kPseudocount).log2() - (control_mean + kPseudocount).log2();
      return at::where(change.isfinite().logical_or(mean.isnan()), change, 0.0);
    }
    case Aggregation::kScaled:
      break;
  }
  throw Error(ErrorKind::kDefect, "a scaled profile needs all contexts");
}

double compare_profiles(const Comparison& comparison, Aggregation aggregation, Similarity similarity) {
  return compare_profiles(profile(comparison.predicted().mean(), comparison.predicted_control().mean(), aggregation),
                          profile(comparison.truth().mean(), comparison.control().mean(), aggregation), similarity);
}

}  // namespace brenier::train
