#include "train/report/gene_table.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "core/number_text.h"
#include "train/evaluation/presentation.h"
#include "train/metric/changed_genes.h"
#include "train/report/html.h"
#include "train/report/svg.h"

namespace brenier::train {
namespace gene_table_detail {

// The interval that all changes of a table lie in; 0 is in it.
struct Span {
  double low;
  double high;
};

// Two bars from 0: the true change above, the predicted one below.
std::string bars(double truth, double predicted, const Span& span) {
  constexpr double kWidth = 100;
  const Scale x(span.low, span.high, 0.0, kWidth);
  Svg svg(kWidth, 18, "true " + signed_text(truth) + ", predicted " + signed_text(predicted));
  const auto bar = [&](double value, double y, const char* style) {
    svg.rect(std::min(x(0.0), x(value)), y, std::max(std::abs(x(value) - x(0.0)), 0.4), 6, style);
  };
  bar(truth, 2, "bar-true");
  bar(predicted, 10, "bar-predicted");
  svg.line(x(0.0), 0, x(0.0), 18, "axis");
  return svg.markup();
}

}  // namespace gene_table_detail

std::string gene_table(const Comparison& comparison, const std::vector<std::string>& genes, std::int64_t count) {
  const at::Tensor order = most_changed_genes(comparison.control(), comparison.truth(), count);
  const at::Tensor control = comparison.control().mean();
  const at::Tensor truth = (comparison.truth().mean() - control).index_select(0, order);
  const at::Tensor predicted = (comparison.predicted().mean() - control).index_select(0, order);
  const gene_table_detail::Span span{std::min({truth.min().item<double>(), predicted.min().item<double>(), 0.0}),
                                     std::max({truth.max().item<double>(), predicted.max().item<double>(), 1e-12})};
  HtmlTable table({text_cell("gene"), text_cell("control", "number"), text_cell("true Δ", "number"),
                   text_cell("pred. Δ", "number"), text_cell("", "bars")});
  for (std::int64_t k = 0; k < order.numel(); ++k) {
    const auto gene = order[k].item<std::int64_t>();
    const double t = truth[k].item<double>();
    const double p = predicted[k].item<double>();
    const bool wrong_way = t * p < 0.0 && std::abs(p) >= 0.05 * std::abs(t);
    table.add_row({text_cell(genes[static_cast<std::size_t>(gene)], "gene-name"),
                   text_cell(fixed_text(control[gene].item<double>(), 2), "number"),
                   text_cell(signed_text(t), "number"),
                   text_cell(signed_text(p), wrong_way ? "number wrong" : "number"),
                   {gene_table_detail::bars(t, p, span), "bars"}});
  }
  return "<div class=\"compact\">" + table.markup() + "</div>";
}

}  // namespace brenier::train
