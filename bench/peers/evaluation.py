"""Evaluation beside scanpy, pdex and pertpy: Wilcoxon of many perturbations against one control, and the e-distance.

    python3 bench/peers/evaluation.py                       # 10,000 cells x 2,000 genes x 50 perturbations, 2 threads
    python3 bench/peers/evaluation.py --threads 1 --repeats 5 --dense

Needs build/release/evaluation_speed:
    cmake --preset release -DBRENIER_BENCH=ON && cmake --build build/release --target evaluation_speed
and a Python with the peers (--python, or the virtual environment that is made at --venv):
    scanpy 1.11.5, pdex 0.3.0 (with numba-mwu), scikit-learn; pertpy's e-distance is timed as its formula, three calls
    of sklearn's pairwise_distances and their means (pertpy 1.0), and as loops over pairs compiled by numba (what newer
    versions do), because the package pulls in jax and torch.

Data: log-normalised Poisson counts, one cell in three of them control, seeded; as CSR, and dense with --dense.
Every contender is a process of its own, with the same threads; they take turns, one call a turn, the first (compiling)
call is not counted; medians. The z scores of ours, scanpy's (tie_correct) and the distances must agree, or the script
says so and ends with 1. pdex applies a continuity correction and gives U instead of z: its check is the U of ours.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[0] = str(HERE / "harness")

from served import Served, need, serve, take_turns  # noqa: E402

PACKAGES = ["numpy==2.4.6", "scipy==1.17.1", "scanpy==1.11.5", "pdex==0.3.0", "scikit-learn==1.9.1"]


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--cells", type=int, default=10000)
    parser.add_argument("--genes", type=int, default=2000)
    parser.add_argument("--perturbations", type=int, default=50)
    parser.add_argument("--dense", action="store_true", help="give everybody a dense matrix")
    parser.add_argument("--points", type=int, default=5000, help="cells a side of the e-distance")
    parser.add_argument("--components", type=int, default=50)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", choices=["wilcoxon", "edistance"])
    parser.add_argument("--binary", type=Path, default=ROOT / "build" / "release" / "evaluation_speed")
    parser.add_argument("--python", type=Path, help="a Python that has the peers")
    parser.add_argument("--venv", type=Path, default=ROOT / "build" / "peers_evaluation")
    parser.add_argument("--worker", choices=["write", "scanpy", "pdex", "pertpy", "numba"], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def write(arguments: argparse.Namespace) -> None:
    import numpy as np
    from scipy.sparse import csr_matrix

    rng = np.random.default_rng(0)
    cells, genes, count = arguments.cells, arguments.genes, arguments.perturbations
    controls = cells // 3
    groups = np.concatenate([np.zeros(controls, int), 1 + np.arange(cells - controls) % count]).astype(np.int32)
    rate = rng.gamma(0.5, 0.6, genes)
    effects = np.exp(rng.normal(0, 0.5, (count + 1, genes)) * (rng.random((count + 1, genes)) < 0.1))
    effects[0] = 1
    x = np.empty((cells, genes), np.float32)
    for row in range(cells):
        counts = rng.poisson(rate * effects[groups[row]] * rng.uniform(0.5, 1.5))
        x[row] = np.log1p(counts * (1e4 / max(counts.sum(), 1)))
    order = rng.permutation(cells)
    x, groups = x[order], groups[order]
    sparse = csr_matrix(x)
    folder = arguments.folder
    np.save(folder / "groups.npy", groups)
    np.save(folder / "genes.npy", np.array([genes], np.int64))
    np.save(folder / "data.npy", sparse.data)
    np.save(folder / "indices.npy", sparse.indices.astype(np.int32))
    np.save(folder / "indptr.npy", sparse.indptr.astype(np.int64))
    np.save(folder / "dense.npy", x)
    np.save(folder / "x.npy", rng.normal(0, 1, (arguments.points, arguments.components)).astype(np.float32))
    np.save(folder / "y.npy", rng.normal(0.2, 1.1, (arguments.points, arguments.components)).astype(np.float32))
    print(json.dumps({"share": float(sparse.nnz / x.size)}))


def check(value) -> dict[str, float]:
    return {"check": float(value())}


def table(arguments: argparse.Namespace):
    import anndata
    import numpy as np
    import pandas as pd
    from scipy.sparse import csr_matrix

    load = lambda name: np.load(arguments.folder / f"{name}.npy")  # noqa: E731
    groups = load("groups")
    x = load("dense")
    if not arguments.dense:
        x = csr_matrix((load("data"), load("indices"), load("indptr")), shape=x.shape)
    names = np.array(["control"] + [f"p{k}" for k in range(1, groups.max() + 1)])
    out = anndata.AnnData(x, obs=pd.DataFrame({"group": pd.Categorical(names[groups])}))
    out.obs_names = [f"c{i}" for i in range(out.n_obs)]
    out.var_names = [f"g{i}" for i in range(out.n_vars)]
    return out


def work_scanpy(arguments: argparse.Namespace) -> None:
    import numpy as np
    import scanpy

    data = table(arguments)
    data.uns["log1p"] = {"base": None}

    def work():
        scanpy.tl.rank_genes_groups(
            data, "group", reference="control", method="wilcoxon", tie_correct=True, use_raw=False
        )
        scores = data.uns["rank_genes_groups"]["scores"]
        return lambda: sum(np.abs(scores[name].astype(np.float64)).sum() for name in scores.dtype.names)

    serve(work, check)


def work_pdex(arguments: argparse.Namespace) -> None:
    from pdex import pdex

    data = table(arguments)

    def work():
        frame = pdex(
            data, groupby="group", mode="ref", reference="control", is_log1p=True, threads=arguments.threads
        )
        return lambda: float(frame["p_value"].sum())

    serve(work, check)


def work_pertpy(arguments: argparse.Namespace) -> None:
    import numpy as np
    from sklearn.metrics import pairwise_distances

    x, y = (np.load(arguments.folder / f"{name}.npy") for name in "xy")

    def work():
        within_x = pairwise_distances(x, x, metric="euclidean").mean()
        within_y = pairwise_distances(y, y, metric="euclidean").mean()
        value = 2 * pairwise_distances(x, y, metric="euclidean").mean() - within_x - within_y
        return lambda: value

    serve(work, check)


def work_numba(arguments: argparse.Namespace) -> None:
    import numba
    import numpy as np

    x, y = (np.load(arguments.folder / f"{name}.npy").astype(np.float64) for name in "xy")
    numba.set_num_threads(arguments.threads)

    @numba.njit(parallel=True, fastmath=True)
    def across(a, b):
        total = 0.0
        for i in numba.prange(a.shape[0]):
            for j in range(b.shape[0]):
                d = 0.0
                for k in range(a.shape[1]):
                    d += (a[i, k] - b[j, k]) ** 2
                total += np.sqrt(d)
        return total / (a.shape[0] * b.shape[0])

    @numba.njit(parallel=True, fastmath=True)
    def within(a):
        total = 0.0
        for i in numba.prange(a.shape[0]):
            for j in range(i):
                d = 0.0
                for k in range(a.shape[1]):
                    d += (a[i, k] - a[j, k]) ** 2
                total += np.sqrt(d)
        return 2 * total / (a.shape[0] * a.shape[0])

    def work():
        value = 2 * across(x, y) - within(x) - within(y)
        return lambda: value

    serve(work, check)


def compare(title: str, contenders: list[Served], repeats: int, same: list[str]) -> bool:
    take_turns(contenders, repeats, warm=1, pause=0.0)
    print(f"\n{title}, load {os.getloadavg()[0]:.1f}, medians of {repeats}\n")
    print("| contender | s | fastest s | first call s | times ours |\n|---|---|---|---|---|")
    best = contenders[0].median()
    for one in contenders:
        median = one.median()
        print(f"| {one.name} | {median:.3f} | {min(one.seconds):.3f} | {one.first:.2f} | {median / best:.1f} |")
    checks = [one.answer["check"] for one in contenders if one.name in same]
    agree = max(checks) - min(checks) <= 1e-5 * max(abs(c) for c in checks)
    if not agree:
        print(f"peers: the results differ: {checks}", file=sys.stderr)
    return agree


def python_with_peers(arguments: argparse.Namespace) -> Path:
    if arguments.python is not None:
        return arguments.python
    python = arguments.venv.absolute() / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(arguments.venv)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *PACKAGES], check=True)
    return python


def measure(arguments: argparse.Namespace) -> int:
    need(arguments.binary)
    python = python_with_peers(arguments)
    agree = True
    with tempfile.TemporaryDirectory() as folder:
        names = ("threads", "cells", "genes", "perturbations", "points", "components")
        common = [word for name in names for word in (f"--{name}", getattr(arguments, name))]
        common += ["--folder", folder] + (["--dense"] if arguments.dense else [])

        def peer(name: str, label: str) -> Served:
            words = [python, HERE / "evaluation.py", "--worker", name, *common]
            return Served(label, words, arguments.threads, quiet=True)

        def ours(what: str) -> Served:
            words = [arguments.binary, what, "--folder", folder, "--threads", arguments.threads]
            words += ["--dense"] if arguments.dense and what == "wilcoxon" else []
            return Served("Brenier", words, arguments.threads, quiet=True)

        worker = [python, HERE / "evaluation.py", "--worker", "write", *common]
        made = subprocess.run([str(word) for word in worker], check=True, capture_output=True, text=True)
        share = json.loads(made.stdout)["share"]
        if arguments.only != "edistance":
            title = (
                f"Wilcoxon, {arguments.cells} cells x {arguments.genes} genes, {share:.0%} not zero, "
                f"{'dense' if arguments.dense else 'CSR'}, {arguments.perturbations} perturbations against one control, "
                f"{arguments.threads} threads"
            )
            contenders = [ours("wilcoxon"), peer("scanpy", "scanpy"), peer("pdex", "pdex")]
            agree = compare(title, contenders, arguments.repeats, ["Brenier", "scanpy"])
        if arguments.only != "wilcoxon":
            title = f"e-distance, {arguments.points} x {arguments.components} a side, {arguments.threads} threads"
            contenders = [ours("edistance"), peer("pertpy", "pertpy's formula"), peer("numba", "numba loops")]
            agree = compare(title, contenders, arguments.repeats, [one.name for one in contenders]) and agree
    return 0 if agree else 1


def main() -> int:
    arguments = parse()
    workers = {"write": write, "scanpy": work_scanpy, "pdex": work_pdex, "pertpy": work_pertpy, "numba": work_numba}
    if arguments.worker:
        workers[arguments.worker](arguments)
        return 0
    return measure(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
