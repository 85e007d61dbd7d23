// torch.ops.brenier: entropic barycentres (ot/barycentre); plain weights have a gradient in the histograms, the rest
// carries none.
//
//   fixed_support_barycentre(cost [N, N], histograms [K, N], epsilon)  weights [N], marginal error, iterations
//   free_support_barycentre(clouds, start [N, D], epsilon)             points [N, D], the next move, iterations
//
// weights: how much each measure counts, sum 1; empty: 1/K.
#include <ATen/ATen.h>
#include <torch/library.h>

#include "ops/transport.h"
#include "ot/barycentre/fixed_support.h"
#include "ot/barycentre/free_support.h"
#include "ot/geometry/dense_cost.h"

namespace brenier::ops::barycentre_detail {

std::tuple<at::Tensor, double, std::int64_t> fixed_support_barycentre(const at::Tensor& cost,
                                                                      const at::Tensor& histograms, double epsilon,
                                                                      const std::vector<double>& weights, bool debiased,
                                                                      double threshold, std::int64_t max_iterations) {
  auto problem = ot::barycentre_problem(std::make_shared<ot::DenseCost>(cost), histograms, epsilon);
  problem.lambda = weights;
  ot::FixedSupportSettings settings;
  settings.debiased = debiased;
  settings.threshold = threshold;
  settings.max_iterations = max_iterations;
  const auto out = ot::fixed_support_barycentre(problem, settings);
  return {out.weights, out.marginal_error, out.iterations};
}

std::tuple<at::Tensor, double, std::int64_t> free_support_barycentre(at::TensorList clouds, const at::Tensor& start,
                                                                     double epsilon, const std::vector<double>& weights,
                                                                     bool debiased, double threshold,
                                                                     std::int64_t max_iterations) {
  auto problem = ot::free_barycentre_problem(clouds.vec(), start, epsilon);
  problem.lambda = weights;
  ot::FreeSupportSettings settings;
  settings.debiased = debiased;
  settings.threshold = threshold;
  settings.max_iterations = max_iterations;
  const auto out = ot::free_support_barycentre(problem, settings);
  return {out.points, out.move, out.iterations};
}

}  // namespace brenier::ops::barycentre_detail

TORCH_LIBRARY_FRAGMENT(brenier, library) {
  namespace detail = brenier::ops::barycentre_detail;
  library.def(
      "fixed_support_barycentre(Tensor cost, Tensor histograms, float epsilon, float[] weights=[], *, bool "
      "debiased=False, float threshold=1e-05, int max_iterations=10000) -> (Tensor weights, float marginal_error, int "
      "iterations)",
      &detail::fixed_support_barycentre);
  library.def(
      "free_support_barycentre(Tensor[] clouds, Tensor start, float epsilon, float[] weights=[], *, bool "
      "debiased=False, float threshold=0.0001, int max_iterations=1000) -> (Tensor points, float move, int iterations)",
      &detail::free_support_barycentre);
}
