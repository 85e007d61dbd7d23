#include "data/h5ad/string_values.h"

namespace brenier::data::h5 {
namespace string_values_detail {

// Gives back what the library allocated, also when a copy throws.
class Reclaim final {
 public:
  Reclaim(hid_t type, hid_t space, void* buffer) : type_(type), space_(space), buffer_(buffer) {}
  Reclaim(const Reclaim&) = delete;
  Reclaim& operator=(const Reclaim&) = delete;
  ~Reclaim() { H5Dvlen_reclaim(type_, space_, H5P_DEFAULT, buffer_); }

 private:
  hid_t type_;
  hid_t space_;
  void* buffer_;
};

std::string unpadded(const char* begin, std::size_t size, H5T_str_t padding) {
  std::size_t length = 0;
  if (padding == H5T_STR_NULLTERM) {
    while (length < size && begin[length] != '\0') ++length;
  } else {
    const char filler = padding == H5T_STR_SPACEPAD ? ' ' : '\0';
    length = size;
    while (length > 0 && begin[length - 1] == filler) --length;
  }
  return {begin, length};
}

}  // namespace string_values_detail

std::vector<std::string> read_string_values(hid_t stored_type, hid_t space, std::int64_t count,
                                            const std::function<herr_t(hid_t, void*)>& read) {
  std::vector<std::string> values;
  if (count == 0) return values;
  values.reserve(static_cast<std::size_t>(count));
  // The stored type itself serves in memory: it has the right character set and padding.
  const Type type(H5Tcopy(stored_type), "copy a string type");
  if (H5Tis_variable_str(type.id()) > 0) {
    std::vector<char*> texts(static_cast<std::size_t>(count), nullptr);
    const string_values_detail::Reclaim reclaim(type.id(), space, texts.data());
    check(read(type.id(), texts.data()), "read strings");
    for (const char* text : texts) values.emplace_back(text == nullptr ? "" : text);
    return values;
  }
  const std::size_t size = H5Tget_size(type.id());
  std::vector<char> bytes(size * static_cast<std::size_t>(count), '\0');
  check(read(type.id(), bytes.data()), "read strings");
  const H5T_str_t padding = H5Tget_strpad(type.id());
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    values.push_back(string_values_detail::unpadded(bytes.data() + i * size, size, padding));
  }
  return values;
}

void require_no_nul(const std::string& text) {
  if (text.find('\0') != std::string::npos) {
    throw Error(ErrorKind::kData, "a text with a NUL character inside cannot be written")
        .found("'" + std::string(text.c_str()) + "' followed by NUL");
  }
}

}  // namespace brenier::data::h5
