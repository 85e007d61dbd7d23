#include "core/nearest_name.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <limits>

namespace brenier {
namespace nearest_name_detail {

std::string lower(const std::string& text) {
  std::string result = text;
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

// Optimal string alignment: each edit inserts, deletes, replaces one byte or swaps two neighbours.
std::size_t edit_distance(const std::string& a, const std::string& b) {
  const std::size_t width = b.size() + 1;
  std::vector<std::size_t> before(width), previous(width), current(width);
  for (std::size_t j = 0; j < width; ++j) previous[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (std::size_t j = 1; j < width; ++j) {
      const std::size_t replace = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        current[j] = std::min(current[j], before[j - 2] + 1);
      }
    }
    before.swap(previous);
    previous.swap(current);
  }
  return previous[b.size()];
}

}  // namespace nearest_name_detail

std::string nearest_name(const std::string& name, const std::vector<std::string>& known) {
  const std::string wanted = nearest_name_detail::lower(name);
  std::size_t best = std::numeric_limits<std::size_t>::max();
  std::string result;
  for (const std::string& candidate : known) {
    const std::size_t longer = std::max(candidate.size(), wanted.size());
    const std::size_t shorter = std::min(candidate.size(), wanted.size());
    const std::size_t limit = std::max<std::size_t>(2, longer / 3);
    if (longer - shorter > limit) continue;  // already too far, whatever the letters are
    const std::size_t distance = nearest_name_detail::edit_distance(wanted, nearest_name_detail::lower(candidate));
    if (distance > limit || distance >= longer || distance >= best) continue;
    best = distance;
    result = candidate;
  }
  return result;
}

}  // namespace brenier
