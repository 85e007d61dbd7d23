#include "data/h5ad/library.h"

#include <vector>

namespace brenier::data::h5 {
namespace library_detail {

std::recursive_mutex& mutex() {
  static std::recursive_mutex instance;
  return instance;
}

herr_t innermost(unsigned position, const H5E_error2_t* entry, void* text) {
  if (position == 0 && entry->desc != nullptr) *static_cast<std::string*>(text) = entry->desc;
  return 0;
}

}  // namespace library_detail

LibraryGuard::LibraryGuard() : lock_(library_detail::mutex()) {
  H5Eget_auto2(H5E_DEFAULT, &print_, &print_data_);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

LibraryGuard::~LibraryGuard() { H5Eset_auto2(H5E_DEFAULT, print_, print_data_); }

Error library_error(const std::string& message) {
  std::string reason;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, library_detail::innermost, &reason);
  Error error(ErrorKind::kData, message);
  if (!reason.empty()) error.found("HDF5 says: " + reason);
  return error;
}

void check(herr_t status, const char* what) {
  if (status < 0) throw library_error(std::string("cannot ") + what);
}

std::string object_path(hid_t object) {
  const ssize_t length = H5Iget_name(object, nullptr, 0);
  if (length <= 0) return "?";
  std::vector<char> buffer(static_cast<std::size_t>(length) + 1);
  H5Iget_name(object, buffer.data(), buffer.size());
  return {buffer.data(), static_cast<std::size_t>(length)};
}

}  // namespace brenier::data::h5
