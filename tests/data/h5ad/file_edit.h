// Small .h5ad files and ways to break them, for tests of the reader.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "data/h5ad/ann_data.h"
#include "data/h5ad/handle.h"

namespace brenier::tests {

// 3 cells c0.. by 4 genes g0.., X as given; obs has `type` (categorical T, B, missing) and `n` (int32).
[[nodiscard]] data::AnnData small_ann_data(data::Element x);
// The dense values 0..11, and the same in CSR and CSC (zero not stored).
[[nodiscard]] data::NumericArray small_dense();
[[nodiscard]] data::SparseMatrix small_csr();
[[nodiscard]] data::SparseMatrix small_csc();

// Opens the file for writing and calls f with it.
void edit(const std::filesystem::path& path, const std::function<void(hid_t)>& f);
// Replaces (or makes) a dataset of numbers: replace(file, "X/indptr", make_column(...)).
void replace(hid_t file, const std::string& path, const data::NumericArray& values);

// "3 message..." with the exit code of the Error that f throws, "no error" when it throws none.
[[nodiscard]] std::string failure(const std::function<void()>& f);

}  // namespace brenier::tests
