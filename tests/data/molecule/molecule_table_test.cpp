// Tables from SMILES: of a text file and of an obs column.
#include "data/molecule/molecule_table.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/io/atomic_file.h"
#include "data/molecule/molecule.h"
#include "tests/data/small_table.h"
#include "tests/helpers/temp_dir.h"

namespace brenier::tests::molecule_table_test {

using data::DescriptorSettings;

DescriptorSettings settings_of(const std::string& molecule, const std::string& smiles_column = "") {
  DescriptorSettings settings;
  settings.molecule = molecule;
  settings.smiles_column = smiles_column;
  settings.bits = 64;
  return settings;
}

template <class F>
std::string message(F&& f) {
  try {
    (void)f();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

data::DescriptorTable from_file(const TempDir& dir, DescriptorSettings settings, const std::string& text) {
  write_atomically(dir / "drugs.csv", text);
  settings.path = (dir / "drugs.csv").string();
  return data::molecule_table(settings, data::smiles_of_file(settings, {"control", "DMSO"}));
}

// Cells of control, A, B, A+B and A again.
data::CellTable cells(const data::StringColumn& smiles) {
  auto table = dense_table(5, 1, {0, 1, 2, 3, 4});
  table.source = "cells.h5ad";
  table.obs.set("perturbation", data::StringColumn{"control", "A", "B", "A+B", "A"});
  table.obs.set("line", data::StringColumn{"x", "x", "y", "x", "x"});
  table.obs.set("SMILES", smiles);
  return table;
}

data::DescriptorTable from_cells(const data::CellTable& table, const DescriptorSettings& settings) {
  const auto contexts = data::label_contexts(table, {});
  return data::molecule_table(settings, data::smiles_of_cells(settings, table, contexts));
}

class MoleculeTable : public testing::Test {
 protected:
  void SetUp() override {
    if (!data::molecules_are_built_in()) GTEST_SKIP() << "built without RDKit (librdkit-dev, libboost-dev)";
  }
  TempDir dir_;
};

TEST_F(MoleculeTable, ReadsATextFile) {
  const auto table = from_file(dir_, settings_of("morgan"),
                               "drug,target,smiles\nDMSO,,\nethanol,x,CCO\n\"a, b\",y,c1ccccc1\nethanol,x,C(O)C\n");
  EXPECT_EQ(table.names, (std::vector<std::string>{"ethanol", "a, b"}));
  ASSERT_EQ(table.columns.size(), 64U);
  EXPECT_EQ(table.columns.back(), "bit 63");
  auto bits = data::Molecule::from_smiles("CCO").morgan(2, 64, false);
  const auto second = data::Molecule::from_smiles("c1ccccc1").morgan(2, 64, false);
  bits.insert(bits.end(), second.begin(), second.end());
  EXPECT_EQ(table.values, bits);
}

TEST_F(MoleculeTable, ChoosesDescriptorsByName) {
  auto settings = settings_of("descriptors", "S");
  EXPECT_EQ(from_file(dir_, settings, "d,S\nx,CCO\n").columns, data::Molecule::descriptor_names());
  settings.columns = {"NumHeavyAtoms", "tpsa"};
  const auto table = from_file(dir_, settings, "d,S\nx,CCO\ny,CC.Cl\n");
  EXPECT_EQ(table.columns, settings.columns);
  ASSERT_EQ(table.values.size(), 4U);
  EXPECT_EQ(table.values[0], 3.0F);
  EXPECT_NEAR(table.values[1], 20.23, 1e-4);
  EXPECT_EQ(table.values[2], 3.0F);
  settings.largest_part = true;
  EXPECT_EQ(from_file(dir_, settings, "d,S\ny,CC.Cl\n").values[0], 2.0F);
  settings.columns = {"TPSA"};
  EXPECT_NE(message([&] { return from_file(dir_, settings, "d,S\nx,CCO\n"); }).find("did you mean 'tpsa'"),
            std::string::npos);
}

TEST_F(MoleculeTable, TakesTheMoleculesOfCellsWithOneAction) {
  const auto table = from_cells(cells({"", "CCO", "CCN", "anything at all", "OCC"}), settings_of("morgan", "SMILES"));
  EXPECT_EQ(table.names, (std::vector<std::string>{"A", "B"}));
  EXPECT_EQ(from_cells(cells({"none", "CCO", "", "", ""}), settings_of("morgan", "SMILES")).names,
            (std::vector<std::string>{"A"}));
  // Of a covariate every cell tells.
  auto settings = settings_of("morgan", "SMILES");
  settings.of = "line";
  data::PerturbationSettings perturbation;
  perturbation.covariates = {"line"};
  perturbation.control_fallback = "all";
  const auto by_line = cells({"CCO", "CCO", "CCN", "OCC", "CCO"});
  const auto contexts = data::label_contexts(by_line, perturbation);
  EXPECT_EQ(data::molecule_table(settings, data::smiles_of_cells(settings, by_line, contexts)).names,
            (std::vector<std::string>{"x", "y"}));
}

TEST_F(MoleculeTable, SaysWhereItIsWrong) {
  const auto settings = settings_of("morgan");
  const auto bad = message([&] { return from_file(dir_, settings, "d,smiles\nx,CCO\nz,C1CC\n"); });
  EXPECT_NE(bad.find("line 3, 'z'"), std::string::npos) << bad;
  EXPECT_NE(bad.find("'C1CC'"), std::string::npos) << bad;
  const auto two = message([&] { return from_file(dir_, settings, "d,smiles\nx,CCO\nx,CCN\n"); });
  EXPECT_NE(two.find("two different molecules"), std::string::npos) << two;
  EXPECT_NE(two.find("'CCO' (line 2) and 'CCN'"), std::string::npos) << two;
  EXPECT_NE(two.find("line 3"), std::string::npos) << two;
  EXPECT_NE(message([&] { return from_file(dir_, settings, "d,smiles\nx,\n"); }).find("it is empty"),
            std::string::npos);
  EXPECT_NE(message([&] { return from_file(dir_, settings, "d,SMILE\nx,CCO\n"); }).find("'SMILE'"), std::string::npos);
  EXPECT_NE(message([&] { return from_file(dir_, settings, "d,smiles\n"); }).find("no name has a molecule"),
            std::string::npos);

  const auto in_obs = settings_of("morgan", "SMILES");
  const auto cell = message([&] { return from_cells(cells({"", "CCO", "C(", "", ""}), in_obs); });
  EXPECT_NE(cell.find("row 2 (cell 'c2'), 'B'"), std::string::npos) << cell;
  EXPECT_NE(cell.find("'C('"), std::string::npos) << cell;
  const auto twice = message([&] { return from_cells(cells({"", "CCO", "CCN", "", "CCC"}), in_obs); });
  EXPECT_NE(twice.find("row 4 (cell 'c4'), 'A'"), std::string::npos) << twice;
  EXPECT_NE(
      message([&] { return from_cells(cells({"", "", "", "", ""}), settings_of("morgan", "SMILE")); }).find("'SMILE'"),
      std::string::npos);
}

TEST(MoleculeTableLeftOut, ABuildWithoutRdkitRefusesAnyTable) {
  if (data::molecules_are_built_in()) GTEST_SKIP() << "built with RDKit";
  const TempDir dir;
  for (const char* kind : {"morgan", "descriptors"}) {
    const auto text = message([&] { return from_file(dir, settings_of(kind), "d,smiles\nx,CCO\n"); });
    EXPECT_NE(text.find("cannot read molecules"), std::string::npos) << text;
    EXPECT_NE(text.find("BRENIER_RDKIT=ON"), std::string::npos) << text;
  }
}

}  // namespace brenier::tests::molecule_table_test
