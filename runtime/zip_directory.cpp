#include "runtime/zip_directory.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "core/error.h"

namespace brenier::runtime {

namespace zip_directory_detail {

constexpr std::string_view kMemberMark{"PK\x03\x04", 4};
constexpr std::string_view kEntryMark{"PK\x01\x02", 4};
constexpr std::string_view kEndMark{"PK\x05\x06", 4};
constexpr std::string_view kEnd64Mark{"PK\x06\x06", 4};
constexpr std::string_view kLocator64Mark{"PK\x06\x07", 4};
constexpr std::uint64_t kEndSize = 22;
constexpr std::uint64_t kLocator64Size = 20;
constexpr std::uint64_t kElsewhere = 0xFFFFFFFFU;  // the value stands in a 64-bit record

Error damaged(const std::string& found) {
  return Error(ErrorKind::kData, "the directory of the archive is damaged").found(found);
}

// A part of the file; throws when it does not lie inside.
std::string_view part(std::string_view bytes, std::uint64_t begin, std::uint64_t size, const char* what) {
  if (begin > bytes.size() || size > bytes.size() - begin) {
    throw damaged(std::string(what) + " at byte " + std::to_string(begin) + " of " + std::to_string(bytes.size()) +
                  " does not lie inside the file");
  }
  return bytes.substr(begin, size);
}

// A little-endian number of `width` bytes at `begin`.
std::uint64_t number(std::string_view bytes, std::size_t begin, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t i = width; i-- > 0;) value = (value << 8) | static_cast<unsigned char>(bytes[begin + i]);
  return value;
}

struct Extent {
  std::uint64_t begin = 0;
  std::uint64_t size = 0;
  std::uint64_t entries = 0;
};

// The directory by its record at the end of the file, which a comment of up to 64 KiB may follow.
Extent find_directory(std::string_view bytes) {
  const std::size_t found = bytes.rfind(kEndMark);
  if (found == std::string_view::npos || bytes.size() - found < kEndSize) {
    throw Error(ErrorKind::kData, "the archive is cut off")
        .found(std::to_string(bytes.size()) + " bytes without the directory that ends every archive")
        .expected("the whole file: copy or download it again");
  }
  const auto end = bytes.substr(found);
  Extent extent{number(end, 16, 4), number(end, 12, 4), number(end, 10, 2)};
  if (found >= kLocator64Size) {
    const auto locator = bytes.substr(found - kLocator64Size, kLocator64Size);
    if (locator.starts_with(kLocator64Mark)) {
      const auto end64 = part(bytes, number(locator, 8, 8), 56, "the 64-bit end record");
      if (!end64.starts_with(kEnd64Mark)) throw damaged("no 64-bit end record where the locator points");
      extent = {number(end64, 48, 8), number(end64, 40, 8), number(end64, 32, 8)};
    }
  }
  return extent;
}

// The numbers of the extra field 0x0001, in the order in which they are needed.
class Wide final {
 public:
  explicit Wide(std::string_view extra) {
    while (extra.size() >= 4) {
      const auto size = std::min<std::uint64_t>(number(extra, 2, 2), extra.size() - 4);
      if (number(extra, 0, 2) == 1) values_ = extra.substr(4, size);
      extra.remove_prefix(4 + size);
    }
  }
  std::uint64_t or_given(std::uint64_t given) {
    if (given != kElsewhere || values_.size() < 8) return given;
    const auto value = number(values_, 0, 8);
    values_.remove_prefix(8);
    return value;
  }

 private:
  std::string_view values_;
};

// Where the member's bytes begin: behind its own header, whose name and extra field may be longer than the entry's.
std::string_view stored_bytes(std::string_view bytes, std::uint64_t header, std::uint64_t size,
                              const std::string& name) {
  const auto local = part(bytes, header, 30, "the header of a member");
  const auto name_size = number(local, 26, 2);
  if (!local.starts_with(kMemberMark) || part(bytes, header + 30, name_size, "the name of a member") != name) {
    throw damaged("no header of member '" + name + "' at byte " + std::to_string(header));
  }
  return part(bytes, header + 30 + name_size + number(local, 28, 2), size, "a member");
}

}  // namespace zip_directory_detail

bool begins_like_zip(std::string_view bytes) { return bytes.starts_with(zip_directory_detail::kMemberMark); }

std::vector<ZipMember> zip_members(std::string_view bytes) {
  namespace detail = zip_directory_detail;
  const auto extent = detail::find_directory(bytes);
  auto rest = detail::part(bytes, extent.begin, extent.size, "the directory");
  std::vector<ZipMember> members;
  while (rest.size() >= 46 && rest.starts_with(detail::kEntryMark)) {
    const auto entry = rest;
    const auto name_size = detail::number(entry, 28, 2);
    const auto extra_size = detail::number(entry, 30, 2);
    const auto whole = 46 + name_size + extra_size + detail::number(entry, 32, 2);
    if (whole > rest.size()) throw detail::damaged("an entry that is longer than the directory");
    ZipMember member;
    member.name = entry.substr(46, name_size);
    member.method = static_cast<std::uint16_t>(detail::number(entry, 10, 2));
    member.crc = static_cast<std::uint32_t>(detail::number(entry, 16, 4));
    detail::Wide wide(entry.substr(46 + name_size, extra_size));
    member.size = wide.or_given(detail::number(entry, 24, 4));
    const auto stored = wide.or_given(detail::number(entry, 20, 4));
    member.stored = detail::stored_bytes(bytes, wide.or_given(detail::number(entry, 42, 4)), stored, member.name);
    if (member.method == 0 && stored != member.size) {
      throw detail::damaged("member '" + member.name + "' has two sizes");
    }
    members.push_back(std::move(member));
    rest.remove_prefix(whole);
  }
  if (!rest.empty() || members.size() != extent.entries) {
    throw detail::damaged(std::to_string(members.size()) + " members that can be read, " +
                          std::to_string(extent.entries) + " that there should be");
  }
  return members;
}

}  // namespace brenier::runtime
