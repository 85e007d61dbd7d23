#include "models/condot/mode_of_action.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "core/error.h"
#include "core/random.h"
#include "models/condot/smacof.h"
#include "ot/divergence/sinkhorn_divergence.h"
#include "ot/geometry/point_cloud.h"

namespace brenier::models {
namespace mode_of_action_detail {

at::Tensor take(const at::Tensor& cells, const std::vector<std::int64_t>& rows) {
  return cells.index_select(0, at::tensor(rows, at::kLong));
}

at::Tensor at_most(const at::Tensor& cells, std::int64_t count, RandomStream& stream) {
  if (cells.size(0) <= count) return cells;
  auto rows = stream.sample(cells.size(0), count);
  std::sort(rows.begin(), rows.end());
  return take(cells, rows);
}

double divergence(const at::Tensor& x, const at::Tensor& y, double epsilon) {
  auto problem = ot::linear_problem(std::make_shared<ot::PointCloud>(x, y), epsilon);
  problem.epsilon_scale = ot::EpsilonScale::kMean;
  ot::DivergenceSettings settings;
  settings.sinkhorn.certify = false;
  return ot::sinkhorn_divergence(problem, settings).value.item<double>();
}

}  // namespace mode_of_action_detail

ModeOfAction mode_of_action(const std::vector<at::Tensor>& populations, const ModeOfActionSettings& settings,
                            std::uint64_t seed) {
  namespace detail = mode_of_action_detail;
  const auto n = static_cast<std::int64_t>(populations.size());
  RandomStream stream(seed, "mode of action");
  std::vector<at::Tensor> cells;
  for (const auto& population : populations) {
    if (!at::isfinite(population).all().item<bool>()) {
      throw Error(ErrorKind::kNumerical, "treated cells are not finite in the latent space");
    }
    cells.push_back(detail::at_most(population.to(at::kDouble), settings.most_cells, stream).contiguous());
  }
  ModeOfAction result;
  result.distances = at::zeros({n, n}, at::kDouble);
  auto table = result.distances.accessor<double, 2>();
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = i + 1; j < n; ++j) {
      const auto& x = cells[static_cast<std::size_t>(i)];
      const auto& y = cells[static_cast<std::size_t>(j)];
      // One cell against the same cell: every cost is 0, so there is no scale for epsilon.
      const double value = at::equal(x, y) ? 0.0 : detail::divergence(x, y, settings.epsilon);
      table[i][j] = table[j][i] = std::sqrt(std::max(0.0, value));
    }
  }
  const auto scaling = smacof(result.distances, {.width = settings.width});
  result.stress = scaling.stress;
  const auto low = std::get<0>(scaling.points.min(0));
  const double range = (std::get<0>(scaling.points.max(0)) - low).max().item<double>();
  result.places = ((scaling.points - low) / (range > 0.0 ? range : 1.0)).to(at::kFloat);
  return result;
}

std::vector<at::Tensor> action_populations(const TrainingView& view, const at::Tensor& latents, double scale) {
  namespace detail = mode_of_action_detail;
  const auto& task = view.task();
  const auto& contexts = view.contexts();
  const auto holds = [](const Context& context, const std::string& name) {
    return std::any_of(context.actions.begin(), context.actions.end(),
                       [&name](const Action& action) { return action.name == name; });
  };
  std::vector<at::Tensor> populations;
  for (const auto& name : task.actions) {
    auto smallest = std::numeric_limits<std::size_t>::max();
    for (const auto& one : contexts) {
      if (holds(one.context, name)) smallest = std::min(smallest, one.context.actions.size());
    }
    std::vector<at::Tensor> parts;
    for (const auto& one : contexts) {
      if (!holds(one.context, name) || one.context.actions.size() != smallest) continue;
      const auto centre = detail::take(latents, one.control).mean(0);
      parts.push_back((detail::take(latents, one.treated) - centre) / scale);
    }
    populations.push_back(at::cat(parts));
  }
  return populations;
}

}  // namespace brenier::models
