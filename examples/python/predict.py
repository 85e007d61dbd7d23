"""A trained model in Python, with torch alone: which genes does a perturbation change most in these cells?

    python predict.py MODEL.pt CELLS.csv PERTURBATION [COVARIATE=VALUE]...

CELLS.csv: a line with the names of the genes, then a line a cell, with values as in the file that the model was
trained on. Prints what examples/cpp_app prints.
"""

import csv
import json
import sys

import torch

path, cells_path, perturbation, *given = sys.argv[1:]
files = {"brenier.json": ""}
model = torch.jit.load(path, _extra_files=files)
info = json.loads(files["brenier.json"])

with open(cells_path, newline="") as file:
    genes, *rows = csv.reader(file)
column = {gene: i for i, gene in enumerate(genes)}
missing = [gene for gene in info["genes"] if gene not in column]
if missing:
    sys.exit(f"{len(missing)} genes of the model are missing: {missing[:10]}")
counts = torch.tensor([[float(value) for value in row] for row in rows])
cells = counts[:, [column[gene] for gene in info["genes"]]]

# The preprocessing of the training data.
preprocess = info["preprocess"]
if preprocess["normalize_total"]:
    totals = counts[:, [column[gene] for gene in preprocess["total_genes"]]].sum(1, keepdim=True).double()
    cells = (cells.double() / torch.where(totals > 0, totals / preprocess["target_sum"], 1.0)).float()
if preprocess["log1p"]:
    cells = cells.log1p()

# A context is two vectors: the doses of the known perturbations, and the covariates one-hot.
if perturbation not in info["actions"]:
    sys.exit(f"the model does not know '{perturbation}'; it knows {info['actions']}")
actions = torch.tensor([float(name == perturbation) for name in info["actions"]])
if info.get("unknown_actions"):
    actions = torch.cat([actions, torch.zeros(1)])  # how many of the perturbations are unknown
chosen = dict(text.split("=", 1) for text in given)
one_hot = [float(chosen.get(name) == value) for name, values in sorted(info["covariates"].items()) for value in values]

with torch.no_grad():
    treated = model(cells, model.encode_context(cells, actions, torch.tensor(one_hot)))
change = treated.mean(0) - cells.mean(0)
for gene in change.abs().argsort(descending=True)[:10]:
    print(f"{info['genes'][gene]:<12} {change[gene]:+.3f}")
