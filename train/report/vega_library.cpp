#include "train/report/vega_library.h"

#ifdef BRENIER_VEGA_SCRIPT
// The assembler copies the file: a string literal of this length takes compilers long.
asm(".section .rodata\n"
    ".hidden brenier_vega_begin\n"
    ".global brenier_vega_begin\n"
    ".hidden brenier_vega_end\n"
    ".global brenier_vega_end\n"
    "brenier_vega_begin:\n"
    ".incbin \"" BRENIER_VEGA_SCRIPT
    "\"\n"
    "brenier_vega_end:\n"
    ".byte 0\n"
    ".previous\n");

extern "C" {
__attribute__((visibility("hidden"))) extern const char brenier_vega_begin[];
__attribute__((visibility("hidden"))) extern const char brenier_vega_end[];
}
#endif

namespace brenier::train {

std::string_view vega_library() {
#ifdef BRENIER_VEGA_SCRIPT
  return {brenier_vega_begin, static_cast<std::size_t>(brenier_vega_end - brenier_vega_begin)};
#else
  return {};
#endif
}

}  // namespace brenier::train
