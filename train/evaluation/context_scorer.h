// Scores predictions of one context by all metrics, with the choices that every method shares: genes, the rows of
// metrics over pairs of cells, and what is computed of the truth alone.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "core/random.h"
#include "train/evaluation/evaluate.h"
#include "train/evaluation/evaluation.h"
#include "train/metric/context_profile.h"
#include "train/metric/metric.h"

namespace brenier::train {

// What one method predicts for a context.
struct Prediction {
  at::Tensor cells;    // [N', G]
  at::Tensor control;  // its own control cells; undefined: those of the context
};

class ContextScorer final {
 public:
  // The arguments must outlive the scorer.
  ContextScorer(const ScoredContext& scored, const std::vector<Metric>& metrics, const EvaluateSettings& settings,
                std::uint64_t seed);

  // NaN for metrics that need several contexts.
  [[nodiscard]] Scores score(const Prediction& predicted) const;
  // Bootstrap over cells: [lower, upper] of every score, NaN where there is none.
  [[nodiscard]] Intervals intervals(const Prediction& predicted, const Scores& scores) const;
  [[nodiscard]] Scores ceiling();
  // For metrics over several contexts.
  [[nodiscard]] ContextProfile profile(const Prediction& predicted, const std::vector<std::int64_t>& targets,
                                       const ProfileNeeds& needs) const;
  // The noise ceiling's stand-in for a prediction: one half of the true cells against the other.
  [[nodiscard]] ContextProfile ceiling_profile(std::int64_t repeat, const std::vector<std::int64_t>& targets,
                                               const ProfileNeeds& needs) const;

 private:
  // What methods share for one choice of genes and rows.
  struct Shared {
    GeneChoice choice;
    bool pairwise;
    at::Tensor genes;  // undefined: all
    Comparison comparison;
    [[nodiscard]] bool same(const Metric& metric) const {
      return pairwise == metric.pairwise && choice.kind == metric.genes.kind && choice.count == metric.genes.count;
    }
    [[nodiscard]] bool no_genes() const { return genes.defined() && genes.numel() == 0; }
  };
  using Rows = std::vector<std::int64_t>;

  // make(shared) gives the comparison, once for all metrics of one choice of genes and rows.
  [[nodiscard]] Scores compute(const std::function<Comparison(const Shared&)>& make) const;
  [[nodiscard]] Comparison compared(const Shared& shared, const Prediction& predicted) const;
  // The rows of a prediction that metrics over pairs look at.
  [[nodiscard]] Rows near_rows(std::int64_t predicted) const;

  const ScoredContext& scored_;
  const std::vector<Metric>& metrics_;
  const EvaluateSettings& settings_;
  std::uint64_t seed_;
  std::string name_;
  RandomStream random_;
  Rows control_rows_;
  Rows truth_rows_;
  std::vector<Shared> shared_;
};

}  // namespace brenier::train
