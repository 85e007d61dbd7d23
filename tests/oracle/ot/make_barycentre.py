"""Writes barycentre.json: POT's fixed-support barycentres with unequal weights, in its log-domain solver.

POT's default solver (method="sinkhorn") starts its scalings from the unweighted mean. What it then keeps constant, the
weighted mean of the log scalings, is not 0, so for unequal weights it converges to another point: pot.json's entries
barycentre_1d_0.8 and barycentre_8x8_* ("plain") are of that kind; "pot_default_differs_by" says how far off they are.
The log-domain solver starts right. Made with POT 0.9.7.post1, numpy 2.4.6, scipy 1.17.1, Python 3.11, float64:
    pip install "POT==0.9.7.post1"
    python make_barycentre.py
"""
import importlib.metadata as meta
import pathlib
import sys
import warnings

sys.path.insert(0, str(pathlib.Path(__file__).parent))
warnings.simplefilter("ignore")

import numpy as np
import ot
from golden_data import frac, sq, write

out = {"made_by": {p: meta.version(p) for p in ("POT", "numpy", "scipy")}, "problems": {}}
P = out["problems"]


def entry(name, A, M, reg, w, note, every):
    w = np.asarray(w)
    good = ot.bregman.barycenter(A, M, reg, weights=w, method="sinkhorn_log", numItermax=100000, stopThr=1e-14)
    default = ot.bregman.barycenter(A, M, reg, weights=w, numItermax=100000, stopThr=1e-14)
    P[name] = {"reg": reg, "weights": w, "every": every, "weights_of_bins": good[::every], "mass": good.sum(),
               "pot_default_differs_by": np.abs(good - default).max(), "note": note}


bins = np.arange(100, dtype=np.float64)
A = np.stack([ot.datasets.make_1D_gauss(100, m=mu, s=10) for mu in (30, 40)], 1)
M = (bins[:, None] - bins[None]) ** 2 / 99.0**2
for first in (0.5, 0.8):
    entry(f"line_{first}", A, M, 1e-2, (first, 1 - first), "histograms exp(-(i-m)^2/200) on 0..99 normalised, m = 30 and 40; cost (i-j)^2 / 99^2", 5)
axis = np.arange(8) / 7.0
pts = np.stack([np.repeat(axis, 8), np.tile(axis, 8)], 1)
A = np.stack([0.05 + frac(np.arange(64), p) for p in (2, 3, 5)], 1)
A /= A.sum(0)
for reg in (0.05, 0.01):
    entry(f"square_{reg}", A, sq(pts, pts), reg, (0.5, 0.3, 0.2), "grid point k = 8 ix + iy at (ix/7, iy/7), cost |p-q|^2; histogram s ~ 0.05 + frac(k, 2 | 3 | 5)", 1)

write(pathlib.Path(__file__).with_name("barycentre.json"), out)
