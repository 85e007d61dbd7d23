#include "data/h5ad/ann_data.h"

#include "core/error.h"

namespace brenier::data {
namespace ann_data_detail {

// Compares the leading sizes; `named` says what each expected size is ("2 cells").
void check(const std::string& where, const Element& element, const std::vector<std::int64_t>& expected,
           const std::vector<std::string>& named, bool matrix) {
  if (element.as<AwkwardArray>() == nullptr || matrix) {
    const bool is_matrix = element.as<NumericArray>() != nullptr || element.as<SparseMatrix>() != nullptr ||
                           element.as<OpaqueArray>() != nullptr;
    if (matrix && !is_matrix) {
      throw Error(ErrorKind::kData, "'" + where + "' is no matrix").found(describe(element));
    }
  }
  const std::vector<std::int64_t> sizes = shape(element);
  std::string wanted;
  bool fits = matrix ? sizes.size() == 2 : sizes.size() >= expected.size();
  for (std::size_t i = 0; i < expected.size(); ++i) {
    fits = fits && sizes[i] == expected[i];
    wanted += (i > 0 ? " x " : "") + std::to_string(expected[i]) + " " + named[i];
  }
  if (!fits) {
    throw Error(ErrorKind::kData, "the shape of '" + where + "' does not fit the file's cells and genes")
        .found(describe(element))
        .expected(wanted);
  }
}

void check_all(const std::string& group, const Dict& dict, const std::vector<std::int64_t>& expected,
               const std::vector<std::string>& named, bool matrix) {
  for (const DictEntry& entry : dict.entries) check(group + "/" + entry.name, entry.value, expected, named, matrix);
}

}  // namespace ann_data_detail

void check_shapes(const AnnData& data) {
  using ann_data_detail::check;
  using ann_data_detail::check_all;
  const std::int64_t cells = data.obs.rows();
  const std::int64_t genes = data.var.rows();
  const std::string cell_name = "cells (rows of obs)";
  const std::string gene_name = "genes (rows of var)";
  if (data.x) check("X", *data.x, {cells, genes}, {cell_name, gene_name}, true);
  check_all("layers", data.layers, {cells, genes}, {cell_name, gene_name}, true);
  check_all("obsm", data.obsm, {cells}, {cell_name}, false);
  check_all("varm", data.varm, {genes}, {gene_name}, false);
  check_all("obsp", data.obsp, {cells, cells}, {cell_name, cell_name}, true);
  check_all("varp", data.varp, {genes, genes}, {gene_name, gene_name}, true);
  if (data.raw) {
    const std::int64_t raw_genes = data.raw->var.rows();
    const std::string raw_name = "genes (rows of raw/var)";
    if (data.raw->x) check("raw/X", *data.raw->x, {cells, raw_genes}, {cell_name, raw_name}, true);
    check_all("raw/varm", data.raw->varm, {raw_genes}, {raw_name}, false);
  }
}

}  // namespace brenier::data
