// What travels through the reading of one file: limits, the caller's choice, and the notes for him.
#pragma once

#include <cstdint>
#include <filesystem>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "data/h5ad/library.h"

namespace brenier::data::h5 {

struct ReadContext {
  std::int64_t max_bytes = 0;      // of one array in memory
  bool skip_unreadable = false;    // note and leave out what cannot be read, instead of an error
  std::vector<std::string> notes;  // what was left out
  std::int64_t visited = 0;        // elements so far; a damaged file can link a group into itself
};

// Half of the machine's memory.
[[nodiscard]] std::int64_t default_max_bytes();

// Runs f under the library guard; an Error gains the path as its place, running out of memory becomes an Error.
template <class F>
auto reading(const std::filesystem::path& path, F&& f) -> decltype(std::forward<F>(f)()) {
  const LibraryGuard guard;
  return with_context(path.string(), [&]() -> decltype(std::forward<F>(f)()) {
    const auto too_large = [] {
      return Error(ErrorKind::kData, "the machine's memory does not hold what was asked for").hint("read it in parts");
    };
    try {
      return std::forward<F>(f)();
    } catch (const std::bad_alloc&) {
      throw too_large();
    } catch (const std::length_error&) {
      throw too_large();
    }
  });
}

}  // namespace brenier::data::h5
