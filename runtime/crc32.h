// The checksum of zip archives: CRC-32 with the reflected polynomial 0xEDB88320 (IEEE 802.3), start and end inverted.
//
// Here because no library of the runtime offers it: miniz lies inside LibTorch without a header, and zlib would be a
// dependency of every program that loads a model. Eight bytes a step by tables ("slicing by 8"), 1.5 GB/s or more.
#pragma once

#include <cstdint>
#include <string_view>

namespace brenier::runtime {

[[nodiscard]] std::uint32_t crc32(std::string_view bytes);

}  // namespace brenier::runtime
