#include "data/preprocess/gene_names.h"

#include <unordered_map>
#include <unordered_set>

namespace brenier::data {

std::int64_t make_names_unique(std::vector<std::string>& names) {
  std::unordered_set<std::string> taken(names.begin(), names.end());
  std::unordered_map<std::string, std::int64_t> seen;  // times met, then the last number used
  std::int64_t renamed = 0;
  for (std::string& name : names) {
    const auto [entry, first] = seen.try_emplace(name, 0);
    if (first) continue;
    std::string candidate;
    do {
      candidate = name + "-" + std::to_string(++entry->second);
    } while (!taken.insert(candidate).second);
    name = candidate;
    ++renamed;
  }
  return renamed;
}

GeneAlignment align_genes(const std::vector<std::string>& wanted, const std::vector<std::string>& present) {
  std::unordered_map<std::string, std::int64_t> column;
  for (std::size_t g = 0; g < present.size(); ++g) column.try_emplace(present[g], static_cast<std::int64_t>(g));
  GeneAlignment out;
  out.columns.reserve(wanted.size());
  std::unordered_set<std::int64_t> used;
  for (const std::string& name : wanted) {
    const auto hit = column.find(name);
    out.columns.push_back(hit == column.end() ? -1 : hit->second);
    if (hit == column.end()) {
      out.missing.push_back(name);
    } else {
      used.insert(hit->second);
    }
  }
  out.unused = static_cast<std::int64_t>(present.size() - used.size());
  return out;
}

}  // namespace brenier::data
