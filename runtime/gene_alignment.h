// Finding a model's genes among the columns of other data, by name.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace brenier::runtime {

// What is done when the data lack genes of the model.
enum class MissingGenes {
  kRefuse,  // throw
  kZero,    // treat them as not expressed
  kMean,    // give them the mean of the unperturbed training cells
};

struct MissingGeneRule {
  MissingGenes action = MissingGenes::kRefuse;
  double max_share = 0.2;  // in [0, 1]: more missing than this share of the genes is an error under every action
};

struct GeneColumns {
  std::vector<std::int64_t> columns;  // for each wanted gene its column in the data, -1 where it is missing
  std::vector<std::string> missing;
};

// Throws kData listing the missing genes with their count when the rule does not allow them or none is there, and
// naming a wanted gene that occurs twice in the data; kUsage for a share outside [0, 1].
[[nodiscard]] GeneColumns align_genes(const std::vector<std::string>& wanted, const std::vector<std::string>& data,
                                      const MissingGeneRule& rule = {});

// "error", "zero" or "mean". Throws kUsage for any other word.
[[nodiscard]] MissingGenes missing_genes_from_text(const std::string& text);

}  // namespace brenier::runtime
