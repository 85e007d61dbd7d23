#include "train/metric/metric.h"

#include <ATen/ATen.h>

#include <charconv>
#include <limits>
#include <optional>
#include <string_view>

#include "core/error.h"
#include "core/nearest_name.h"
#include "train/metric/changed_genes.h"

namespace brenier::train {
namespace metric_detail {

struct Suffix {
  std::string base;
  GeneChoice genes;
};

// "mmd_top50" -> {"mmd", top 50}; nothing when the name does not end so.
std::optional<Suffix> split_suffix(const std::string& name) {
  const struct {
    std::string_view mark;
    GeneChoice::Kind kind;
  } marks[] = {{"_top", GeneChoice::Kind::kTopDifference},
               {"_tscore", GeneChoice::Kind::kTopTScore},
               {"_nonzero", GeneChoice::Kind::kTopNonZero},
               {"_nondropout", GeneChoice::Kind::kTopNonDropout}};
  for (const auto& [mark, kind] : marks) {
    const auto at = name.rfind(mark);
    if (at == std::string::npos) continue;
    const char* begin = name.data() + at + mark.size();
    const char* end = name.data() + name.size();
    std::int64_t count = 0;
    const auto [stop, error] = std::from_chars(begin, end, count);
    if (error == std::errc() && stop == end && count >= 2) return Suffix{name.substr(0, at), {kind, count}};
  }
  return std::nullopt;
}

const Metric* find_base(const std::string& name) {
  for (const Metric& metric : metric_list()) {
    if (metric.name == name) return &metric;
  }
  return nullptr;
}

}  // namespace metric_detail

std::vector<std::string> metric_names() {
  std::vector<std::string> names;
  for (const Metric& metric : metric_list()) names.push_back(metric.name);
  return names;
}

bool is_metric(const std::string& name) {
  if (metric_detail::find_base(name) != nullptr) return true;
  const auto suffix = metric_detail::split_suffix(name);
  const Metric* base = suffix ? metric_detail::find_base(suffix->base) : nullptr;
  return base != nullptr && base->scope == Scope::kContext;
}

bool is_context_metric(const std::string& name) {
  return is_metric(name) && make_metric(name).scope == Scope::kContext;
}

std::string allowed_metrics() {
  return "one of " + quoted_list(metric_names(), 200) +
         ", or one that scores a context by itself with '_top<k>', '_tscore<k>', '_nonzero<k>' or '_nondropout<k>', "
         "k >= 2";
}

Metric make_metric(const std::string& name) {
  if (const Metric* metric = metric_detail::find_base(name)) return *metric;
  const auto suffix = metric_detail::split_suffix(name);
  const Metric* base = suffix ? metric_detail::find_base(suffix->base) : nullptr;
  if (base == nullptr || base->scope != Scope::kContext) {
    const std::string near = nearest_name(suffix ? suffix->base : name, metric_names());
    Error error(ErrorKind::kUsage, "unknown metric");
    error.found("'" + name + "'").expected(allowed_metrics());
    if (!near.empty()) error.hint("did you mean '" + near + (suffix ? name.substr(suffix->base.size()) : "") + "'?");
    throw error;
  }
  Metric metric = *base;
  metric.name = name;
  metric.genes = suffix->genes;
  metric.summary += suffix->genes.kind == GeneChoice::Kind::kTopDifference ? ", most changed " : ", most significant ";
  metric.summary += std::to_string(suffix->genes.count) + " genes";
  if (suffix->genes.kind == GeneChoice::Kind::kTopNonZero) metric.summary += " that are seen";
  if (suffix->genes.kind == GeneChoice::Kind::kTopNonDropout) metric.summary += " that are no dropouts";
  return metric;
}

at::Tensor Metric::choose_genes(const Population& control, const Population& truth) const {
  switch (genes.kind) {
    case GeneChoice::Kind::kAll:
      return {};
    case GeneChoice::Kind::kTopDifference:
      return most_changed_genes(control, truth, genes.count);
    case GeneChoice::Kind::kTopTScore:
      return most_significant_genes(control, truth, genes.count);
    case GeneChoice::Kind::kTopNonZero:
    case GeneChoice::Kind::kTopNonDropout:
      return most_significant_seen_genes(control, truth, genes.count, genes.kind == GeneChoice::Kind::kTopNonDropout);
  }
  return {};
}

double Metric::operator()(const Comparison& comparison) const {
  if (scope != Scope::kContext) return std::numeric_limits<double>::quiet_NaN();
  const at::Tensor chosen = choose_genes(comparison.control(), comparison.truth());
  if (!chosen.defined()) return compute(comparison);
  if (chosen.numel() == 0) return std::numeric_limits<double>::quiet_NaN();
  return compute(comparison.with_genes(chosen));
}

double Metric::operator()(const at::Tensor& control, const at::Tensor& predicted, const at::Tensor& truth) const {
  return (*this)(Comparison(control, predicted, truth));
}

}  // namespace brenier::train
