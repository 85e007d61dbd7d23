// The batches of one stage of training: what BatchNeeds asks for, drawn from named random streams.
//
//   kCells    B rows of all training cells, and which training context each is a treated cell of
//   kContext  a training context drawn uniformly (with replacement), then N of its control and M of its treated cells
//
// Every population (all cells; control and treated cells of each context) is drawn without replacement until it is
// used up, then anew (population_sampler.h). Which rows come depends on the seed, the stage and the number of batches
// drawn before, on nothing else; state() holds that, so a resumed source continues with the very next batch.
//
// Batches hold cells (rows of the view, float32 [., G]) or, in an embedded stage, rows of one tensor [view.size(), L].
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/random.h"
#include "models/model.h"
#include "train/population_sampler.h"

namespace brenier::train {

class BatchSource final {
 public:
  // The view must outlive the source. Throws kData naming the first training context without control or treated cells
  // when the needs ask for some, kUsage when they ask for a batch of no rows, kDefect when `embedded` is not
  // [view.size(), L].
  BatchSource(const models::TrainingView& view, const models::Stage& stage, std::uint64_t seed,
              std::optional<at::Tensor> embedded = std::nullopt);

  [[nodiscard]] models::Batch next();

  // int64 [1 + 2 * populations]: counter of the context stream, then epoch and position of each population.
  [[nodiscard]] std::vector<std::int64_t> state() const;
  // Throws kData when the length or a value does not belong to this source.
  void set_state(const std::vector<std::int64_t>& state);

 private:
  [[nodiscard]] at::Tensor gather(const std::vector<std::int64_t>& population, PopulationSampler& sampler,
                                  std::int64_t count) const;
  [[nodiscard]] at::Tensor gather_rows(const std::vector<std::int64_t>& rows) const;

  const models::TrainingView* view_;
  models::BatchNeeds needs_;
  std::optional<at::Tensor> embedded_;
  std::vector<std::int64_t> labels_;  // kCells: of every row of the view
  RandomStream context_stream_;
  std::vector<PopulationSampler>
      samplers_;  // kCells: one; kContext: control and treated of context 0, of context 1, ...
};

}  // namespace brenier::train
