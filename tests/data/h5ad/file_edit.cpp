#include "tests/data/h5ad/file_edit.h"

#include "core/error.h"
#include "data/h5ad/dataset_writer.h"
#include "data/h5ad/group.h"
#include "tests/data/small_table.h"

namespace brenier::tests {

data::AnnData small_ann_data(data::Element x) {
  data::AnnData result;
  result.x = std::move(x);
  result.obs.index = numbered("c", 3);
  result.var.index = numbered("g", 4);
  result.obs.set("type", data::CategoricalColumn{{0, 1, -1}, data::StringColumn{"T", "B"}, false});
  result.obs.set("n", data::make_column(std::vector<std::int32_t>{1, 2, 3}));
  return result;
}

data::NumericArray small_dense() { return {{3, 4}, std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}}; }

data::SparseMatrix small_csr() {
  return {data::SparseFormat::kCsr,
          3,
          4,
          data::make_column(std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}),
          data::make_column(std::vector<std::int32_t>{1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3}),
          data::make_column(std::vector<std::int32_t>{0, 3, 7, 11})};
}

data::SparseMatrix small_csc() {
  return {data::SparseFormat::kCsc,
          3,
          4,
          data::make_column(std::vector<float>{4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11}),
          data::make_column(std::vector<std::int32_t>{1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2}),
          data::make_column(std::vector<std::int32_t>{0, 2, 5, 8, 11})};
}

void edit(const std::filesystem::path& path, const std::function<void(hid_t)>& f) {
  const data::h5::LibraryGuard guard;
  const data::h5::File file(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), "open a file to edit");
  f(file.id());
}

void replace(hid_t file, const std::string& path, const data::NumericArray& values) {
  const std::size_t slash = path.rfind('/');
  const data::h5::Object parent(
      H5Oopen(file, slash == std::string::npos ? "/" : path.substr(0, slash).c_str(), H5P_DEFAULT),
      "open a group to edit");
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  if (data::h5::has_child(parent.id(), name)) H5Ldelete(parent.id(), name.c_str(), H5P_DEFAULT);
  const data::h5::Dataset written = data::h5::write_numeric(parent.id(), name, values, {});
}

std::string failure(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& error) {
    return std::to_string(error.exit_code()) + " " + error.what();
  }
  return "no error";
}

}  // namespace brenier::tests
