#include "data/h5ad/output_file.h"

#include <string_view>

#include "core/io/atomic_file.h"

namespace brenier::data::h5 {
namespace output_file_detail {

File make_file() {
  constexpr std::size_t kGrowth = std::size_t{8} << 20;
  const Properties properties(H5Pcreate(H5P_FILE_ACCESS), "make file properties");
  check(H5Pset_fapl_core(properties.id(), kGrowth, false), "build a file in memory");
  return {H5Fcreate("brenier.h5ad", H5F_ACC_TRUNC, H5P_DEFAULT, properties.id()), "build a file in memory"};
}

}  // namespace output_file_detail

OutputFile::OutputFile() : file_(output_file_detail::make_file()) {}

void OutputFile::write_to(const std::filesystem::path& path) {
  check(H5Fflush(file_.id(), H5F_SCOPE_LOCAL), "finish a file in memory");
  const ssize_t size = H5Fget_file_image(file_.id(), nullptr, 0);
  void* memory = nullptr;  // the driver's own: a pointer to the first byte
  check(H5Fget_vfd_handle(file_.id(), H5P_DEFAULT, &memory), "find a file in memory");
  if (size <= 0 || memory == nullptr) throw library_error("cannot find a file in memory");
  write_atomically(path, std::string_view(*static_cast<const char* const*>(memory), static_cast<std::size_t>(size)));
}

}  // namespace brenier::data::h5
