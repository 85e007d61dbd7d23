// Any text as a SMILES: a molecule with finite numbers, or one brenier::Error. Needs RDKit, which itself loses a few
// bytes when it refuses a molecule: run it with ASAN_OPTIONS=detect_leaks=0.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/error.h"
#include "data/molecule/molecule.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  constexpr std::size_t kLongest = 300;  // chemistry takes more than linear time
  if (size > kLongest) return 0;
  try {
    const auto molecule = brenier::data::Molecule::from_smiles(std::string(reinterpret_cast<const char*>(bytes), size));
    const auto fingerprint = molecule.largest_part().morgan(2, 256, true);
    if (fingerprint.size() != 256) std::abort();
    for (const float value : molecule.descriptors()) {
      if (!std::isfinite(value)) std::abort();
    }
    (void)molecule.canonical_smiles();
  } catch (const brenier::Error&) {
  }
  return 0;
}
