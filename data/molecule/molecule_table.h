// Tables of descriptors made from molecules: a row a name, its molecule given by SMILES.
//
//   DescriptorSettings settings{.molecule = "morgan", .path = "drugs.csv", ...}      name_column, smiles_column
//   DescriptorSettings settings{.molecule = "morgan", .smiles_column = "SMILES"}     an obs column of the cells
//
// Columns: "bit 0", "bit 1", ... of morgan; Molecule::descriptor_names(), or those of them in `columns`, of
// descriptors. In obs, the molecule of an action is that of the cells with this action alone: control cells and cells
// of combinations are not looked at, and cells without a SMILES say nothing. A name without any SMILES has no row.
//
// Errors: kData with the row and the SMILES for a molecule that cannot be read, with both rows for a name with two
// different molecules (two ways to write one are fine), a table without rows; kUsage for a descriptor that is not there
// (with the nearest), and in a build without RDKit (molecule.h).
#pragma once

#include <string>
#include <vector>

#include "data/perturbation/context_table.h"
#include "data/perturbation/descriptor_table.h"

namespace brenier::data {

struct NamedSmiles {
  std::string name;
  std::string smiles;
  std::string where;  // "line 4", "row 17 (cell 'AAAC-1')"
};

// The rows of settings.path, a text file; those of control labels need no molecule and are left out.
[[nodiscard]] std::vector<NamedSmiles> smiles_of_file(const DescriptorSettings& settings,
                                                      const std::vector<std::string>& controls);
// The cells of obs column settings.smiles_column, each different text of a name once.
[[nodiscard]] std::vector<NamedSmiles> smiles_of_cells(const DescriptorSettings& settings, const CellTable& table,
                                                       const ContextTable& contexts);

[[nodiscard]] DescriptorTable molecule_table(const DescriptorSettings& settings,
                                             const std::vector<NamedSmiles>& molecules);

}  // namespace brenier::data
