// read_cells of reader.h.
#include <utility>
#include <vector>

#include "data/h5ad/csr_build.h"
#include "data/h5ad/dataset.h"
#include "data/h5ad/float_values.h"
#include "data/h5ad/frame.h"
#include "data/h5ad/group.h"
#include "data/h5ad/input_file.h"
#include "data/h5ad/matrix_source.h"
#include "data/h5ad/read_context.h"
#include "data/h5ad/reader.h"

namespace brenier::data {
namespace cells_reader_detail {

CellMatrix read_sparse_matrix(const h5::MatrixSource& source, std::int64_t max_bytes) {
  const hid_t group = source.object.id();
  const h5::SparseHead& head = *source.head;
  const std::string where = h5::object_path(group);
  const std::int64_t stored = h5::stored_values(group);
  std::vector<std::int64_t> indptr = h5::read_indptr(group, head, stored, max_bytes);
  std::vector<std::int32_t> indices =
      h5::narrow_indices(h5::read_numeric(h5::open_dataset(group, "indices").id(), max_bytes), head.minor(), 0, where);
  std::vector<float> values = h5::read_floats(h5::open_dataset(group, "data").id(), max_bytes);
  CsrMatrix matrix = head.format == SparseFormat::kCsr
                         ? CsrMatrix{head.rows, head.cols, std::move(indptr), std::move(indices), std::move(values)}
                         : h5::csc_to_csr(head.rows, head.cols, indptr, indices, values);
  h5::sort_rows(matrix, 0, where);
  return CellMatrix(std::move(matrix));
}

CellMatrix read_matrix(const h5::MatrixSource& source, std::int64_t max_bytes) {
  if (source.head) return read_sparse_matrix(source, max_bytes);
  return CellMatrix(DenseMatrix{source.rows, source.cols, h5::read_floats(source.object.id(), max_bytes)});
}

}  // namespace cells_reader_detail

CellTable read_cells(const std::filesystem::path& path, const ReadOptions& options) {
  return h5::reading(path, [&] {
    const h5::File file = h5::open_h5ad(path);
    h5::ReadContext context;
    context.max_bytes = options.max_bytes > 0 ? options.max_bytes : h5::default_max_bytes();
    CellTable table;
    table.source = path.string();
    table.obs = h5::read_frame(h5::open_child(file.id(), "obs").id(), context);
    const h5::MatrixSource source = h5::open_matrix(file.id(), options.matrix);
    table.var = h5::read_frame(h5::open_child(file.id(), source.var_path).id(), context);
    h5::check_fits(source, table.obs.rows(), table.var.rows(), options.matrix);
    table.x = cells_reader_detail::read_matrix(source, context.max_bytes);
    return table;
  });
}

}  // namespace brenier::data
