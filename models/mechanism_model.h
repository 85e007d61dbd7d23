// What a model with latent mechanisms can tell beside predictions: where a cell lies in its latent space, which latents
// each action shifts, how likely cells are, and how it learns an action from few cells.
//
// Latent z [L]; an action a shifts it by m_a o mu_a, masks m in [0, 1], shifts mu; actions of a context add up, each
// times its dose. Evaluation (train/evaluation/mechanisms.h) asks a Model for this interface and works on whatever
// implements it.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/context.h"
#include "core/log.h"
#include "core/random.h"
#include "models/model.h"

namespace brenier::models {

struct Mechanisms {
  std::vector<std::string> actions;  // A, the order of the rows
  at::Tensor shifts;                 // mu [A, L], masks not applied; undefined for a model without shifts
  at::Tensor masks;                  // m [A, L], the probability that an action moves a latent; undefined: no masks
  // [L, G]: what one unit of each latent adds to the log mean of each gene (to its mean with a Gaussian likelihood),
  // starting where control cells are on average.
  at::Tensor gene_effects = {};
  // What training chose by itself, and by which numbers: "gamma", "gamma_score_10".
  std::vector<std::pair<std::string, double>> choices = {};
};

// Cells of one context, in the genes of the task.
struct ContextCells {
  Context context;
  at::Tensor cells;  // [N, G]
};

class MechanismModel {
 public:
  virtual ~MechanismModel() = default;

  [[nodiscard]] virtual Mechanisms mechanisms() const = 0;

  // Posterior means of z: [B, G] -> [B, L].
  [[nodiscard]] virtual at::Tensor latents(const at::Tensor& cells, const Context& context) const = 0;

  // log p(x | context) of each cell from below, in nats, float64 [B]: the mean over cells of the evidence lower bound
  // for samples = 1, the importance-weighted bound log 1/K sum_k w_k for K samples (burda2016importance). Throws kData
  // for an action that is not known (a model without shifts knows any), kUsage for samples < 1.
  [[nodiscard]] virtual at::Tensor log_likelihood(const at::Tensor& cells, const Context& context, std::int64_t samples,
                                                  RandomStream& stream) const = 0;

  // A copy of this model that also knows the actions of `contexts` that it does not know: masks are binarised at 0.5,
  // networks, dispersions and known shifts stay, and the new shifts are fitted to these cells. A copy of a model
  // without shifts knows nothing more.
  [[nodiscard]] virtual std::unique_ptr<Model> learn_actions(const std::vector<ContextCells>& contexts,
                                                             std::uint64_t seed, Reporter& reporter) const = 0;
};

}  // namespace brenier::models
