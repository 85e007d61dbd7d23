// A molecule read from SMILES [weininger1988smiles], and numbers that describe it. An optional part: RDKit does the
// chemistry, and a build without it (cmake/find_rdkit.cmake) refuses every molecule.
//
//   const auto aspirin = Molecule::from_smiles("CC(=O)Oc1ccccc1C(=O)O");
//   aspirin.canonical_smiles()        the same text for every way to write the molecule, stereo centres kept
//   aspirin.morgan(2, 1024, false)    [1024] of 0 and 1: which circular environments occur [rogers2010ecfp]
//   aspirin.descriptors()             in the order of descriptor_names(): weights, counts, surface, Crippen's logP,
//                                     connectivity and shape indices; 2-D, in the units of RDKit
//
// A molecule may have several parts ("CCO.Cl", a salt); largest_part() keeps the one with most heavy atoms (of equals
// the heaviest, then the first by canonical SMILES). Explicit hydrogens become implicit ones, as in RDKit. Blanks
// around a SMILES are ignored; a name or a CXSMILES extension behind it is refused.
//
// Errors: kData with the SMILES and what is wrong with it: it does not parse, an atom has more bonds than it can have,
// a ring is no aromatic one, no atoms; kUsage in a build without RDKit, saying how to get one. Never prints.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace brenier::data {

// Whether this build reads molecules.
[[nodiscard]] bool molecules_are_built_in();

class Molecule final {
 public:
  [[nodiscard]] static Molecule from_smiles(const std::string& smiles);

  [[nodiscard]] std::string canonical_smiles() const;
  // radius >= 0 in bonds (2: ECFP4), bits >= 1; with `chirality`, mirror images differ.
  [[nodiscard]] std::vector<float> morgan(std::int64_t radius, std::int64_t bits, bool chirality) const;
  [[nodiscard]] static std::vector<std::string> descriptor_names();
  [[nodiscard]] std::vector<float> descriptors() const;
  [[nodiscard]] Molecule largest_part() const;

 private:
  struct Parsed;
  explicit Molecule(std::shared_ptr<const Parsed> parsed);

  std::shared_ptr<const Parsed> parsed_;
};

}  // namespace brenier::data
