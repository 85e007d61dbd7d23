// Fixed numbers that describe perturbations or covariate values: one row a name (a fingerprint a drug, an age a
// patient).
//
// From a text file with commas and a header, or from an array of an .h5ad file whose names are its rows:
//   .csv   name_column (the first when not given) holds the names, `columns` (all others when not given) the numbers
//   .h5ad  matrix "obsm/KEY" (names: obs.index, or the obs column name_column) or "varm/KEY" (names: var)
//
//   molecules, and numbers that are covariates themselves: molecule_table.h, numeric_covariates.h
//
// A name that comes twice must have equal rows. Errors, kData: no such file or column (with the nearest), a cell that
// is no finite number (with its line and column), a row of another length, a name with two different rows, no rows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/config/fields.h"

namespace brenier::data {

inline constexpr const char* kActionTable = "perturbation";

struct DescriptorSettings {
  std::string of = kActionTable;  // or a covariate column
  std::string path;
  std::string name_column;
  std::vector<std::string> columns;
  std::string matrix;
  bool numeric = false;
  std::string molecule = "none";  // none, morgan, descriptors
  std::string smiles_column;
  std::int64_t radius = 2;
  std::int64_t bits = 1024;
  bool chirality = false;
  bool largest_part = false;

  void describe(Fields& fields);
};

struct DescriptorTable {
  std::vector<std::string> names;    // R, distinct
  std::vector<std::string> columns;  // D
  std::vector<float> values;         // [R, D] row-major
};

// The table of an entry that has a path and is neither numeric nor of molecules.
[[nodiscard]] DescriptorTable read_descriptors(const DescriptorSettings& settings);

}  // namespace brenier::data
