#include "models/latent/pca_space.h"

#include <ATen/ATen.h>

#include "core/error.h"

namespace brenier::models {

PcaSpace::PcaSpace(std::int64_t width, std::int64_t genes)
    : width_(width), mean_(at::zeros({genes})), components_(at::zeros({genes, width})) {
  if (width > genes) {
    throw Error(ErrorKind::kUsage, "more principal components than genes")
        .at("model.latent.width")
        .found(std::to_string(width))
        .expected("at most " + std::to_string(genes));
  }
}

void PcaSpace::begin(const TrainingView& view) {
  if (view.size() <= width_) {
    throw Error(ErrorKind::kData, "too few training cells for the principal components")
        .found(std::to_string(view.size()) + " cells")
        .expected("more than model.latent.width = " + std::to_string(width_));
  }
  const auto n = static_cast<double>(view.size());
  const auto genes = components_.size(0);
  auto sum = at::zeros({genes}, at::kDouble);
  for_each_chunk(view, [&](const at::Tensor& cells, std::int64_t) { sum += cells.to(at::kDouble).sum(0); });
  const auto mean = sum / n;
  at::Tensor vectors;  // [G, L]
  if (genes <= view.size()) {
    auto covariance = at::zeros({genes, genes}, at::kDouble);
    for_each_chunk(view, [&](const at::Tensor& cells, std::int64_t) {
      const auto centred = cells.to(at::kDouble) - mean;
      covariance.addmm_(centred.t(), centred);
    });
    vectors = std::get<1>(at::linalg_eigh(covariance)).narrow(1, genes - width_, width_).flip(1);
  } else {  // fewer cells than genes: eigenvectors of the Gram matrix of cells, carried back to genes
    std::vector<at::Tensor> parts;
    for_each_chunk(view, [&](const at::Tensor& cells, std::int64_t) { parts.push_back(cells.to(at::kDouble) - mean); });
    const auto centred = at::cat(parts);
    const auto basis =
        std::get<1>(at::linalg_eigh(centred.mm(centred.t()))).narrow(1, view.size() - width_, width_).flip(1);
    vectors = centred.t().mm(basis);
    vectors = vectors / vectors.norm(2, {0}, /*keepdim=*/true).clamp_min(1e-300);
  }
  const auto largest = vectors.gather(0, vectors.abs().argmax(0, /*keepdim=*/true));
  mean_ = mean.to(at::kFloat);
  components_ = (vectors * largest.sign()).to(at::kFloat).contiguous();
}

at::Tensor PcaSpace::encode(const at::Tensor& cells) const { return (cells - mean_).mm(components_); }

at::Tensor PcaSpace::decode(const at::Tensor& latent) const { return at::addmm(mean_, latent, components_.t()); }

Script PcaSpace::script() const {
  return {
      "def encode(self, x: Tensor) -> Tensor:\n    return torch.mm(x - self.latent_mean, self.latent_components)\n\n"
      "def decode(self, z: Tensor) -> Tensor:\n    return torch.addmm(self.latent_mean, z, "
      "self.latent_components.t())\n\n",
      {{"latent_mean", mean_}, {"latent_components", components_}}};
}

}  // namespace brenier::models
