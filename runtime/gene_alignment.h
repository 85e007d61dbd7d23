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
};

// For each of the model's genes its column in the data, -1 where it is missing (kZero). Throws kData listing the
// missing genes with the count, naming a gene that occurs twice in the data, or when no gene is found at all.
[[nodiscard]] std::vector<std::int64_t> align_genes(const std::vector<std::string>& wanted,
                                                    const std::vector<std::string>& data, MissingGenes missing);

}  // namespace brenier::runtime
