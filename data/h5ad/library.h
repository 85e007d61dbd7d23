// The HDF5 library as a guest in our process: it is not thread-safe, and by itself it prints its error stack.
//
// Every public function of data/h5ad holds a LibraryGuard while it talks to the library: one mutex for the whole
// process, and the library's printing off until the guard goes. Failures become Error (kData) with the library's
// innermost reason.
#pragma once

#include <hdf5.h>

#include <mutex>
#include <string>

#include "core/error.h"

namespace brenier::data::h5 {

class LibraryGuard final {
 public:
  LibraryGuard();
  ~LibraryGuard();
  LibraryGuard(const LibraryGuard&) = delete;
  LibraryGuard& operator=(const LibraryGuard&) = delete;

 private:
  std::unique_lock<std::recursive_mutex> lock_;
  H5E_auto2_t print_ = nullptr;
  void* print_data_ = nullptr;
};

// An Error (kData) whose found() is the library's reason for the call that just failed.
[[nodiscard]] Error library_error(const std::string& message);

// Throws library_error("cannot <what>") when a call's status is negative.
void check(herr_t status, const char* what);

// The path of an object inside its file: "/obs/cell_type".
[[nodiscard]] std::string object_path(hid_t object);

}  // namespace brenier::data::h5
