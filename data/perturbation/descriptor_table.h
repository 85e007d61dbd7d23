// Fixed numbers that describe perturbations or covariate values: one row a name (a fingerprint a drug, an age a
// patient).
//
// From a text file with commas and a header, or from an array of an .h5ad file whose names are its rows:
//   .csv   name_column (the first when not given) holds the names, `columns` (all others when not given) the numbers
//   .h5ad  matrix "obsm/KEY" (names: obs.index, or the obs column name_column) or "varm/KEY" (names: var)
//
// A name that comes twice must have equal rows. Errors, kData: no such file or column (with the nearest), a cell that
// is no finite number (with its line and column), a row of another length, a name with two different rows, no rows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/config/fields.h"

namespace brenier::data {

struct DescriptorSettings {
  std::string of = "perturbation";  // or a covariate column
  std::string path;
  std::string name_column;
  std::vector<std::string> columns;
  std::string matrix;

  void describe(Fields& fields);
};

struct DescriptorTable {
  std::vector<std::string> names;    // R, distinct
  std::vector<std::string> columns;  // D
  std::vector<float> values;         // [R, D] row-major
};

[[nodiscard]] DescriptorTable read_descriptors(const DescriptorSettings& settings);

}  // namespace brenier::data
