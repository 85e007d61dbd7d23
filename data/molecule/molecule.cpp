#include "data/molecule/molecule.h"

#include <utility>

#include "core/error.h"

#ifdef BRENIER_HAS_RDKIT
#include <DataStructs/ExplicitBitVect.h>
#include <GraphMol/Descriptors/MolDescriptors.h>
#include <GraphMol/Descriptors/Property.h>
#include <GraphMol/Fingerprints/MorganFingerprints.h>
#include <GraphMol/MolOps.h>
#include <GraphMol/ROMol.h>
#include <GraphMol/RWMol.h>
#include <GraphMol/SmilesParse/SmilesParse.h>
#include <GraphMol/SmilesParse/SmilesWrite.h>

#include <cmath>
#include <exception>
#include <tuple>
#endif

namespace brenier::data {
namespace molecule_detail {

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// What a person can read of a SMILES in a message.
std::string shown(const std::string& smiles) {
  constexpr std::size_t kShown = 200;
  return "SMILES '" + (smiles.size() <= kShown ? smiles : smiles.substr(0, kShown) + "...") + "'";
}

}  // namespace molecule_detail

#ifdef BRENIER_HAS_RDKIT

struct Molecule::Parsed {
  std::string text;
  std::shared_ptr<const RDKit::ROMol> atoms;
};

namespace molecule_detail {

Error refused(const std::string& smiles, const std::string& why) {
  Error error(ErrorKind::kData, "a molecule cannot be read");
  error.found(shown(smiles) + (why.empty() ? "" : ": " + why)).expected("a valid SMILES");
  return error;
}

std::shared_ptr<const RDKit::ROMol> parse(const std::string& smiles) {
  if (smiles.empty()) throw refused(smiles, "it is empty");
  if (smiles.find_first_of(" \t\r\n") != std::string::npos) throw refused(smiles, "a blank inside it");
  RDKit::SmilesParserParams how;
  how.allowCXSMILES = false;
  how.parseName = false;
  std::shared_ptr<const RDKit::ROMol> atoms;
  try {
    atoms.reset(RDKit::SmilesToMol(smiles, how));
  } catch (const std::exception& error) {
    throw refused(smiles, error.what());
  }
  if (!atoms) throw refused(smiles, "it does not parse");
  if (atoms->getNumAtoms() == 0) throw refused(smiles, "it has no atoms");
  return atoms;
}

// What RDKit cannot compute is said with the molecule.
template <class F>
auto computed(const std::string& smiles, F&& f) -> decltype(f()) {
  try {
    return f();
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    throw refused(smiles, error.what());
  }
}

}  // namespace molecule_detail

bool molecules_are_built_in() { return true; }

Molecule Molecule::from_smiles(const std::string& smiles) {
  const auto text = molecule_detail::trimmed(smiles);
  return Molecule(std::make_shared<Parsed>(Parsed{text, molecule_detail::parse(text)}));
}

std::string Molecule::canonical_smiles() const {
  return molecule_detail::computed(parsed_->text, [&] { return RDKit::MolToSmiles(*parsed_->atoms); });
}

std::vector<float> Molecule::morgan(std::int64_t radius, std::int64_t bits, bool chirality) const {
  return molecule_detail::computed(parsed_->text, [&] {
    const std::unique_ptr<ExplicitBitVect> set(RDKit::MorganFingerprints::getFingerprintAsBitVect(
        *parsed_->atoms, static_cast<unsigned int>(radius), static_cast<unsigned int>(bits), nullptr, nullptr,
        chirality));
    std::vector<float> values(static_cast<std::size_t>(bits));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = set->getBit(static_cast<unsigned int>(i)) ? 1.0F : 0.0F;
    return values;
  });
}

std::vector<std::string> Molecule::descriptor_names() { return RDKit::Descriptors::Properties().getPropertyNames(); }

std::vector<float> Molecule::descriptors() const {
  return molecule_detail::computed(parsed_->text, [&] {
    const RDKit::Descriptors::Properties properties;
    const auto names = properties.getPropertyNames();
    std::vector<float> values;
    for (const double value : properties.computeProperties(*parsed_->atoms)) {
      if (!std::isfinite(value)) {
        throw molecule_detail::refused(parsed_->text, "its descriptor '" + names[values.size()] + "' is not finite");
      }
      values.push_back(static_cast<float>(value));
    }
    return values;
  });
}

Molecule Molecule::largest_part() const {
  return molecule_detail::computed(parsed_->text, [&] {
    const auto parts = RDKit::MolOps::getMolFrags(*parsed_->atoms);
    if (parts.size() < 2) return *this;
    const auto rank = [](const RDKit::ROMol& atoms) {
      return std::tuple(-static_cast<std::int64_t>(atoms.getNumHeavyAtoms()), -RDKit::Descriptors::calcAMW(atoms),
                        RDKit::MolToSmiles(atoms));
    };
    std::shared_ptr<const RDKit::ROMol> largest;
    for (const auto& part : parts) {
      RDKit::MolOps::assignStereochemistry(*part, /*cleanIt=*/true, /*force=*/true);
      const std::shared_ptr<const RDKit::ROMol> atoms(part.get(), [part](const RDKit::ROMol*) {});
      if (!largest || rank(*atoms) < rank(*largest)) largest = atoms;
    }
    return Molecule(std::make_shared<Parsed>(Parsed{parsed_->text, largest}));
  });
}

#else

struct Molecule::Parsed {};

namespace molecule_detail {

Error absent(const std::string& smiles) {
  Error error(ErrorKind::kUsage, "this build of Brenier cannot read molecules");
  if (!smiles.empty()) error.found(shown(smiles));
  error.expected("a build with RDKit, or a ready table of fingerprints or descriptors")
      .hint("apt-get install librdkit-dev libboost-dev, then configure with -DBRENIER_RDKIT=ON and build again");
  return error;
}

}  // namespace molecule_detail

bool molecules_are_built_in() { return false; }

Molecule Molecule::from_smiles(const std::string& smiles) {
  throw molecule_detail::absent(molecule_detail::trimmed(smiles));
}

std::string Molecule::canonical_smiles() const { throw molecule_detail::absent(""); }

std::vector<float> Molecule::morgan(std::int64_t, std::int64_t, bool) const { throw molecule_detail::absent(""); }

std::vector<std::string> Molecule::descriptor_names() { throw molecule_detail::absent(""); }

std::vector<float> Molecule::descriptors() const { throw molecule_detail::absent(""); }

Molecule Molecule::largest_part() const { throw molecule_detail::absent(""); }

#endif

Molecule::Molecule(std::shared_ptr<const Parsed> parsed) : parsed_(std::move(parsed)) {}

}  // namespace brenier::data
