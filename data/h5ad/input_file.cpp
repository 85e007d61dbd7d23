#include "data/h5ad/input_file.h"

#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>
#include <vector>

#include "data/h5ad/group.h"

namespace brenier::data::h5 {
namespace input_file_detail {

namespace fs = std::filesystem;

void check_on_disk(const fs::path& path) {
  std::error_code code;
  const fs::file_status status = fs::status(path, code);
  if (status.type() == fs::file_type::not_found) {
    throw Error(ErrorKind::kData, "the file does not exist").expected("the path of an .h5ad file");
  }
  if (status.type() == fs::file_type::directory) {
    Error error(ErrorKind::kData, "this is a folder, not an .h5ad file");
    if (fs::exists(path / ".zgroup", code) || fs::exists(path / "zarr.json", code)) {
      error.hint("zarr stores are not read; in Python: anndata.read_zarr(path).write_h5ad(new_path)");
    }
    throw error;
  }
  if (status.type() != fs::file_type::regular) {
    throw Error(ErrorKind::kData, "this is no ordinary file").found(code ? code.message() : "a device, pipe or socket");
  }
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) {
    throw Error(ErrorKind::kData, "the file cannot be opened").found(std::generic_category().message(errno));
  }
  std::fclose(file);
}

void check_members(hid_t file) {
  if (has_child(file, "obs") && has_child(file, "var")) return;
  const std::vector<std::string> names = child_names(file);
  Error error(ErrorKind::kData, "the HDF5 file is no .h5ad file");
  error.found("members " + quoted_list(names)).expected("at least 'obs' and 'var'");
  if (has_child(file, "matrix")) {
    error.hint("it looks like a 10x Genomics or loom file; in Python: scanpy.read_10x_h5(path).write_h5ad(new_path)");
  }
  throw error;
}

}  // namespace input_file_detail

File open_h5ad(const std::filesystem::path& path) {
  input_file_detail::check_on_disk(path);
  std::error_code code;
  const auto bytes = std::filesystem::file_size(path, code);
  const std::string size = std::to_string(bytes) + " bytes";
  if (H5Fis_hdf5(path.c_str()) <= 0) {
    throw Error(ErrorKind::kData, "the file is no HDF5 file, or its beginning is damaged")
        .found(size + " without the HDF5 signature")
        .expected("an .h5ad file");
  }
  const Properties properties(H5Pcreate(H5P_FILE_ACCESS), "make file properties");
  // On file systems without locks the lock is left out.
  check(H5Pset_file_locking(properties.id(), true, true), "set file locking");
  const hid_t id = H5Fopen(path.c_str(), H5F_ACC_RDONLY, properties.id());
  if (id < 0) {
    Error error = library_error("the file is damaged or incomplete (" + size + ")");
    throw error.hint("copy or download it again; a file that is still being written cannot be read");
  }
  File file(id, "open the file");
  input_file_detail::check_members(file.id());
  return file;
}

}  // namespace brenier::data::h5
