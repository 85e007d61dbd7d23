// Before a model with latent mechanisms is judged on held-out contexts, it learns the actions that only they have.
//
// The cells of each such context are split at random, RandomStream(seed, "evaluation/learn/<context>"): learn_fraction
// of them, rounded down but at least one, or learn_cells of that share, goes to MechanismModel::learn_actions; what is
// not in the share judges. The two parts never meet: what judges has no part in what is learned. Every score, of
// baselines and noise ceiling too, is then taken on the judging cells, and baselines are fitted on the learned cells
// too: they know what the model knows. Contexts whose actions are all known keep all their cells, and every other kind
// of model stays as it is. The trained model is not changed.
//
// A model without shifts learns nothing, but is judged by the same cells as its kin, so that scores compare.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/log.h"
#include "models/mechanism_model.h"
#include "models/model.h"
#include "train/dataset.h"
#include "train/evaluation/evaluate.h"
#include "train/evaluation/mechanism_settings.h"

namespace brenier::train {

class HeldOut final {
 public:
  // `trained` must outlive it; `learned` is empty when nothing was learned.
  HeldOut(const models::Model& trained, std::unique_ptr<models::Model> learned, std::vector<ScoredContext> contexts,
          std::vector<models::ContextCells> lessons, std::vector<std::int64_t> learned_rows);

  [[nodiscard]] const models::Model& model() const { return learned_ ? *learned_ : *trained_; }
  [[nodiscard]] const std::vector<ScoredContext>& contexts() const { return contexts_; }  // n_learned says of which
  // Cells of each context that do not judge, in random order: the first learn_cells were learned from.
  [[nodiscard]] const std::vector<models::ContextCells>& lessons() const { return lessons_; }
  // Of the table: the cells that were learned from.
  [[nodiscard]] const std::vector<std::int64_t>& learned_rows() const { return learned_rows_; }

 private:
  const models::Model* trained_;
  std::unique_ptr<models::Model> learned_;
  std::vector<ScoredContext> contexts_;
  std::vector<models::ContextCells> lessons_;
  std::vector<std::int64_t> learned_rows_;
};

// At most the first `cells` cells of each lesson.
[[nodiscard]] std::vector<models::ContextCells> shortened(const std::vector<models::ContextCells>& lessons,
                                                          std::int64_t cells);

// Throws kData naming a context with fewer than two cells, one to learn from and one to judge by.
[[nodiscard]] HeldOut learn_held_out(const models::Model& model, const PreparedData& prepared,
                                     const MechanismSettings& settings, std::uint64_t seed, Reporter& reporter);

}  // namespace brenier::train
