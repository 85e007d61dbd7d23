#include "models/latent/latent_transport.h"

#include <ATen/ATen.h>

#include <cmath>
#include <limits>

#include "core/error.h"
#include "core/number_text.h"

namespace brenier::models {

std::vector<Stage> latent_stages(const LatentSettings& latent, std::int64_t steps, std::int64_t control,
                                 std::int64_t treated) {
  std::vector<Stage> stages;
  if (latent.kind == "autoencoder") {
    Stage stage{.name = "autoencoder", .steps = latent.steps, .needs = {}, .embedded = false, .scored = false};
    stage.needs.kind = BatchNeeds::Kind::kCells;
    stage.needs.cells = latent.batch;
    stages.push_back(stage);
  }
  Stage stage{.name = "transport", .steps = steps, .needs = {}, .embedded = true, .scored = true};
  stage.needs.kind = BatchNeeds::Kind::kContext;
  stage.needs.control = control;
  stage.needs.treated = treated;
  stages.push_back(stage);
  return stages;
}

float lowest_value(const TrainingView& view) {
  bool negative = false;
  for_each_chunk(view,
                 [&](const at::Tensor& cells, std::int64_t) { negative = negative || cells.min().item<float>() < 0; });
  return negative ? std::numeric_limits<float>::lowest() : 0.0F;
}

double control_scale(const std::vector<at::Tensor>& controls) {
  double variance = 0.0;
  for (const auto& cells : controls) variance += cells.to(at::kDouble).var(0, /*unbiased=*/false).mean().item<double>();
  const double scale = std::sqrt(variance / static_cast<double>(controls.size()));
  if (!(scale > 0.0) || !std::isfinite(scale)) {
    throw Error(ErrorKind::kNumerical, "control cells do not vary in the latent space, so no map can be learned")
        .found("mean standard deviation " + number_text(scale));
  }
  return scale;
}

at::Tensor select_cells(const at::Tensor& cells, const std::vector<std::int64_t>& rows) {
  return cells.index_select(0, at::tensor(rows, at::kLong));
}

}  // namespace brenier::models
