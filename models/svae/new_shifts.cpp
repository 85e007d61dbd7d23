#include "models/svae/new_shifts.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace brenier::models {
namespace new_shifts_detail {

constexpr double kRelativeRank = 1e-10;
constexpr int kMostSweeps = 1000;
constexpr double kEnough = 1e-10;  // change of a shift in a sweep

struct Component {
  double mean;
  double evidence;  // log, up to what all components share
};

// Of an entry with prior N(0, variance) that is seen as `moment` with the precision `gram`.
Component component(double gram, double moment, double variance) {
  const double mean = variance * moment / (1.0 + gram * variance);
  return {mean, 0.5 * (moment * mean - std::log1p(gram * variance))};
}

double posterior_mean(double gram, double moment, const ShiftPrior& prior) {
  const auto large = component(gram, moment, prior.large);
  if (prior.often >= 1.0) return large.mean;
  const auto small = component(gram, moment, prior.small);
  const double odds = std::log(prior.often / (1.0 - prior.often)) + large.evidence - small.evidence;
  const double moved = 1.0 / (1.0 + std::exp(-odds));
  return moved * large.mean + (1.0 - moved) * small.mean;
}

}  // namespace new_shifts_detail

at::Tensor new_shifts(const at::Tensor& gram, const at::Tensor& moment, const ShiftPrior& prior) {
  namespace detail = new_shifts_detail;
  const auto actions = gram.size(0);
  const auto width = moment.size(1);
  const auto g = (gram.to(at::kDouble) / prior.noise).contiguous();
  const auto b = (moment.to(at::kDouble) / prior.noise).contiguous();
  auto shifts = at::linalg_pinv(g, detail::kRelativeRank, /*hermitian=*/true).matmul(b).contiguous();
  auto* v = shifts.mutable_data_ptr<double>();
  const auto* of_gram = g.const_data_ptr<double>();
  const auto* of_moment = b.const_data_ptr<double>();
  double change = 1.0;
  for (int sweep = 0; sweep < detail::kMostSweeps && change > detail::kEnough; ++sweep) {
    change = 0.0;
    for (std::int64_t a = 0; a < actions; ++a) {
      const double* row = of_gram + a * actions;
      for (std::int64_t j = 0; j < width; ++j) {
        double rest = of_moment[a * width + j];
        for (std::int64_t c = 0; c < actions; ++c) {
          if (c != a && row[c] != 0.0) rest -= row[c] * v[c * width + j];
        }
        const double mean = detail::posterior_mean(row[a], rest, prior);
        change = std::max(change, std::abs(mean - v[a * width + j]));
        v[a * width + j] = mean;
      }
    }
  }
  return shifts;
}

}  // namespace brenier::models
