#include "data/h5ad/writer.h"

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "data/h5ad/attribute.h"
#include "data/h5ad/element_io.h"
#include "data/h5ad/frame.h"
#include "data/h5ad/group.h"
#include "data/h5ad/output_file.h"

namespace brenier::data {
namespace writer_detail {

void write_raw(hid_t file, const RawData& raw, const WriteOptions& options) {
  const h5::Group group = h5::create_group(file, "raw");
  h5::write_encoding(group.id(), {"raw", "0.1.0"});
  if (raw.x) h5::write_element(group.id(), "X", *raw.x, options);
  h5::write_frame(group.id(), "var", raw.var, options);
  h5::write_element(group.id(), "varm", raw.varm, options);
}

void write_all(hid_t file, const AnnData& data, const WriteOptions& options) {
  const h5::Group root(H5Gopen2(file, "/", H5P_DEFAULT), "open the root of the file");
  h5::write_encoding(root.id(), {"anndata", "0.1.0"});
  if (data.x) h5::write_element(root.id(), "X", *data.x, options);
  h5::write_frame(root.id(), "obs", data.obs, options);
  h5::write_frame(root.id(), "var", data.var, options);
  h5::write_element(root.id(), "layers", data.layers, options);
  h5::write_element(root.id(), "obsm", data.obsm, options);
  h5::write_element(root.id(), "varm", data.varm, options);
  h5::write_element(root.id(), "obsp", data.obsp, options);
  h5::write_element(root.id(), "varp", data.varp, options);
  h5::write_element(root.id(), "uns", data.uns, options);
  if (data.raw) write_raw(root.id(), *data.raw, options);
}

SparseMatrix to_sparse(const CsrMatrix& matrix) {
  SparseMatrix result;
  result.rows = matrix.rows;
  result.cols = matrix.cols;
  result.data = make_column(matrix.values);
  const auto stored = static_cast<std::int64_t>(matrix.indices.size());
  if (stored <= std::numeric_limits<std::int32_t>::max()) {
    result.indices = make_column(matrix.indices);
    result.indptr = make_column(std::vector<std::int32_t>(matrix.indptr.begin(), matrix.indptr.end()));
  } else {
    result.indices = make_column(std::vector<std::int64_t>(matrix.indices.begin(), matrix.indices.end()));
    result.indptr = make_column(matrix.indptr);
  }
  return result;
}

}  // namespace writer_detail

AnnData to_ann_data(const CellTable& table) {
  AnnData data;
  if (table.x.is_sparse()) {
    data.x = writer_detail::to_sparse(table.x.sparse());
  } else {
    const DenseMatrix& matrix = table.x.dense();
    data.x = NumericArray{{matrix.rows, matrix.cols}, matrix.values};
  }
  data.obs = table.obs;
  data.var = table.var;
  return data;
}

void write_h5ad(const AnnData& data, const std::filesystem::path& path, const WriteOptions& options) {
  const h5::LibraryGuard guard;
  h5::OutputFile file;
  with_context(path.string(), [&] {
    check_shapes(data);
    writer_detail::write_all(file.id(), data, options);
  });
  file.write_to(path);
}

void write_h5ad(const CellTable& table, const std::filesystem::path& path, const WriteOptions& options) {
  write_h5ad(to_ann_data(table), path, options);
}

}  // namespace brenier::data
