"""Oracle for data/preprocess: what scanpy computes on a small seeded count matrix.

Needs scanpy 1.11, scikit-misc, anndata. Run from any folder:  python make_oracle.py
Writes beside this file: counts.json (the matrix, normalize_total, log1p), variable_genes.json (highly_variable_genes:
seurat, seurat_v3 with and without batches, on all cells and on a subset), pca.json and loess.json.
"""

import json
import pathlib
import warnings

import anndata
import numpy as np
import scanpy as sc
import scipy.sparse as sp
from skmisc.loess import loess

warnings.simplefilter("ignore")
rng = np.random.default_rng(9)
n_cells, n_genes = 40, 120

mean = np.exp(rng.normal(1.3, 1.1, n_genes))
size = np.exp(rng.normal(0.0, 0.4, n_cells))
program = np.exp(np.outer(rng.normal(0, 1, n_cells), rng.normal(0, 0.5, n_genes) * (rng.random(n_genes) < 0.3)))
counts = rng.negative_binomial(2.0, 2.0 / (2.0 + size[:, None] * mean * program)).astype(np.float32)
counts[:, 5] = 0  # never seen
counts[:, 9] = 2  # constant
x = sp.csr_matrix(counts)
batch = np.array(["a", "b"])[np.arange(n_cells) % 2]
subset = np.arange(8, n_cells)


def table():
    a = anndata.AnnData(x.copy())
    a.var_names = [f"g{i}" for i in range(n_genes)]
    a.obs_names = [f"c{i}" for i in range(n_cells)]
    a.obs["batch"] = batch
    return a


def numbers(values):
    """Twelve digits; null for what is no number."""
    return [None if not np.isfinite(v) else float(f"{v:.12g}") for v in np.asarray(values, dtype=np.float64)]


def singles(values):
    """float32 values in the nine digits that identify them."""
    return [float(f"{v:.9g}") for v in values]


def sparse(matrix):
    m = sp.csr_matrix(matrix)
    return {"indptr": m.indptr.tolist(), "indices": m.indices.tolist(), "values": [int(v) for v in m.data]}


def selection(frame, columns):
    out = {c: numbers(frame[c]) for c in columns}
    out["highly_variable"] = [int(v) for v in frame["highly_variable"]]
    return out


out = {"cells": n_cells, "genes": n_genes, "counts": sparse(x), "batch": batch.tolist(), "subset": subset.tolist()}

a = table()
sc.pp.normalize_total(a, target_sum=1e4)
out["normalized_1e4"] = singles(a.X.data[:100])
sc.pp.log1p(a)
out["log1p"] = singles(a.X.data)
b = table()
sc.pp.normalize_total(b)
out["median_total"] = float(b.X.sum(axis=1)[0, 0])
out["normalized_median"] = singles(b.X.data[:100])

genes = {}
seurat = ["means", "dispersions", "dispersions_norm"]
genes["seurat"] = selection(sc.pp.highly_variable_genes(a, n_top_genes=40, flavor="seurat", inplace=False), seurat)
genes["seurat_subset"] = selection(
    sc.pp.highly_variable_genes(a[subset].copy(), n_top_genes=40, flavor="seurat", inplace=False), seurat
)
v3 = ["means", "variances", "variances_norm", "highly_variable_rank"]
c = table()
genes["seurat_v3"] = selection(sc.pp.highly_variable_genes(c, n_top_genes=40, flavor="seurat_v3", inplace=False), v3)
genes["seurat_v3_subset"] = selection(
    sc.pp.highly_variable_genes(c[subset].copy(), n_top_genes=40, flavor="seurat_v3", inplace=False), v3
)
genes["seurat_v3_batch"] = selection(
    sc.pp.highly_variable_genes(c, n_top_genes=40, flavor="seurat_v3", batch_key="batch", inplace=False),
    v3 + ["highly_variable_nbatches"],
)

# Equal scores would be ranked in the arbitrary order of an unstable sort.
for rows in [np.arange(n_cells), subset, batch == "a", batch == "b"]:
    scores = sc.pp.highly_variable_genes(c[rows].copy(), n_top_genes=40, flavor="seurat_v3", inplace=False)["variances_norm"]
    top = np.sort(scores.to_numpy())[::-1][:42]
    assert np.all(top[:-1] - top[1:] > 1e-9), "ties: take another seed"

d = table()
sc.pp.normalize_total(d, target_sum=1e4)
sc.pp.log1p(d)
d.X = d.X.astype(np.float64)
sc.pp.pca(d, n_comps=6, svd_solver="arpack", dtype="float64")
components = {
    "components": numbers(d.varm["PCs"].T[:6].ravel()),
    "variance": numbers(d.uns["pca"]["variance"]),
    "variance_ratio": numbers(d.uns["pca"]["variance_ratio"]),
    "scores": numbers(d.obsm["X_pca"].ravel()),
}

smooth = {}
for name, n, span in [("small", 12, 0.5), ("wide", 150, 0.3), ("ties", 90, 0.3), ("whole", 40, 1.0)]:
    t = np.sort(rng.normal(0, 1, n)) if name != "ties" else np.round(rng.normal(0, 1, n), 1)
    y = np.sin(2 * t) + 0.3 * rng.normal(0, 1, n)
    model = loess(t, y, span=span, degree=2)
    model.fit()
    smooth[name] = {"span": span, "x": numbers(t), "y": numbers(y), "fitted": numbers(model.outputs.fitted_values)}


def write(name, value):
    path = pathlib.Path(__file__).with_name(name)
    path.write_text(json.dumps(value, separators=(",", ":")) + "\n")
    print(path.name, path.stat().st_size, "bytes")


write("counts.json", out)
write("variable_genes.json", genes)
write("pca.json", components)
write("loess.json", smooth)
