// Gene names: making them unique, and finding the columns of one gene list in another.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace brenier::data {

// The names with "-1", "-2", ... appended to the second, third, ... of equal ones (a number that would collide with
// another name is skipped), as anndata's var_names_make_unique does. Returns how many were renamed. Cell names alike.
std::int64_t make_names_unique(std::vector<std::string>& names);

struct GeneAlignment {
  std::vector<std::int64_t> columns;  // for each wanted gene its column among those present, -1 when missing
  std::vector<std::string> missing;   // wanted, but not present
  std::int64_t unused = 0;            // present, but not wanted
};

// `present` must be free of duplicates (make_names_unique); of equal names the first counts.
[[nodiscard]] GeneAlignment align_genes(const std::vector<std::string>& wanted,
                                        const std::vector<std::string>& present);

}  // namespace brenier::data
