// Reading .h5ad files.
//
//   CellTable cells = read_cells("cells.h5ad");                                   // what training uses
//   CellTable counts = read_cells("cells.h5ad", {.matrix = "layers/counts"});
//   AnnData all = read_h5ad("cells.h5ad");                                        // everything, without loss
//   Element pca = read_h5ad_element("cells.h5ad", "obsm/X_pca");                  // one part
//
// Every encoding of anndata 0.7 to 0.12 is read: dense, CSR and CSC matrices of any dtype, frames 0.1.0 and 0.2.0
// with all column kinds, nested `uns`. Files of before 0.7 (compound tables) are refused with advice. Any damage,
// unknown encoding or missing filter is one Error (kData) that names the file and the place in it.
//
// Safe to call from several threads; the calls wait for each other.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "data/h5ad/ann_data.h"
#include "data/table/cell_table.h"

namespace brenier::data {

struct ReadOptions {
  std::string matrix = "X";      // read_cells, RowReader: "X", "layers/NAME" or "raw/X" (with raw/var)
  std::int64_t max_bytes = 0;    // memory allowed for one array; 0: half of the machine's
  bool skip_unreadable = false;  // read_h5ad: leave out members that cannot be read, and say so in AnnData::notes
};

// The whole file, each element in its own dtype and format.
[[nodiscard]] AnnData read_h5ad(const std::filesystem::path& path, const ReadOptions& options = {});

// One matrix as float32 with obs and var; nothing else is read. Dense stays dense, CSR stays CSR, CSC becomes CSR;
// rows come out sorted by column, and an entry stored twice is an error. Other dtypes are converted: float64 is
// rounded to the nearest float32, whole numbers are exact up to 2^24 and rounded beyond, a finite value outside the
// range of float32 is an error. NaN passes (see table/cell_checks.h).
[[nodiscard]] CellTable read_cells(const std::filesystem::path& path, const ReadOptions& options = {});

// The element at a path inside the file: "obs", "obsm/X_pca", "uns/pca/variance".
[[nodiscard]] Element read_h5ad_element(const std::filesystem::path& path, const std::string& element,
                                        const ReadOptions& options = {});

}  // namespace brenier::data
