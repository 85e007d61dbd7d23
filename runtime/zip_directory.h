// The directory of a zip archive: which members it has and where their bytes lie (PKWARE APPNOTE 6.3, with the 64-bit
// records). LibTorch's reader neither offers the checksums nor compares them, so a damaged weight would pass unseen.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace brenier::runtime {

struct ZipMember {
  std::string name;
  std::uint32_t crc = 0;     // of the content, not compressed
  std::uint16_t method = 0;  // 0 stored, 8 deflate
  std::uint64_t size = 0;    // of the content
  std::string_view stored;   // the bytes in the archive; the content itself under method 0
};

// Whether the bytes begin like an archive with members.
[[nodiscard]] bool begins_like_zip(std::string_view bytes);

// All members, in the order of the directory; they point into `bytes`. Throws kData: no directory at the end (the file
// is cut off), entries that do not fit into the file or together.
[[nodiscard]] std::vector<ZipMember> zip_members(std::string_view bytes);

}  // namespace brenier::runtime
