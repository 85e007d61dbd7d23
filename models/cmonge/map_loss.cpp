#include "models/cmonge/map_loss.h"

#include <ATen/ATen.h>

#include "ot/divergence/monge_gap.h"
#include "ot/divergence/sinkhorn_divergence.h"
#include "ot/geometry/point_cloud.h"

namespace brenier::models {

MapLoss map_loss(const at::Tensor& x, const at::Tensor& mapped, const at::Tensor& y, const MapLossSettings& settings) {
  ot::SinkhornSettings sinkhorn;
  sinkhorn.threshold = settings.threshold;
  sinkhorn.max_iterations = settings.most_iterations;
  sinkhorn.transport_cost = false;
  sinkhorn.certify = false;

  const auto cloud = std::make_shared<ot::PointCloud>(mapped, y, settings.cost);
  const auto fit = ot::sinkhorn_divergence(ot::linear_problem(cloud, settings.epsilon),
                                           {.sinkhorn = sinkhorn, .static_b = true, .value_bb = {}});
  MapLoss loss;
  loss.value = fit.value;
  loss.divergence = fit.value.item<double>();
  loss.unsolved = fit.status() == ot::SinkhornStatus::kConverged ? 0.0 : 0.5;
  if (settings.gap_weight == 0.0) return loss;
  ot::MongeGapSettings gap_settings;
  gap_settings.cost = settings.cost;
  gap_settings.epsilon = settings.gap_epsilon;
  gap_settings.sinkhorn = sinkhorn;
  const auto gap = ot::monge_gap(x, mapped, {}, gap_settings);
  loss.value = loss.value + settings.gap_weight * gap.value;
  loss.gap = gap.value.item<double>();
  if (gap.status() != ot::SinkhornStatus::kConverged) loss.unsolved += 0.5;
  return loss;
}

}  // namespace brenier::models
