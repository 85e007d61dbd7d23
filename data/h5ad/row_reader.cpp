#include "data/h5ad/row_reader.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "data/h5ad/csr_build.h"
#include "data/h5ad/dataset.h"
#include "data/h5ad/float_values.h"
#include "data/h5ad/input_file.h"
#include "data/h5ad/matrix_source.h"
#include "data/h5ad/read_context.h"

namespace brenier::data {

struct RowReader::State {
  std::string path;
  std::string matrix;
  h5::File file;
  h5::MatrixSource source;
  std::vector<std::int64_t> indptr;  // sparse only
  h5::Dataset data;                  // sparse only
  h5::Dataset indices;               // sparse only
};

namespace row_reader_detail {

// With a cache of a few chunks, so that neighbouring ranges do not decompress a chunk again.
h5::Dataset open_cached(hid_t group, const std::string& name) {
  const h5::Dataset plain = h5::open_dataset(group, name);
  const h5::Properties creation(H5Dget_create_plist(plain.id()), "read how a dataset is stored");
  const h5::Properties access(H5Pcreate(H5P_DATASET_ACCESS), "make dataset properties");
  hsize_t chunk = 0;
  if (H5Pget_layout(creation.id()) == H5D_CHUNKED && H5Pget_chunk(creation.id(), 1, &chunk) == 1) {
    const h5::Type type = h5::type_of(plain.id());
    constexpr std::size_t kMost = std::size_t{256} << 20;
    const std::size_t bytes =
        std::min<std::size_t>(kMost, 4 * static_cast<std::size_t>(chunk) * H5Tget_size(type.id()));
    h5::check(H5Pset_chunk_cache(access.id(), 521, std::max<std::size_t>(bytes, 1 << 20), 0.75), "set the chunk cache");
  }
  return {H5Dopen2(group, name.c_str(), access.id()), "open a dataset"};
}

}  // namespace row_reader_detail

RowReader::RowReader(const std::filesystem::path& path, const ReadOptions& options) {
  h5::reading(path, [&] {
    auto state = std::make_unique<State>();
    state->path = path.string();
    state->matrix = options.matrix;
    state->file = h5::open_h5ad(path);
    state->source = h5::open_matrix(state->file.id(), options.matrix);
    if (state->source.head) {
      const hid_t group = state->source.object.id();
      if (state->source.head->format == SparseFormat::kCsc) {
        throw Error(ErrorKind::kData, "'" + options.matrix + "' is stored by column (CSC) and cannot be read by row")
            .expected("a dense or CSR matrix")
            .hint("in Python: adata.X = adata.X.tocsr() and write the file again");
      }
      const std::int64_t limit = options.max_bytes > 0 ? options.max_bytes : h5::default_max_bytes();
      const std::int64_t stored = h5::stored_values(group);
      state->indptr = h5::read_indptr(group, *state->source.head, stored, limit);
      state->data = row_reader_detail::open_cached(group, "data");
      state->indices = row_reader_detail::open_cached(group, "indices");
      h5::check_filters(state->data.id());
      h5::check_filters(state->indices.id());
    } else {
      h5::check_filters(state->source.object.id());
    }
    state_ = std::move(state);
  });
}

RowReader::~RowReader() {
  const h5::LibraryGuard guard;
  state_.reset();
}

RowReader::RowReader(RowReader&&) noexcept = default;

RowReader& RowReader::operator=(RowReader&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}

std::int64_t RowReader::rows() const { return state_->source.rows; }

std::int64_t RowReader::cols() const { return state_->source.cols; }

bool RowReader::is_sparse() const { return state_->source.head.has_value(); }

std::int64_t RowReader::stored_before(std::int64_t row) const {
  if (row < 0 || row > rows()) {
    throw Error(ErrorKind::kDefect, "a row is out of range")
        .found(std::to_string(row))
        .expected("0 to " + std::to_string(rows()));
  }
  return is_sparse() ? state_->indptr[static_cast<std::size_t>(row)] : row * cols();
}

CellMatrix RowReader::read(std::int64_t begin, std::int64_t end) const {
  if (begin < 0 || end < begin || end > rows()) {
    throw Error(ErrorKind::kDefect, "a range of rows lies outside the matrix")
        .found(std::to_string(begin) + " to " + std::to_string(end))
        .expected("0 to " + std::to_string(rows()));
  }
  return h5::reading(state_->path, [&]() -> CellMatrix {
    if (!is_sparse()) {
      DenseMatrix block{end - begin, cols(), {}};
      block.values.resize(static_cast<std::size_t>(block.rows * block.cols));
      h5::read_float_rows(state_->source.object.id(), begin, end, block.values.data());
      return CellMatrix(std::move(block));
    }
    const std::int64_t first = stored_before(begin);
    const std::int64_t last = stored_before(end);
    CsrMatrix block{end - begin, cols(), {}, {}, {}};
    block.indptr.assign(state_->indptr.begin() + begin, state_->indptr.begin() + end + 1);
    for (std::int64_t& position : block.indptr) position -= first;
    block.indices =
        h5::narrow_indices(h5::read_numeric_rows(state_->indices.id(), first, last), cols(), first, state_->matrix);
    block.values.resize(static_cast<std::size_t>(last - first));
    h5::read_float_rows(state_->data.id(), first, last, block.values.data());
    h5::sort_rows(block, begin, state_->matrix);
    return CellMatrix(std::move(block));
  });
}

}  // namespace brenier::data
