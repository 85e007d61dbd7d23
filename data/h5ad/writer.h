// Writing .h5ad files that anndata (0.8 and later) and scanpy open unchanged.
//
//   write_h5ad(data, "out.h5ad");                                               // AnnData: every element as it is
//   write_h5ad(cells, "out.h5ad", {.compression = Compression::kGzip});         // CellTable: X, obs, var
//
// The file appears whole or not at all: it is built in memory, written beside its place, synced and renamed. Errors are
// kData: a folder that is missing, a full disk, names the format does not allow, shapes that do not fit.
// Safe to call from several threads; the calls wait for each other.
#pragma once

#include <filesystem>

#include "data/h5ad/ann_data.h"
#include "data/h5ad/write_options.h"
#include "data/table/cell_table.h"

namespace brenier::data {

void write_h5ad(const AnnData& data, const std::filesystem::path& path, const WriteOptions& options = {});
void write_h5ad(const CellTable& table, const std::filesystem::path& path, const WriteOptions& options = {});

// The table as a file in memory; X float32, dense or CSR with the index widths scipy would choose.
[[nodiscard]] AnnData to_ann_data(const CellTable& table);

}  // namespace brenier::data
