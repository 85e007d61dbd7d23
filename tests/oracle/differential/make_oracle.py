"""Writes differential.json: a small table of three groups and what scanpy and SciPy say of their genes.

    python make_oracle.py        needs numpy, scipy, scanpy, anndata

Values are float32 numbers held in float64, because scanpy squares float32 values in float32; scanpy stores scores and
fold changes in float32. What is not finite is written as null.
"""
import json
import pathlib

import anndata
import numpy as np
import scanpy
from scipy.stats import false_discovery_control, mannwhitneyu, norm, t

rng = np.random.default_rng(11)
sizes = {"control": 60, "a": 45, "b": 30}
genes = 40
strength = np.concatenate([np.zeros(10), np.linspace(-3.0, 9.0, 30)])
blocks = []
for number, (name, size) in enumerate(sizes.items()):
    rate = np.exp(rng.normal(-0.5, 1.0, genes) if number == 0 else np.log(base))
    base = rate if number == 0 else base
    counts = rng.poisson(base * np.exp(0.35 * strength * (number == 1) - 0.2 * strength * (number == 2)), (size, genes))
    blocks.append(np.log1p(counts * rng.uniform(0.5, 2.0, (size, 1))))
x = np.concatenate(blocks)
x[:, 0] = 0.0  # never seen
x[:, 1] = 1.5  # constant
x[:, 2] = np.concatenate([np.zeros(60), np.full(45, 2.0), np.full(30, 3.0)])  # apart without spread
x[:, 3] = rng.normal(0.0, 1.0, len(x))  # negative values too
x[:, 4] = np.round(rng.normal(0.0, 1.0, len(x)))  # ties on both sides of zero
x[:, 5] = np.concatenate([rng.normal(0, 1, 60), rng.normal(8, 1, 45), rng.normal(-8, 1, 30)])  # far apart
x = np.float32(x).astype(np.float64)
labels = np.repeat(list(sizes), list(sizes.values()))
table = anndata.AnnData(x.copy())
table.obs["group"] = labels
table.obs["group"] = table.obs["group"].astype("category")


def by_gene(result, group, field):
    frame = scanpy.get.rank_genes_groups_df(result, group).set_index("names")
    return [float(frame.loc[str(g), field]) for g in range(genes)]


def finite(value):
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


runs = {
    "wilcoxon": {"method": "wilcoxon", "tie_correct": False},
    "wilcoxon_tie_correct": {"method": "wilcoxon", "tie_correct": True},
    "t_test": {"method": "t-test"},
    "t_test_overestimated": {"method": "t-test_overestim_var"},
}
out = {"groups": labels.tolist(), "values": x.tolist(), "runs": {}}
for name, options in runs.items():
    scanpy.tl.rank_genes_groups(table, "group", groups=["a", "b"], reference="control", **options)
    out["runs"][name] = {
        group: {
            "scores": by_gene(table, group, "scores"),
            "pvals": by_gene(table, group, "pvals"),
            "pvals_adj": by_gene(table, group, "pvals_adj"),
            "logfoldchanges": by_gene(table, group, "logfoldchanges"),
            "order": [int(n) for n in table.uns["rank_genes_groups"]["names"][group]],
        }
        for group in ("a", "b")
    }

scipy_run = {}
for group in ("a", "b"):
    test = mannwhitneyu(x[labels == group], x[labels == "control"], use_continuity=True, method="asymptotic")
    p = np.where(np.isnan(test.pvalue), 1.0, test.pvalue)
    scipy_run[group] = {"u": test.statistic.tolist(), "pvals": p.tolist(), "pvals_adj": false_discovery_control(p).tolist()}
out["scipy_mannwhitneyu"] = scipy_run
out["tails"] = {
    "z": [0.0, 1e-8, 0.3, 1.96, 5.0, 12.0, 30.0, 37.0],
    "t": [1e-6, 0.01, 0.5, 1.0, 2.5, 10.0, 60.0, 500.0],
    "nu": [1.0, 2.7, 30.0, 412.3, 10000.0],
}
out["tails"]["normal"] = [float(2 * norm.sf(z)) for z in out["tails"]["z"]]
out["tails"]["student"] = [[float(2 * t.sf(value, nu)) for value in out["tails"]["t"]] for nu in out["tails"]["nu"]]
pathlib.Path(__file__).with_name("differential.json").write_text(json.dumps(finite(out)) + "\n")
