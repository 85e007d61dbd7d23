#include "models/latent/latent_space.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <numeric>

#include "core/error.h"
#include "models/latent/autoencoder.h"
#include "models/latent/identity_space.h"
#include "models/latent/pca_space.h"

namespace brenier::models {

void LatentSettings::describe(Fields& fields) {
  fields.choice("kind", kind, {"autoencoder", "pca", "data"},
                "Where maps are learned: an autoencoder trained first, principal components, or genes as they are");
  fields.integer("width", width, Range::at_least(1), "Dimension of the latent space (autoencoder, pca)");
  fields.integers("hidden", hidden, Range::at_least(1), "Hidden widths of the encoder; the decoder mirrors them");
  fields.integer("steps", steps, Range::at_least(1), "Training steps of the autoencoder");
  fields.integer("batch", batch, Range::at_least(2), "Cells a step of the autoencoder");
  fields.nested("optimiser", optimiser, "Adam of the autoencoder");
}

std::unique_ptr<LatentSpace> make_latent_space(const LatentSettings& settings, std::int64_t genes,
                                               RandomStream& stream) {
  if (settings.kind == "data") return std::make_unique<IdentitySpace>(genes);
  if (settings.kind == "pca") return std::make_unique<PcaSpace>(settings.width, genes);
  return std::make_unique<Autoencoder>(settings, genes, stream);
}

void for_each_chunk(const TrainingView& view, const std::function<void(const at::Tensor&, std::int64_t)>& f) {
  constexpr std::int64_t kChunk = 2048;
  for (std::int64_t first = 0; first < view.size(); first += kChunk) {
    std::vector<std::int64_t> rows(static_cast<std::size_t>(std::min(kChunk, view.size() - first)));
    std::iota(rows.begin(), rows.end(), first);
    f(view.rows(rows), first);
  }
}

at::Tensor encode_all(const LatentSpace& space, const TrainingView& view) {
  std::vector<at::Tensor> parts;
  for_each_chunk(view, [&](const at::Tensor& cells, std::int64_t) { parts.push_back(space.encode(cells)); });
  return at::cat(parts);
}

}  // namespace brenier::models
