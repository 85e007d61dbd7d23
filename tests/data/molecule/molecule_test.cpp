// Molecules against RDKit in Python (tests/oracle/molecule), and what is refused.
#include "data/molecule/molecule.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/io/atomic_file.h"
#include "tests/helpers/repository.h"

namespace brenier::tests::molecule_test {

using data::Molecule;

nlohmann::json oracle() {
  return nlohmann::json::parse(read_file(repository_file("tests/oracle/molecule/molecules.json")));
}

std::string message(const std::string& smiles) {
  try {
    (void)Molecule::from_smiles(smiles);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::vector<std::int64_t> on_bits(const std::vector<float>& fingerprint) {
  std::vector<std::int64_t> on;
  for (std::size_t i = 0; i < fingerprint.size(); ++i) {
    EXPECT_TRUE(fingerprint[i] == 0.0F || fingerprint[i] == 1.0F);
    if (fingerprint[i] != 0.0F) on.push_back(static_cast<std::int64_t>(i));
  }
  return on;
}

class Molecules : public testing::Test {
 protected:
  void SetUp() override {
    if (!data::molecules_are_built_in()) GTEST_SKIP() << "built without RDKit (librdkit-dev, libboost-dev)";
  }
};

TEST_F(Molecules, AreThoseOfRdkitInPython) {
  const auto file = oracle();
  const auto names = Molecule::descriptor_names();
  for (const auto& [name, expected] : file["molecules"].items()) {
    SCOPED_TRACE(name);
    const auto molecule = Molecule::from_smiles(expected["smiles"].get<std::string>());
    EXPECT_EQ(molecule.canonical_smiles(), expected["canonical"].get<std::string>());
    EXPECT_EQ(on_bits(molecule.morgan(2, 1024, false)), expected["morgan_2_1024"].get<std::vector<std::int64_t>>());
    EXPECT_EQ(on_bits(molecule.morgan(3, 2048, true)),
              expected["morgan_3_2048_chirality"].get<std::vector<std::int64_t>>());
    const auto values = molecule.descriptors();
    ASSERT_EQ(values.size(), names.size());
    ASSERT_EQ(expected["descriptors"].size(), names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto truth = expected["descriptors"][names[i]].get<double>();
      EXPECT_NEAR(values[i], truth, 1e-6 * (1 + std::abs(truth))) << names[i];
    }
  }
}

TEST_F(Molecules, OneMoleculeHasOneText) {
  const auto canonical = [](const char* smiles) { return Molecule::from_smiles(smiles).canonical_smiles(); };
  EXPECT_EQ(canonical("OCC"), canonical("C(O)C"));
  EXPECT_EQ(canonical("  OCC\r"), "CCO");
  EXPECT_EQ(canonical("[Na+].CC(=O)[O-]"), canonical("CC(=O)[O-].[Na+]"));
  EXPECT_NE(canonical("C[C@H](N)C(=O)O"), canonical("C[C@@H](N)C(=O)O"));
  EXPECT_NE(canonical("C/C=C/C"), canonical("C/C=C\\C"));
}

TEST_F(Molecules, MirrorImagesDifferOnlyWhenChiralityIsAskedFor) {
  const auto left = Molecule::from_smiles("C[C@H](N)C(=O)O");
  const auto right = Molecule::from_smiles("C[C@@H](N)C(=O)O");
  EXPECT_EQ(left.morgan(2, 1024, false), right.morgan(2, 1024, false));
  EXPECT_NE(left.morgan(2, 1024, true), right.morgan(2, 1024, true));
}

TEST_F(Molecules, LargestPartLeavesTheSaltOut) {
  const auto largest = [](const char* smiles) {
    return Molecule::from_smiles(smiles).largest_part().canonical_smiles();
  };
  EXPECT_EQ(largest("CC(=O)[O-].[Na+]"), "CC(=O)[O-]");
  EXPECT_EQ(largest("[Na+].[Cl-]"), "[Cl-]");  // the heavier of two atoms
  EXPECT_EQ(largest("[Cl-].[Na+]"), "[Cl-]");
  EXPECT_EQ(largest("CCO"), "CCO");
  // The part is computed on its own.
  const auto salt = Molecule::from_smiles("CCN.Cl").largest_part();
  EXPECT_EQ(salt.morgan(2, 512, false), Molecule::from_smiles("CCN").morgan(2, 512, false));
  EXPECT_EQ(salt.descriptors(), Molecule::from_smiles("CCN").descriptors());
}

TEST_F(Molecules, WhatIsNoMoleculeIsRefusedWithItsText) {
  testing::internal::CaptureStderr();
  for (const auto& bad : oracle()["bad"]) {
    const auto smiles = bad.get<std::string>();
    EXPECT_NE(message(smiles).find("SMILES '" + smiles + "'"), std::string::npos) << smiles << ": " << message(smiles);
  }
  EXPECT_NE(message("").find("it is empty"), std::string::npos);
  EXPECT_NE(message("  ").find("it is empty"), std::string::npos);
  EXPECT_NE(message("CCO ethanol").find("a blank inside"), std::string::npos);
  EXPECT_NE(message("C(C)(C)(C)(C)C").find("valence"), std::string::npos) << message("C(C)(C)(C)(C)C");
  EXPECT_LT(message(std::string(100000, '(')).size(), 1000U);  // a long text is cut in the message
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(MoleculesLeftOut, ABuildWithoutRdkitSaysHowToGetOne) {
  if (data::molecules_are_built_in()) GTEST_SKIP() << "built with RDKit";
  EXPECT_NE(message("CCO").find("librdkit-dev"), std::string::npos) << message("CCO");
  EXPECT_NE(message("CCO").find("BRENIER_RDKIT=ON"), std::string::npos);
}

}  // namespace brenier::tests::molecule_test
