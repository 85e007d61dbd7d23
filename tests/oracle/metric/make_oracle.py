"""Writes metrics.json: three small populations and what scikit-learn, SciPy and scanpy say of them.

    python make_oracle.py        needs numpy, scipy, scikit-learn, scanpy, anndata
"""
import json
import pathlib

import anndata
import numpy as np
import scanpy
from scipy.spatial.distance import cdist
from scipy.stats import pearsonr
from sklearn.metrics import r2_score
from sklearn.metrics.pairwise import rbf_kernel

rng = np.random.default_rng(7)
genes = 12
scale = np.linspace(0.2, 2.0, genes)
control = np.float32(rng.gamma(2.0, scale, (11, genes)))
predicted = np.float32(control + rng.normal(0.4, 0.5, genes))
truth = np.float32(rng.gamma(2.0, scale, (9, genes)) + rng.normal(0.5, 0.6, genes))


def mmd(x, y, gamma):
    return rbf_kernel(x, x, gamma).mean() + rbf_kernel(y, y, gamma).mean() - 2 * rbf_kernel(x, y, gamma).mean()


def scores(c, p, t):
    c, p, t = (v.astype(np.float64) for v in (c, p, t))
    pooled = np.concatenate([p, t])
    between = cdist(pooled, pooled, "sqeuclidean")[np.triu_indices(len(pooled), 1)]
    xy, xx, yy = cdist(p, t), cdist(p, p), cdist(t, t)
    n, m = len(p), len(t)
    # at::median takes the lower of the two middle values.
    median = np.sort(between)[(len(between) - 1) // 2]
    return {
        "r2_mean": r2_score(t.mean(0), p.mean(0)),
        "r2_variance": r2_score(t.var(0, ddof=1), p.var(0, ddof=1)),
        "pearson_delta": pearsonr(p.mean(0) - c.mean(0), t.mean(0) - c.mean(0)).statistic,
        "l2_mean": np.linalg.norm(p.mean(0) - t.mean(0)),
        "mmd": np.mean([mmd(p, t, g) for g in (2, 1, 0.5, 0.1, 0.01, 0.005)]),
        "mmd_median": mmd(p, t, 1 / median),
        "energy_distance": 2 * xy.mean() - xx.mean() - yy.mean(),
        "energy_distance_u": 2 * xy.mean() - xx.sum() / (n * (n - 1)) - yy.sum() / (m * (m - 1)),
    }


table = anndata.AnnData(np.concatenate([control, truth]))
table.obs["group"] = ["control"] * len(control) + ["truth"] * len(truth)
table.obs["group"] = table.obs["group"].astype("category")
scanpy.tl.rank_genes_groups(table, "group", groups=["truth"], reference="control", method="t-test", rankby_abs=True)
ranked = [int(name) for name in table.uns["rank_genes_groups"]["names"]["truth"]]
t_scores = [float(score) for score in table.uns["rank_genes_groups"]["scores"]["truth"]]
difference = np.abs(truth.astype(np.float64).mean(0) - control.astype(np.float64).mean(0))
changed = [int(i) for i in np.argsort(-difference, kind="stable")]

values = scores(control, predicted, truth)
for k in (4, 7):
    top, tscore = changed[:k], ranked[:k]
    for name, value in scores(control[:, top], predicted[:, top], truth[:, top]).items():
        values[f"{name}_top{k}"] = value
    for name, value in scores(control[:, tscore], predicted[:, tscore], truth[:, tscore]).items():
        values[f"{name}_tscore{k}"] = value

out = {
    "control": control.tolist(),
    "predicted": predicted.tolist(),
    "truth": truth.tolist(),
    "ranked_by_difference": changed,
    "ranked_by_t": ranked,
    "t_of_ranked": t_scores,
    "scores": {name: float(value) for name, value in values.items()},
}
pathlib.Path(__file__).with_name("metrics.json").write_text(json.dumps(out, indent=1) + "\n")
