#include "data/h5ad/matrix_source.h"

#include <vector>

#include "data/h5ad/dataset.h"
#include "data/h5ad/group.h"

namespace brenier::data::h5 {
namespace matrix_source_detail {

std::vector<std::string> matrices(hid_t file) {
  std::vector<std::string> names;
  if (has_child(file, "X")) names.emplace_back("X");
  if (has_child(file, "layers")) {
    const Object layers = open_child(file, "layers");
    if (is_group(layers.id())) {
      for (const std::string& name : child_names(layers.id())) names.push_back("layers/" + name);
    }
  }
  if (has_child(file, "raw")) {
    const Object raw = open_child(file, "raw");
    if (is_group(raw.id()) && has_child(raw.id(), "X")) names.emplace_back("raw/X");
  }
  return names;
}

Object open(hid_t file, const std::string& matrix) {
  const std::vector<std::string> names = matrices(file);
  for (const std::string& name : names) {
    if (name != matrix) continue;
    const std::size_t slash = matrix.find('/');
    if (slash == std::string::npos) return open_child(file, matrix);
    return open_child(open_child(file, matrix.substr(0, slash)).id(), matrix.substr(slash + 1));
  }
  throw Error(ErrorKind::kData, "the file has no matrix '" + matrix + "'")
      .found("matrices " + quoted_list(names))
      .expected("'X', 'layers/NAME' or 'raw/X'");
}

}  // namespace matrix_source_detail

MatrixSource open_matrix(hid_t file, const std::string& matrix) {
  MatrixSource source;
  source.object = matrix_source_detail::open(file, matrix);
  source.var_path = matrix == "raw/X" ? "raw/var" : "var";
  if (is_group(source.object.id())) {
    source.head = read_sparse_head(source.object.id());
    source.rows = source.head->rows;
    source.cols = source.head->cols;
    return source;
  }
  const bool dataset = is_dataset(source.object.id());
  const Extent extent = dataset ? extent_of(source.object.id()) : Extent{};
  if (!dataset || extent.null || extent.shape.size() != 2) {
    throw Error(ErrorKind::kData, "'" + matrix + "' is no matrix")
        .found(extent.null ? "nothing (null)" : std::to_string(extent.shape.size()) + " dimensions")
        .expected("2 dimensions");
  }
  source.rows = extent.shape[0];
  source.cols = extent.shape[1];
  return source;
}

void check_fits(const MatrixSource& source, std::int64_t cells, std::int64_t genes, const std::string& matrix) {
  if (source.rows == cells && source.cols == genes) return;
  throw Error(ErrorKind::kData, "the shape of '" + matrix + "' does not fit the file's cells and genes")
      .found(std::to_string(source.rows) + " x " + std::to_string(source.cols))
      .expected(std::to_string(cells) + " cells (rows of obs) x " + std::to_string(genes) + " genes (rows of " +
                source.var_path + ")");
}

}  // namespace brenier::data::h5
