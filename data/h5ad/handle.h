// RAII owners of HDF5 identifiers. A Handle closes its identifier when it goes out of scope; it is always valid or
// empty, because making one from a failed call throws. Use only under a LibraryGuard (library.h).
#pragma once

#include <hdf5.h>

#include <string>
#include <utility>

#include "data/h5ad/library.h"

namespace brenier::data::h5 {

template <herr_t (*Close)(hid_t)>
class Handle final {
 public:
  Handle() = default;
  // Takes over an identifier; throws kData "cannot <what>" with the library's reason when it is negative.
  Handle(hid_t id, const char* what) : id_(id) {
    if (id_ < 0) throw library_error(std::string("cannot ") + what);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    return *this;
  }
  ~Handle() {
    if (id_ >= 0) Close(id_);
  }

  [[nodiscard]] hid_t id() const { return id_; }
  // Gives the identifier away.
  [[nodiscard]] hid_t release() { return std::exchange(id_, -1); }

 private:
  hid_t id_ = -1;
};

using File = Handle<H5Fclose>;
using Object = Handle<H5Oclose>;  // a group, a dataset or a named type
using Group = Handle<H5Gclose>;
using Dataset = Handle<H5Dclose>;
using Type = Handle<H5Tclose>;
using Space = Handle<H5Sclose>;
using Attribute = Handle<H5Aclose>;
using Properties = Handle<H5Pclose>;

}  // namespace brenier::data::h5
