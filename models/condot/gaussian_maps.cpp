#include "models/condot/gaussian_maps.h"

#include <ATen/ATen.h>

#include "core/error.h"

namespace brenier::models {
namespace gaussian_maps_detail {

// S^power of a symmetric positive definite matrix.
at::Tensor power(const at::Tensor& matrix, double exponent) {
  const auto [values, vectors] = at::linalg_eigh(matrix);
  return (vectors * values.clamp_min(1e-12).pow(exponent)).mm(vectors.t());
}

at::Tensor covariance(const at::Tensor& cells) {
  const auto centred = cells.to(at::kDouble) - cells.to(at::kDouble).mean(0);
  return centred.t().mm(centred) / std::max<double>(1.0, static_cast<double>(cells.size(0)) - 1.0);
}

}  // namespace gaussian_maps_detail

at::Tensor gaussian_map(const at::Tensor& source_covariance, const at::Tensor& target_covariance) {
  using gaussian_maps_detail::power;
  const auto root = power(source_covariance, 0.5);
  const auto inverse = power(source_covariance, -0.5);
  const auto map = inverse.mm(power(root.mm(target_covariance).mm(root), 0.5)).mm(inverse);
  return 0.5 * (map + map.t());
}

GaussianMaps gaussian_maps(const std::vector<GaussianPair>& pairs, double prior_cells, double ridge) {
  namespace detail = gaussian_maps_detail;
  std::vector<at::Tensor> sources;
  std::vector<at::Tensor> targets;
  for (const auto& pair : pairs) {
    sources.push_back(detail::covariance(pair.source));
    targets.push_back(detail::covariance(pair.target));
  }
  const auto pooled_source = at::stack(sources).mean(0);
  const auto pooled_target = at::stack(targets).mean(0);
  if (!at::isfinite(pooled_source).all().item<bool>() || !at::isfinite(pooled_target).all().item<bool>()) {
    throw Error(ErrorKind::kNumerical, "the covariance of the latent cells is not finite")
        .expected("finite cells and a finite encoder");
  }
  const auto eye = at::eye(pooled_source.size(0), at::kDouble);
  const auto shrink = [&](const at::Tensor& own, const at::Tensor& pooled, std::int64_t cells) {
    const auto n = static_cast<double>(cells);
    return (n * own + prior_cells * pooled) / (n + prior_cells) + ridge * eye;
  };
  std::vector<at::Tensor> g_factors, g_centres, f_factors, f_centres;
  for (std::size_t k = 0; k < pairs.size(); ++k) {
    const auto map = gaussian_map(shrink(sources[k], pooled_source, pairs[k].source.size(0)),
                                  shrink(targets[k], pooled_target, pairs[k].target.size(0)));
    const auto inverse = detail::power(map, -1.0);
    const auto mean = pairs[k].target.to(at::kDouble).mean(0);
    g_factors.push_back(detail::power(map, 0.5));
    g_centres.push_back(-inverse.mv(mean));
    f_factors.push_back(detail::power(map, -0.5));
    f_centres.push_back(mean);
  }
  const auto pack = [](const std::vector<at::Tensor>& items) { return at::stack(items).to(at::kFloat); };
  return {{pack(g_factors), pack(g_centres)}, {pack(f_factors), pack(f_centres)}};
}

}  // namespace brenier::models
