#!/usr/bin/env python3
"""Makes molecules.json: what RDKit in Python says of molecules (made with rdkit 2022.9.5)."""
import json
import pathlib

from rdkit import Chem, RDLogger, rdBase
from rdkit.Chem import rdMolDescriptors

RDLogger.DisableLog("rdApp.*")

MOLECULES = {
    "ethanol": "OCC",
    "ethanol, another way": "C(O)C",
    "aspirin": "CC(=O)Oc1ccccc1C(=O)O",
    "aspirin, kekulised": "CC(=O)OC1=CC=CC=C1C(O)=O",
    "caffeine": "Cn1cnc2c1c(=O)n(C)c(=O)n2C",
    "L-alanine": "C[C@H](N)C(=O)O",
    "D-alanine": "C[C@@H](N)C(=O)O",
    "alanine": "CC(N)C(=O)O",
    "trans-butene": "C/C=C/C",
    "cis-butene": "C/C=C\\C",
    "panobinostat": "Cc1[nH]c2ccccc2c1CCNCc1ccc(/C=C/C(=O)NO)cc1",
    "vorinostat": "ONC(=O)CCCCCCC(=O)Nc1ccccc1",
    "imatinib mesylate": "CS(=O)(=O)O.Cc1ccc(NC(=O)c2ccc(CN3CCN(C)CC3)cc2)cc1Nc1nccc(-c2cccnc2)n1",
    "sodium acetate": "CC(=O)[O-].[Na+]",
    "two ions of a size": "[Cl-].[Na+]",
    "deuterated methanol": "[2H]C([2H])([2H])O",
    "explicit hydrogens": "[H]C([H])([H])[H]",
    "dexamethasone": "C[C@@H]1C[C@H]2[C@@H]3CCC4=CC(=O)C=C[C@]4(C)[C@@]3(F)[C@@H](O)C[C@]2(C)[C@@]1(O)C(=O)CO",
    "cisplatin": "[NH3]->[Pt](<-[NH3])(Cl)Cl",
    "spiro and bridge": "C1CC2CCC1C21CCCC1",
    "water": "O",
}
# Refused here and there: no SMILES, a ring that is not closed, five bonds at a carbon, a ring that is no aromatic one.
BAD = ["not a molecule", "C1CC", "C(C)(C)(C)(C)C", "c1cccc1", "C(", "[Xx]", "CC)", "C%%"]


def bits(molecule, radius, length, chirality):
    return list(rdMolDescriptors.GetMorganFingerprintAsBitVect(molecule, radius, length, useChirality=chirality).GetOnBits())


def describe(smiles):
    molecule = Chem.MolFromSmiles(smiles)
    properties = rdMolDescriptors.Properties()
    return {
        "smiles": smiles,
        "canonical": Chem.MolToSmiles(molecule),
        "morgan_2_1024": bits(molecule, 2, 1024, False),
        "morgan_3_2048_chirality": bits(molecule, 3, 2048, True),
        "descriptors": dict(zip(properties.GetPropertyNames(), properties.ComputeProperties(molecule))),
    }


assert all(Chem.MolFromSmiles(smiles) is None for smiles in BAD if " " not in smiles)
out = {
    "rdkit": rdBase.rdkitVersion,
    "molecules": {name: describe(smiles) for name, smiles in MOLECULES.items()},
    "bad": BAD,
}
path = pathlib.Path(__file__).with_name("molecules.json")
path.write_text(json.dumps(out, indent=1) + "\n")
