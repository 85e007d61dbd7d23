"""Writes parity.json: predictions for a few perturbations and what the tools themselves, or their formulas, say of them.

    python make_parity.py

Needs numpy, scipy, pandas, scikit-learn, anndata, scanpy, and cell-eval 0.8 with pdex (cell_eval, numba_mwu, polars, igraph,
pyarrow): the values under "cell_eval" are made by calling it. perturbench, CellOT and GEARS do not install beside it
(perturbench needs Python 3.13, CellOT has no package, GEARS needs torch_geometric): the values under their names are
computed here from their formulas with numpy, scipy and scikit-learn.
"""
import json
import pathlib
import warnings

import anndata
import numpy as np
import pandas as pd
import scanpy
from scipy.stats import pearsonr
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.neighbors import NearestNeighbors

warnings.filterwarnings("ignore")
rng = np.random.default_rng(5)
genes = [f"g{i}" for i in range(60)]
perts = ["g3", "g17", "pB", "pC", "pD"]
sizes = {"true": [40, 33, 37, 45, 36], "pred": [38, 41, 30, 35, 36]}
controls = {"true": 50, "pred": 44}
base = rng.gamma(1.5, 0.8, len(genes))
effects = {p: np.where(rng.random(len(genes)) < 0.3, rng.normal(0, 1.2, len(genes)), 0.0) for p in perts}


def cells(n, rate):
    counts = rng.poisson(rate * 3, (n, len(genes)))
    return np.float32(np.log1p(counts * rng.uniform(0.7, 1.4, (n, 1))))


data = {}
for side in ("true", "pred"):
    data[side] = {"control": cells(controls[side], base)}
    for p, n in zip(perts, sizes[side]):
        effect = effects[p] if side == "true" else 0.15 * effects[p] + rng.normal(0, 0.3, len(genes)) + 0.5 * effects["pB"]
        data[side][p] = cells(n, base * np.exp(effect))
    for p in data[side]:
        data[side][p][:, 5] = 0.0  # a gene that is never seen
    data[side]["control"][:, 6] = 0.0
    data[side]["pC"][:, 7] = 0.0  # lost in one perturbation: zero in truth, and not in control


def table(side):
    x = np.concatenate([data[side][p] for p in ["control", *perts]])
    labels = np.repeat(["control", *perts], [len(data[side][p]) for p in ["control", *perts]])
    out = anndata.AnnData(x.astype(np.float64),  # sklearn keeps float32, and rounds
                           obs=pd.DataFrame({"target": pd.Categorical(labels)}))
    out.obs_names = [f"c{i}" for i in range(len(x))]
    out.var_names = genes
    return out


def numbers(values):
    return {p: (None if v is None or not np.isfinite(v) else float(v)) for p, v in values.items()}


out = {"genes": genes, "perturbations": perts, "cells": {s: {p: [[float(str(x)) for x in row] for row in v] for p, v in d.items()} for s, d in data.items()}}

# cell-eval itself.
from cell_eval import MetricsEvaluator  # noqa: E402
from cell_eval._types import initialize_de_comparison  # noqa: E402
from cell_eval._types import PerturbationAnndataPair  # noqa: E402
from cell_eval.metrics import _anndata as of_cells  # noqa: E402
from cell_eval.metrics import _de as of_genes  # noqa: E402
from pdex import pdex  # noqa: E402

pair = PerturbationAnndataPair(real=table("true"), pred=table("pred"), pert_col="target", control_pert="control")
tested = {
    s: pdex(table(s), groupby="target", mode="ref", reference="control", is_log1p=True, epsilon=0.0) for s in ("true", "pred")
}
comparison = initialize_de_comparison(real=tested["true"], pred=tested["pred"])
result = {
    "pearson_delta": numbers(of_cells.pearson_delta(pair)),
    "mse_average": numbers(of_cells.mse(pair)),
    "mae_average": numbers(of_cells.mae(pair)),
    "mse_delta": numbers(of_cells.mse_delta(pair)),
    "mae_delta": numbers(of_cells.mae_delta(pair)),
    "pearson_edistance": float(of_cells.edistance(pair)),
    "de_spearman_sig": float(of_genes.DESpearmanSignificant()(comparison)),
    "de_direction_match": numbers(of_genes.DEDirectionMatch()(comparison)),
    "de_spearman_lfc_sig": numbers(of_genes.DESpearmanLFC()(comparison)),
    "de_sig_genes_recall": numbers(of_genes.DESigGenesRecall()(comparison)),
    "pr_auc": numbers(of_genes.compute_pr_auc(comparison)),
    "roc_auc": numbers(of_genes.compute_roc_auc(comparison)),
}
counts = of_genes.DENsigCounts()(comparison)
result["de_nsig_true"] = {p: c["real"] for p, c in counts.items()}
result["de_nsig_predicted"] = {p: c["pred"] for p, c in counts.items()}
for metric in ("l1", "l2", "cosine"):
    result[f"discrimination_score_{metric}"] = numbers(of_cells.discrimination_score(pair, metric=metric))
for kind in ("overlap", "precision"):
    for k in (None, 50, 100, 200, 500):
        result[f"{kind}_at_{k or 'N'}"] = numbers(of_genes.de_overlap_metric(comparison, k=k, metric=kind))
out["cell_eval"] = result

# perturbench: profiles by aggregation, compared, and ranked over predictions; each side with its own control.
mean = {s: {p: v.astype(np.float64).mean(0) for p, v in d.items()} for s, d in data.items()}
profiles = {"average": mean, "logfc": {}, "scaled": {}}
for s in mean:
    control = np.log2(mean[s]["control"] + 0.1)
    profiles["logfc"][s] = {p: np.log2(mean[s][p] + 0.1) - control for p in perts}
    every = np.concatenate([v.astype(np.float64) for v in data[s].values()])
    deviation = every.std(0, ddof=1)
    deviation[deviation == 0] = 1
    profiles["scaled"][s] = {p: (mean[s][p] - every.mean(0)) / deviation for p in perts}
    for p in perts:  # what scanpy's own scaling gives, where nothing is clipped
        scaled = scanpy.pp.scale(table(s), copy=True)
        assert np.allclose(scaled[scaled.obs.target == p].X.mean(0), profiles["scaled"][s][p], atol=1e-4)
compare = {
    "cosine": lambda x, y: np.dot(x, y) / (np.linalg.norm(x) * np.linalg.norm(y)),
    "pearson": lambda x, y: pearsonr(x, y)[0],
    "rmse": lambda x, y: np.sqrt(np.mean((x - y) ** 2)),
    "mse": lambda x, y: np.mean((x - y) ** 2),
    "mae": lambda x, y: np.mean(np.abs(x - y)),
}
result = {}
for aggregation, by_side in profiles.items():
    for name, function in compare.items():
        matrix = np.array([[function(by_side["pred"][p], by_side["true"][t]) for t in perts] for p in perts])
        result[f"{name}_{aggregation}"] = numbers(dict(zip(perts, np.diag(matrix))))
        order = np.argsort(-matrix if name in ("cosine", "pearson") else matrix, axis=0)
        result[f"rank_{name}_{aggregation}"] = {
            p: float(np.flatnonzero(order[:, k] == k)[0]) / len(perts) for k, p in enumerate(perts)
        }
out["perturbench"] = result


# CellOT: treated against imputed cells.
def cellot(t, p):
    t, p = pd.DataFrame(t.astype(np.float64)), pd.DataFrame(p.astype(np.float64))

    def pairs(frame):
        corr = frame.corr().to_numpy()
        return corr[np.triu_indices(len(corr), 1)]

    a, b = pairs(t), pairs(p)
    both = np.isfinite(a) & np.isfinite(b)

    def mmd(gamma):
        return rbf_kernel(t, t, gamma).mean() + rbf_kernel(p, p, gamma).mean() - 2 * rbf_kernel(t, p, gamma).mean()

    values = {
        "l2_mean": np.linalg.norm(t.mean(0) - p.mean(0)),
        "l2_std": np.linalg.norm(t.std(0) - p.std(0)),
        "pearson_average": pd.Series.corr(t.mean(0), p.mean(0)),
        "pearson_std": pd.Series.corr(t.std(0), p.std(0)),
        "l2_gene_correlation": np.linalg.norm(a[both] - b[both]),
        "pearson_gene_correlation": np.corrcoef(a[both], b[both])[0, 1],
        "mmd_50gammas": np.mean([mmd(g) for g in np.logspace(1, -3, num=50)]),
    }
    n = min(len(t), len(p))
    pushed, treated = p.iloc[np.arange(n) * len(p) // n], t.iloc[np.arange(n) * len(t) // n]
    model = NearestNeighbors(n_neighbors=min(251, n)).fit(np.concatenate([pushed, treated]))
    near = model.kneighbors(pushed)[1][:, 1:]
    for k in (50, 100):
        values[f"enrichment_k{k}"] = (near[:, :k] < n).mean()
    return values


def per_perturbation(function):
    result = {}
    for p in perts:
        for name, value in function(p).items():
            result.setdefault(name, {})[p] = None if not np.isfinite(value) else float(value)
    return result


out["cellot"] = per_perturbation(lambda p: cellot(data["true"][p], data["pred"][p]))

# GEARS: means of predictions against truth, control of the truth for both; genes by scanpy's t-test.
ranking = table("true")
scanpy.tl.rank_genes_groups(ranking, "target", reference="control", rankby_abs=True, method="t-test")


def gears(p):
    control, truth, predicted = mean["true"]["control"], mean["true"][p], mean["pred"][p]
    cells_ = data["true"][p].astype(np.float64)
    top = [genes.index(g) for g in ranking.uns["rank_genes_groups"]["names"][p]]
    nonzero = [g for g in top if truth[g] != 0]
    nondropout = [g for g in top if truth[g] != 0 or control[g] == 0]
    values = {}
    for suffix, chosen in {"": list(range(len(genes))), "_tscore20": top[:20], "_tscore50": top[:50],
                           "_nonzero20": nonzero[:20], "_nondropout20": nondropout[:20]}.items():
        c, t, q, y = control[chosen], truth[chosen], predicted[chosen], cells_[:, chosen]
        change = np.abs(np.sign(q - c) - np.sign(t - c))
        values[f"mse_average{suffix}"] = np.mean((q - t) ** 2)
        values[f"pearson_average{suffix}"] = pearsonr(q, t)[0]
        values[f"pearson_delta{suffix}"] = pearsonr(q - c, t - c)[0]
        values[f"frac_correct_direction{suffix}"] = np.mean(change == 0)
        values[f"frac_opposite_direction{suffix}"] = np.mean(change == 2)
        values[f"frac_zero_direction{suffix}"] = np.mean(change == 1)
        seen = ~((y.min(0) == 0) & (y.max(0) == 0))
        for name, low, high in (("", 0, 1), ("_45_55", 0.45, 0.55), ("_40_60", 0.4, 0.6), ("_25_75", 0.25, 0.75)):
            inside = (q >= np.quantile(y, low, axis=0)) & (q <= np.quantile(y, high, axis=0))
            values[f"frac_in_range{name}{suffix}"] = inside[seen].mean()
        spread = y.std(0) > 0
        sigma = np.abs(q - t)[spread] / y.std(0)[spread]
        values[f"mean_sigma{suffix}"] = sigma.mean()
        values[f"frac_sigma_below_1{suffix}"] = 1 - np.mean(sigma > 1)
        values[f"frac_sigma_below_2{suffix}"] = 1 - np.mean(sigma > 2)
    return values


out["gears"] = per_perturbation(gears)
pathlib.Path(__file__).with_name("parity.json").write_text(json.dumps(out) + "\n")
