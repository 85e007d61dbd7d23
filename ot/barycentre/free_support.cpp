#include "ot/barycentre/free_support.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <string>
#include <utility>

#include "core/error.h"
#include "core/number_text.h"
#include "ot/barycentre/convex_weights.h"
#include "ot/batch/sinkhorn_batch.h"
#include "ot/divergence/symmetric.h"
#include "ot/geometry/point_cloud.h"
#include "ot/plan/plan.h"
#include "ot/sinkhorn/tangent_tensors.h"

namespace brenier::ot {
namespace free_support_detail {

void check_input(const FreeSupportProblem& problem, const FreeSupportSettings& settings) {
  if (!(settings.threshold > 0) || std::isinf(settings.threshold)) {
    throw Error(ErrorKind::kUsage, "the threshold of a barycentre is out of range")
        .at("threshold")
        .found(number_text(settings.threshold))
        .expected("a finite number above 0");
  }
  if (settings.max_iterations < 1) {
    throw Error(ErrorKind::kUsage, "a barycentre needs iterations")
        .at("max_iterations")
        .found(std::to_string(settings.max_iterations))
        .expected("at least 1");
  }
  const std::size_t count = problem.clouds.size();
  if (count == 0) {
    throw Error(ErrorKind::kUsage, "a barycentre needs clouds").at("clouds").found("none").expected("one or more");
  }
  if (!problem.cloud_weights.empty() && problem.cloud_weights.size() != count) {
    throw Error(ErrorKind::kUsage, "a barycentre needs weights for every cloud, or none")
        .at("cloud_weights")
        .found(std::to_string(problem.cloud_weights.size()) + " for " + std::to_string(count) + " clouds")
        .expected("0 or " + std::to_string(count));
  }
  check_matrix(problem.start, "start");
  for (std::size_t k = 0; k < count; ++k) {
    const auto name = "cloud " + std::to_string(k);
    check_matrix(problem.clouds[k], name, -1, problem.start.size(1));
    if (problem.clouds[k].scalar_type() == problem.start.scalar_type()) continue;
    throw Error(ErrorKind::kData, "the clouds of a barycentre have another type than its start")
        .at(name)
        .found(c10::toString(problem.clouds[k].scalar_type()))
        .expected(c10::toString(problem.start.scalar_type()));
  }
}

// Weights as fractions of their sum [N, 1], in float64.
at::Tensor fractions(const at::Tensor& weights, Index count) {
  if (!weights.defined()) return at::full({count, 1}, 1 / static_cast<double>(count), at::kDouble);
  const auto values = weights.detach().to(at::kDouble);
  return (values / values.sum()).unsqueeze(1);
}

// Weighted root mean square of the rows.
double root_mean_square(const at::Tensor& rows, const at::Tensor& fraction) {
  return std::sqrt((fraction * rows.to(at::kDouble).square()).sum().item<double>());
}

// The barycentre problem with everything detached, one transport problem a cloud.
class Rounds final {
 public:
  Rounds(const FreeSupportProblem& problem, const FreeSupportSettings& settings)
      : problem_(problem), settings_(settings), lambda_(convex_weights(problem.lambda, problem.clouds.size())) {
    starts_.resize(problem.clouds.size());
  }

  // The clouds' root mean square distance from their common mean.
  [[nodiscard]] double spread() const {
    at::Tensor mean = at::zeros({problem_.start.size(1)}, at::kDouble);
    each_cloud([&](const at::Tensor& points, const at::Tensor& fraction, double lambda) {
      mean = mean + lambda * (fraction * points).sum(0);
    });
    double square = 0;
    each_cloud([&](const at::Tensor& points, const at::Tensor& fraction, double lambda) {
      square += lambda * (fraction * (points - mean).square()).sum().item<double>();
    });
    return std::sqrt(square);
  }

  // Solves at `points` and returns where they want to go; fills what `out` says about the solves.
  at::Tensor solve(const at::Tensor& points, FreeSupportOutput& out) {
    out.objective = 0;
    out.marginal_error = 0;
    status_ = SinkhornStatus::kConverged;
    at::Tensor target = at::zeros(points.sizes(), at::kDouble);
    std::vector<LinearProblem> problems;
    for (std::size_t k = 0; k < lambda_.size(); ++k) {
      problems.push_back(
          linear_problem(std::make_shared<PointCloud>(points, problem_.clouds[k].detach()), problem_.epsilon));
      problems.back().a = detached(problem_.weights);
      if (!problem_.cloud_weights.empty()) problems.back().b = detached(problem_.cloud_weights[k]);
    }
    BatchSettings batch;
    batch.sinkhorn = settings_.sinkhorn;
    out.solves = sinkhorn_batch(problems, batch, starts_);
    for (std::size_t k = 0; k < lambda_.size(); ++k) {
      const auto& solved = out.solves[k];
      // The points move, the cloud does not: its potential is the better start.
      starts_[k].g = to_vector(solved.g);
      target = target + lambda_[k] * barycentric_map(solved).to(at::kDouble);
      out.objective += lambda_[k] * solved.dual;
      note(solved, out);
    }
    if (settings_.debiased) {
      target = points.to(at::kDouble) + target - self_map(points, out);
    }
    const auto moves = (fractions(problem_.weights, points.size(0)) > 0).expand_as(points);
    return at::where(moves, target.to(points.scalar_type()), points);
  }

  [[nodiscard]] SinkhornStatus status() const { return status_; }

 private:
  static at::Tensor detached(const at::Tensor& tensor) { return tensor.defined() ? tensor.detach() : tensor; }

  template <class Visit>
  void each_cloud(const Visit& visit) const {
    for (std::size_t k = 0; k < lambda_.size(); ++k) {
      const auto points = problem_.clouds[k].detach().to(at::kDouble);
      const auto weights = problem_.cloud_weights.empty() ? at::Tensor() : problem_.cloud_weights[k];
      visit(points, fractions(weights, points.size(0)), lambda_[k]);
    }
  }

  // The barycentric projection of the points on themselves, [N, D] in float64.
  at::Tensor self_map(const at::Tensor& points, FreeSupportOutput& out) {
    const PointCloud cloud(points, points);
    auto checked = out.solves[0].record->checked;
    checked.b = checked.a;
    const auto solution = solve_symmetric(cloud.passes(), checked, settings_.sinkhorn);
    out.objective -= solution.value / 2;
    note(solution, out);
    auto values = to_vector(points);
    std::vector<double> sums(values.size());
    const Index width = points.size(1);
    cloud.passes().apply(Direction::kRows, solution.plan(checked.epsilon), values.data(), width, sums.data());
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const double mass = solution.row_moments.mass[i / static_cast<std::size_t>(width)];
      if (mass > 0) sums[i] /= mass;
    }
    return to_tensor(sums, points.sizes(), at::kDouble);
  }

  template <class Solved>
  void note(const Solved& solved, FreeSupportOutput& out) {
    out.marginal_error = std::max(out.marginal_error, solved.marginal_error);
    out.sinkhorn_iterations += solved.iterations;
    if (solved.status != SinkhornStatus::kConverged && status_ != SinkhornStatus::kCancelled) status_ = solved.status;
  }

  const FreeSupportProblem& problem_;
  const FreeSupportSettings& settings_;
  std::vector<double> lambda_;
  std::vector<SinkhornStart> starts_;
  SinkhornStatus status_ = SinkhornStatus::kConverged;  // the worst of the last round
};

}  // namespace free_support_detail

SinkhornSettings FreeSupportSettings::inner_defaults() {
  SinkhornSettings settings;
  settings.threshold = 1e-5;
  settings.certify = false;
  return settings;
}

FreeSupportProblem free_barycentre_problem(std::vector<at::Tensor> clouds, const at::Tensor& start, double epsilon) {
  FreeSupportProblem problem;
  problem.clouds = std::move(clouds);
  problem.start = start;
  problem.epsilon = epsilon;
  return problem;
}

FreeSupportOutput free_support_barycentre(const FreeSupportProblem& problem, const FreeSupportSettings& settings) {
  const auto begun = std::chrono::steady_clock::now();
  free_support_detail::check_input(problem, settings);
  const at::NoGradGuard no_gradients;
  free_support_detail::Rounds rounds(problem, settings);
  FreeSupportOutput out;
  out.points = problem.start.detach().clone();
  double scale = 0;
  while (true) {
    const auto target = rounds.solve(out.points, out);
    if (out.moves.empty()) scale = rounds.spread();  // the first solves have checked the weights
    const auto fraction = free_support_detail::fractions(problem.weights, out.points.size(0));
    const double move = free_support_detail::root_mean_square(target - out.points, fraction);
    out.move = scale > 0 ? move / scale : move;
    out.moves.push_back(out.move);
    if (rounds.status() == SinkhornStatus::kCancelled) {
      out.status = SinkhornStatus::kCancelled;
      break;
    }
    if (scale > 0 ? out.move <= settings.threshold : move == 0) {
      out.status = rounds.status();
      break;
    }
    if (settings.progress && !settings.progress({static_cast<Index>(out.moves.size()), out.move})) {
      out.status = SinkhornStatus::kCancelled;
      break;
    }
    if (out.iterations >= settings.max_iterations) break;
    out.points = target;
    ++out.iterations;
  }
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  return out;
}

}  // namespace brenier::ot
