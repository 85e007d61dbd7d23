// How a .h5ad file is written.
#pragma once

namespace brenier::data {

enum class Compression { kNone, kGzip };

struct WriteOptions {
  Compression compression = Compression::kNone;  // gzip is in every HDF5, so that every reader opens the file
  int level = 4;                                 // 1 (fast) to 9 (small)
};

}  // namespace brenier::data
