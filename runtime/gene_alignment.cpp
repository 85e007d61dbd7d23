#include "runtime/gene_alignment.h"

#include <algorithm>
#include <cstddef>
#include <unordered_map>

#include "core/error.h"

namespace brenier::runtime {

std::vector<std::int64_t> align_genes(const std::vector<std::string>& wanted, const std::vector<std::string>& data,
                                      MissingGenes missing) {
  std::unordered_map<std::string, std::vector<std::int64_t>> columns;
  for (std::size_t i = 0; i < data.size(); ++i) columns[data[i]].push_back(static_cast<std::int64_t>(i));
  std::vector<std::int64_t> aligned;
  std::vector<std::string> absent;
  aligned.reserve(wanted.size());
  for (const auto& gene : wanted) {
    const auto found = columns.find(gene);
    if (found == columns.end()) {
      absent.push_back(gene);
      aligned.push_back(-1);
      continue;
    }
    if (found->second.size() > 1) {
      throw Error(ErrorKind::kData, "a gene of the model occurs more than once in the data")
          .at("gene '" + gene + "'")
          .found(std::to_string(found->second.size()) + " columns")
          .expected("unique gene names");
    }
    aligned.push_back(found->second.front());
  }
  if (absent.empty()) return aligned;
  if (missing == MissingGenes::kZero && absent.size() < wanted.size()) return aligned;
  const std::vector<std::string> sample(
      data.begin(), data.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(3, data.size())));
  throw Error(ErrorKind::kData, "the data lack genes of the model")
      .found(std::to_string(absent.size()) + " of " + std::to_string(wanted.size()) +
             " missing: " + quoted_list(absent, 10) + "; the data name genes like " + quoted_list(sample))
      .expected("a column for each gene of the model, by the same names")
      .hint(absent.size() == wanted.size() ? "check which column of var holds the gene names"
                                           : "missing genes can be taken as not expressed on request");
}

}  // namespace brenier::runtime
