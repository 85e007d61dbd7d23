// Any bytes as an .npy file: an array that writes back to the same array, or one brenier::Error.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/error.h"
#include "core/io/npy.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  try {
    const std::string_view input(reinterpret_cast<const char*>(bytes), size);
    const std::string written = brenier::npy_to_bytes(brenier::npy_from_bytes(input, "input"));
    // Bytes, not values, so that NaN compares equal to itself.
    if (brenier::npy_to_bytes(brenier::npy_from_bytes(written, "written")) != written) std::abort();
  } catch (const brenier::Error&) {
  }
  return 0;
}
