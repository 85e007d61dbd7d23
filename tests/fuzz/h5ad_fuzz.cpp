// Fuzzes the .h5ad readers with files of any bytes. Whatever comes in, each reader gives a result whose parts fit
// together, or one Error of wrong data. Start from real files: h5ad_fuzz CORPUS tests/oracle/h5ad
//
// HDF5 1.10 itself does not survive every malformed file: its readers of global heaps, object headers and attributes
// overrun their own buffers or never end. To look past that, run with
// -fork=1 -ignore_crashes=1 -ignore_ooms=1 -ignore_timeouts=1 -detect_leaks=0
// and look at the artifacts whose innermost frame is not the HDF5 library's.
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "core/error.h"
#include "data/h5ad/reader.h"
#include "data/h5ad/row_reader.h"
#include "data/h5ad/summary.h"

namespace brenier::h5ad_fuzz {

constexpr std::int64_t kMaxBytes = 1 << 24;

// One file a process in the folder for temporary files (best in memory: TMPDIR=/dev/shm), written anew for each input.
class InputFile final {
 public:
  InputFile() : path_(std::filesystem::temp_directory_path() / ("h5ad_fuzz-" + std::to_string(::getpid()))) {}
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile() { ::unlink(path_.c_str()); }

  [[nodiscard]] const std::string& write(const std::uint8_t* data, std::size_t size) const {
    std::ofstream stream(path_, std::ios::binary | std::ios::trunc);
    if (!stream.write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size)).flush()) std::abort();
    return path_;
  }

 private:
  std::string path_;
};

template <class F>
void only_data_errors(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kData) throw;
  }
}

void read_by_rows(const std::string& path) {
  const data::RowReader reader(path, {.max_bytes = kMaxBytes});
  if (reader.rows() > 1000 || reader.cols() > 100'000) return;
  for (std::int64_t row = 0; row < reader.rows(); ++row) {
    if (reader.stored_before(row + 1) - reader.stored_before(row) > 100'000) return;
    if (reader.read(row, row + 1).cols() != reader.cols()) std::abort();
  }
}

}  // namespace brenier::h5ad_fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace fuzz = brenier::h5ad_fuzz;
  static const fuzz::InputFile file;
  const std::string& path = file.write(data, size);
  fuzz::only_data_errors([&] { check_shapes(brenier::data::read_h5ad(path, {.max_bytes = fuzz::kMaxBytes})); });
  fuzz::only_data_errors([&] {
    const auto table = brenier::data::read_cells(path, {.max_bytes = fuzz::kMaxBytes});
    if (table.obs.rows() != table.cells() || table.var.rows() != table.genes()) std::abort();
    for (const std::string& name : table.obs.names()) {
      if (table.obs.labels(name).size() != table.obs.index.size()) std::abort();
    }
  });
  fuzz::only_data_errors([&] { fuzz::read_by_rows(path); });
  fuzz::only_data_errors(
      [&] { (void)brenier::data::summarize(path, {.values_per_matrix = 100'000, .max_bytes = fuzz::kMaxBytes}); });
  return 0;
}
