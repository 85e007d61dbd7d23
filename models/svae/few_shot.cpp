#include "models/svae/few_shot.h"

#include <ATen/ATen.h>

#include <cmath>

namespace brenier::models {

double few_shot_score(const at::Tensor& means, const at::Tensor& bounds, std::int64_t shots, std::int64_t repeats,
                      RandomStream& stream) {
  const auto m = means.to(at::kDouble);
  const auto l = bounds.to(at::kDouble);
  const auto cells = m.size(0);
  const auto n = static_cast<double>(shots);
  const double least = std::log(static_cast<double>(m.size(1))) + 0.5 * std::log(n);
  double score = 0.0;
  for (std::int64_t repeat = 0; repeat < repeats; ++repeat) {
    const auto chosen = at::tensor(stream.sample(cells, shots), at::kLong);
    const auto mean = m.index_select(0, chosen).mean(0);
    const auto shift = mean * (n * mean.square() / 2 > least).to(at::kDouble);
    const auto bound = l + m.mv(shift) - shift.square().sum() / 2;
    const auto rest = bound.sum() - bound.index_select(0, chosen).sum();
    score += rest.item<double>() / static_cast<double>(cells - shots) / static_cast<double>(repeats);
  }
  return score;
}

}  // namespace brenier::models
