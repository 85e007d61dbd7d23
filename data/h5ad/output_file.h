// An HDF5 file built in memory, then written atomically (core/io/atomic_file.h).
//
// Not built on the disk directly, because HDF5 1.10 does not survive a write that fails: on a full disk it cannot close
// the file, loops at the end of the process or crashes. In memory no write fails, and the file on disk appears whole
// or not at all. Costs the size of the file in memory while it is written.
#pragma once

#include <filesystem>

#include "data/h5ad/handle.h"

namespace brenier::data::h5 {

class OutputFile final {
 public:
  OutputFile();
  [[nodiscard]] hid_t id() const { return file_.id(); }
  // Throws kData with the path and the system's reason. Every other handle of the file must be closed before.
  void write_to(const std::filesystem::path& path);

 private:
  File file_;
};

}  // namespace brenier::data::h5
