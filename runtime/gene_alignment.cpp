#include "runtime/gene_alignment.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <unordered_map>

#include "core/error.h"
#include "core/number_text.h"

namespace brenier::runtime {

namespace gene_alignment_detail {

// Throws unless the rule allows so many missing genes.
void check_missing(const std::vector<std::string>& missing, const std::vector<std::string>& wanted,
                   const std::vector<std::string>& data, const MissingGeneRule& rule) {
  if (!(rule.max_share >= 0.0 && rule.max_share <= 1.0)) {
    throw Error(ErrorKind::kUsage, "the share of genes that may be missing is out of range")
        .found(number_text(rule.max_share))
        .expected("0 to 1");
  }
  if (missing.empty()) return;
  const bool none = missing.size() == wanted.size();
  const double share = static_cast<double>(missing.size()) / static_cast<double>(wanted.size());
  const bool refused = rule.action == MissingGenes::kRefuse;
  if (!none && !refused && share <= rule.max_share) return;
  const std::vector<std::string> sample(
      data.begin(), data.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(3, data.size())));
  const bool allowed = refused || none;
  throw Error(ErrorKind::kData, allowed ? "the data lack genes of the model" : "the data lack too many genes")
      .found(std::to_string(missing.size()) + " of " + std::to_string(wanted.size()) +
             " missing: " + quoted_list(missing, 10) + "; the data name genes like " + quoted_list(sample))
      .expected(allowed ? "a column for each gene of the model, by the same names"
                        : "at most " + fixed_text(100.0 * rule.max_share, 0) + " % of the genes missing")
      .hint(none || !refused ? "check which column of var holds the gene names"
                             : "missing genes can be taken as 0 or as the training mean on request");
}

}  // namespace gene_alignment_detail

GeneColumns align_genes(const std::vector<std::string>& wanted, const std::vector<std::string>& data,
                        const MissingGeneRule& rule) {
  // The first column of each name and how often it occurs; the views point into `data`.
  std::unordered_map<std::string_view, std::pair<std::int64_t, std::int64_t>> columns;
  columns.reserve(data.size());
  for (std::size_t i = 0; i < data.size(); ++i) {
    ++columns.try_emplace(data[i], static_cast<std::int64_t>(i), 0).first->second.second;
  }
  GeneColumns aligned;
  aligned.columns.reserve(wanted.size());
  for (const auto& gene : wanted) {
    const auto found = columns.find(gene);
    if (found == columns.end()) {
      aligned.missing.push_back(gene);
      aligned.columns.push_back(-1);
      continue;
    }
    const auto& [column, count] = found->second;
    if (count > 1) {
      throw Error(ErrorKind::kData, "a gene of the model occurs more than once in the data")
          .at("gene '" + gene + "'")
          .found(std::to_string(count) + " columns")
          .expected("unique gene names");
    }
    aligned.columns.push_back(column);
  }
  gene_alignment_detail::check_missing(aligned.missing, wanted, data, rule);
  return aligned;
}

MissingGenes missing_genes_from_text(const std::string& text) {
  if (text == "error") return MissingGenes::kRefuse;
  if (text == "zero") return MissingGenes::kZero;
  if (text == "mean") return MissingGenes::kMean;
  throw Error(ErrorKind::kUsage, "there is no such rule for missing genes")
      .found("'" + text + "'")
      .expected("'error', 'zero' or 'mean'");
}

}  // namespace brenier::runtime
