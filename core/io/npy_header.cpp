#include "core/io/npy_header.h"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

#include "core/error.h"

namespace brenier {
namespace npy_header_detail {

constexpr std::string_view kMagic{"\x93NUMPY", 6};

// Reads the one dict literal that NumPy writes; nothing else of Python's syntax.
class DictReader {
 public:
  DictReader(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  NpyHeader read() {
    NpyHeader header;
    unsigned seen = 0;
    expect('{');
    while (!accept('}')) {
      const std::string key = quoted();
      expect(':');
      if (key == "descr") {
        header.descr = descr();
        seen |= 1U;
      } else if (key == "fortran_order") {
        header.fortran_order = boolean();
        seen |= 2U;
      } else if (key == "shape") {
        header.shape = shape();
        seen |= 4U;
      } else {
        fail("it has the key '" + key + "'");
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip();
    if (at_ != text_.size()) fail("text follows the dict");
    if (seen != 7U) fail("'descr', 'fortran_order' or 'shape' is missing");
    return header;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorKind::kData, "the .npy header is malformed: " + what)
        .at(name_)
        .found(std::string(text_.substr(0, 120)))
        .expected("{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }");
  }
  void skip() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  bool accept(char c) {
    skip();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) fail(std::string("'") + c + "' is missing");
  }
  std::string quoted() {
    skip();
    const char quote = at_ < text_.size() ? text_[at_] : ' ';
    if (quote != '\'' && quote != '"') fail("a quoted text is missing");
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) fail("a quoted text does not end");
    std::string result(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return result;
  }
  std::string descr() {
    skip();
    if (at_ < text_.size() && text_[at_] == '[') {
      throw Error(ErrorKind::kData, "the array has named fields; Brenier reads plain numbers")
          .at(name_)
          .found(std::string(text_.substr(0, 120)));
    }
    return quoted();
  }
  bool boolean() {
    skip();
    for (const std::string_view word : {std::string_view("True"), std::string_view("False")}) {
      if (text_.substr(at_, word.size()) != word) continue;
      at_ += word.size();
      return word == "True";
    }
    fail("'fortran_order' is neither True nor False");
  }
  std::vector<std::int64_t> shape() {
    std::vector<std::int64_t> sizes;
    expect('(');
    while (!accept(')')) {
      skip();
      std::int64_t size = -1;
      const auto number = std::from_chars(text_.data() + at_, text_.data() + text_.size(), size);
      if (number.ec != std::errc() || size < 0) fail("'shape' is no tuple of whole numbers >= 0");
      at_ = static_cast<std::size_t>(number.ptr - text_.data());
      sizes.push_back(size);
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return sizes;
  }

  std::string_view text_;
  const std::string& name_;
  std::size_t at_ = 0;
};

std::size_t little_endian(std::string_view bytes) {
  std::size_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = (value << 8) | static_cast<unsigned char>(bytes[i]);
  return value;
}

}  // namespace npy_header_detail

NpyHeader parse_npy_header(std::string_view bytes, const std::string& name) {
  namespace detail = npy_header_detail;
  const auto truncated = [&] {
    return std::move(Error(ErrorKind::kData, "the .npy file ends inside its header")
                         .at(name)
                         .found(std::to_string(bytes.size()) + " bytes"));
  };
  if (bytes.substr(0, detail::kMagic.size()) != detail::kMagic.substr(0, bytes.size()) || bytes.empty()) {
    throw Error(ErrorKind::kData, "not an .npy file").at(name).expected("a file written by numpy.save");
  }
  if (bytes.size() < 10) throw truncated();
  const int version = static_cast<unsigned char>(bytes[6]);
  if (version < 1 || version > 3 || bytes[7] != 0) {
    throw Error(ErrorKind::kData, "an .npy file of an unknown version")
        .at(name)
        .found(std::to_string(version) + "." + std::to_string(static_cast<unsigned char>(bytes[7])))
        .expected("1.0, 2.0 or 3.0");
  }
  const std::size_t start = version == 1 ? 10 : 12;
  if (bytes.size() < start) throw truncated();
  const std::size_t length = detail::little_endian(bytes.substr(8, start - 8));
  if (bytes.size() - start < length) throw truncated();
  NpyHeader header = detail::DictReader(bytes.substr(start, length), name).read();
  header.data_start = start + length;
  return header;
}

std::string npy_header_bytes(const std::string& descr, const std::vector<std::int64_t>& shape) {
  std::string sizes;
  for (const std::int64_t size : shape) sizes += (sizes.empty() ? "" : ", ") + std::to_string(size);
  if (shape.size() == 1) sizes += ",";
  std::string dict = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': (" + sizes + "), }";
  // NumPy keeps room for the first axis to grow in place (numpy.lib.format.GROWTH_AXIS_MAX_DIGITS = 21).
  if (!shape.empty()) dict.append(21 - std::min<std::size_t>(21, std::to_string(shape[0]).size()), ' ');
  constexpr std::size_t kAlign = 64;
  const auto padded = [&](std::size_t start) {
    return (start + dict.size() + 1 + kAlign - 1) / kAlign * kAlign - start;
  };
  const bool fits = padded(10) <= 0xFFFF;
  const std::size_t length = padded(fits ? 10 : 12);
  std::string bytes(npy_header_detail::kMagic);
  bytes += fits ? '\x01' : '\x02';
  bytes += '\0';
  for (std::size_t i = 0; i < (fits ? 2U : 4U); ++i) bytes += static_cast<char>((length >> (8 * i)) & 0xFFU);
  bytes += dict;
  bytes.append(length - dict.size() - 1, ' ');
  return bytes + "\n";
}

}  // namespace brenier
