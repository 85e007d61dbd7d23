#include "train/metric/across_contexts.h"

#include <ATen/ATen.h>

#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <utility>

#include "train/metric/correlation.h"

namespace brenier::train {
namespace across_contexts_detail {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
using Profiles = std::vector<ContextProfile>;

at::Tensor effect(const Moments& treated, const Moments& control) { return treated.mean - control.mean; }

double distance_of(const at::Tensor& a, const at::Tensor& b, EffectDistance distance) {
  switch (distance) {
    case EffectDistance::kL1:
      return (a - b).abs().sum().item<double>();
    case EffectDistance::kL2:
      return (a - b).norm(2).item<double>();
    case EffectDistance::kCosine: {
      const double value = cosine(a, b);
      return std::isnan(value) ? 1.0 : 1.0 - value;  // no direction: neither near nor far
    }
  }
  return kNaN;
}

// Groups of contexts with equal covariates.
std::vector<std::vector<std::size_t>> by_covariates(const Profiles& contexts) {
  std::map<std::map<std::string, std::string>, std::vector<std::size_t>> groups;
  for (std::size_t k = 0; k < contexts.size(); ++k) groups[contexts[k].context.covariates].push_back(k);
  std::vector<std::vector<std::size_t>> out;
  for (auto& [covariates, members] : groups) out.push_back(std::move(members));
  return out;
}

// Mean and standard deviation over all cells of several populations.
class Pool final {
 public:
  void add(const Moments& moments) {
    const auto n = static_cast<double>(moments.cells);
    const at::Tensor squares =
        (moments.cells > 1 ? moments.variance * (n - 1.0) : at::zeros_like(moments.mean)) + moments.mean.square() * n;
    cells_ += n;
    sum_ = sum_.defined() ? sum_ + moments.mean * n : moments.mean * n;
    squares_ = squares_.defined() ? squares_ + squares : squares;
  }
  [[nodiscard]] at::Tensor scale(const at::Tensor& mean) const {
    const at::Tensor mu = sum_ / cells_;
    const at::Tensor variance = (squares_ - mu.square() * cells_).clamp_min(0.0) / (cells_ - 1.0);
    // Below the rounding of the squares a gene counts as constant.
    const at::Tensor constant = variance <= 1e-14 * squares_ / cells_;
    return (mean - mu) / at::where(constant, 1.0, variance.sqrt());
  }

 private:
  double cells_ = 0.0;
  at::Tensor sum_;
  at::Tensor squares_;
};

struct Vectors {
  std::vector<at::Tensor> predicted;
  std::vector<at::Tensor> truth;
};

Vectors vectors(const Profiles& contexts, Aggregation aggregation) {
  Vectors out;
  if (aggregation != Aggregation::kScaled) {
    for (const auto& one : contexts) {
      out.predicted.push_back(profile(one.predicted.mean, one.predicted_control.mean, aggregation));
      out.truth.push_back(profile(one.truth.mean, one.control.mean, aggregation));
    }
    return out;
  }
  Pool predicted;
  Pool truth;
  for (const auto& group : by_covariates(contexts)) {  // contexts of equal covariates share their control
    predicted.add(contexts[group.front()].predicted_control);
    truth.add(contexts[group.front()].control);
    for (const auto k : group) {
      predicted.add(contexts[k].predicted);
      truth.add(contexts[k].truth);
    }
  }
  for (const auto& one : contexts) {
    out.predicted.push_back(predicted.scale(one.predicted.mean));
    out.truth.push_back(truth.scale(one.truth.mean));
  }
  return out;
}

// How much of a place `other` takes before `own`: ties count one half.
double before(double other, double own) { return other < own ? 1.0 : other == own ? 0.5 : 0.0; }

double mean_distance(const std::vector<at::Tensor>& effects) {
  double sum = 0.0;
  double pairs = 0.0;
  for (std::size_t i = 0; i < effects.size(); ++i) {
    for (std::size_t j = i + 1; j < effects.size(); ++j) {
      sum += (effects[i] - effects[j]).norm(2).item<double>();
      pairs += 1.0;
    }
  }
  return sum / pairs;
}

}  // namespace across_contexts_detail

std::vector<double> discrimination_scores(const std::vector<ContextProfile>& contexts, EffectDistance distance) {
  namespace detail = across_contexts_detail;
  std::vector<double> scores(contexts.size(), detail::kNaN);
  if (contexts.size() < 2) return scores;
  std::vector<at::Tensor> truths;
  for (const auto& one : contexts) truths.push_back(detail::effect(one.truth, one.control));
  for (std::size_t k = 0; k < contexts.size(); ++k) {
    at::Tensor kept = at::ones({truths[k].size(0)}, at::kDouble);
    for (const auto gene : contexts[k].target_genes) kept[gene].fill_(0.0);
    const at::Tensor predicted = detail::effect(contexts[k].predicted, contexts[k].predicted_control) * kept;
    const double own = detail::distance_of(truths[k] * kept, predicted, distance);
    double nearer = 0.0;
    for (std::size_t other = 0; other < contexts.size(); ++other) {
      if (other == k) continue;
      nearer += detail::before(detail::distance_of(truths[other] * kept, predicted, distance), own);
    }
    scores[k] = 1.0 - nearer / static_cast<double>(contexts.size());
  }
  return scores;
}

std::vector<double> profile_ranks(const std::vector<ContextProfile>& contexts, Aggregation aggregation,
                                  Similarity similarity) {
  namespace detail = across_contexts_detail;
  const auto vectors = detail::vectors(contexts, aggregation);
  std::vector<double> ranks(contexts.size(), detail::kNaN);
  const double sign = higher_is_closer(similarity) ? -1.0 : 1.0;
  for (const auto& group : detail::by_covariates(contexts)) {
    if (group.size() < 2) continue;
    for (const auto k : group) {
      const auto far = [&](std::size_t of) {
        const double value = compare_profiles(vectors.predicted[of], vectors.truth[k], similarity);
        return std::isnan(value) ? 0.0 : sign * value;  // no correlation
      };
      const double own = far(k);
      double closer = 0.0;
      for (const auto other : group) {
        if (other != k) closer += detail::before(far(other), own);
      }
      ranks[k] = closer / static_cast<double>(group.size());
    }
  }
  return ranks;
}

std::vector<double> scaled_scores(const std::vector<ContextProfile>& contexts, Similarity similarity) {
  const auto vectors = across_contexts_detail::vectors(contexts, Aggregation::kScaled);
  std::vector<double> scores;
  for (std::size_t k = 0; k < contexts.size(); ++k) {
    scores.push_back(compare_profiles(vectors.predicted[k], vectors.truth[k], similarity));
  }
  return scores;
}

double pearson_edistance(const std::vector<ContextProfile>& contexts) {
  std::vector<double> truth;
  std::vector<double> predicted;
  for (const auto& one : contexts) {
    truth.push_back(one.true_energy);
    predicted.push_back(one.predicted_energy);
  }
  if (truth.size() < 2) return across_contexts_detail::kNaN;
  return pearson(at::tensor(truth, at::kDouble), at::tensor(predicted, at::kDouble));
}

double de_spearman_sig(const std::vector<ContextProfile>& contexts) {
  std::vector<double> truth;
  std::vector<double> predicted;
  for (const auto& one : contexts) {
    if (one.true_significant == 0.0) continue;
    truth.push_back(one.true_significant);
    predicted.push_back(one.predicted_significant);
  }
  return truth.empty() && !contexts.empty() ? 1.0 : spearman(truth, predicted);
}

double spread_error(const std::vector<ContextProfile>& contexts) {
  namespace detail = across_contexts_detail;
  if (contexts.size() < 2) return detail::kNaN;
  std::vector<at::Tensor> truth;
  std::vector<at::Tensor> predicted;
  for (const auto& one : contexts) {
    truth.push_back(detail::effect(one.truth, one.control));
    predicted.push_back(detail::effect(one.predicted, one.predicted_control));
  }
  const double of_truth = detail::mean_distance(truth);
  return of_truth > 0.0 ? std::abs(1.0 - detail::mean_distance(predicted) / of_truth) : detail::kNaN;
}

}  // namespace brenier::train
