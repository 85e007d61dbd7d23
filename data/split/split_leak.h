// The first leak of a split, for check_no_leak (a defect of ours) and for files that are read back (wrong data).
#pragma once

#include <optional>
#include <string>

#include "data/split/split.h"

namespace brenier::data {

struct Leak {
  std::string cell;
  std::string context;
  std::string what;  // "is held out, but lies in train"
};

[[nodiscard]] std::optional<Leak> find_leak(const Split& split, const ContextTable& contexts);

}  // namespace brenier::data
