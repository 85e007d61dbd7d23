#include "data/h5ad/read_context.h"

#include <unistd.h>

#include <limits>

namespace brenier::data::h5 {

std::int64_t default_max_bytes() {
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page_size = sysconf(_SC_PAGE_SIZE);
  if (pages <= 0 || page_size <= 0) return std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(pages) / 2 * page_size;
}

}  // namespace brenier::data::h5
