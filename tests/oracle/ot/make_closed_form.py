"""Writes closed_form.json: values that need no solver, for Gaussians and for Gromov-Wasserstein at the product plan.

Made with numpy 2.4.6, scipy 1.17.1, Python 3.11:
    python make_closed_form.py

Entropic transport of N(m1, A) to N(m2, B), cost |x-y|^2, eps = 2 s^2, value <P,C> + eps KL(P | product) (Janati et al. 2020):
|m1-m2|^2 + tr A + tr B - tr D + d s^2 (1 - log 2 s^2) + s^2 log det(D + s^2 I), D = (4 A^1/2 B A^1/2 + s^4 I)^1/2.
"""
import importlib.metadata as meta
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import numpy as np
from golden_data import gw_cost, points, sq, write
from scipy.linalg import sqrtm


def gaussian(m, A, B, eps):
    s2, d = eps / 2, len(m)
    root = np.real(sqrtm(A))
    D = np.real(sqrtm(4 * root @ B @ root + s2**2 * np.eye(d)))
    return m @ m + np.trace(A) + np.trace(B) - np.trace(D) + d * s2 * (1 - np.log(2 * s2)) + s2 * np.linalg.slogdet(D + s2 * np.eye(d))[1]


def bures(m, A, B):
    root = np.real(sqrtm(A))
    return m @ m + np.trace(A) + np.trace(B) - 2 * np.trace(np.real(sqrtm(root @ B @ root)))


out = {"made_by": {p: meta.version(p) for p in ("numpy", "scipy")}, "problems": {}}
P = out["problems"]
for name, m, A, B, eps in (
    ("gaussian_1d_first", [1.0], [[1.0]], [[2.25]], 0.5),
    ("gaussian_1d_second", [2.0], [[0.25]], [[1.0]], 1.0),
    ("gaussian_2d", [1.0, -0.5], [[1.0, 0.3], [0.3, 0.5]], [[0.8, -0.2], [-0.2, 1.2]], 0.4),
):
    m, A, B = np.array(m), np.array(A), np.array(B)
    S, T = gaussian(0 * m, A, A, eps), gaussian(0 * m, B, B, eps)
    P[name] = {"mean_difference": m, "A": A, "B": B, "eps": eps, "value": gaussian(m, A, B, eps),
               "divergence": gaussian(m, A, B, eps) - (S + T) / 2, "w2_squared": bures(m, A, B)}
x, _, _, _ = points(8, 8, 2)
C = sq(x, x) / sq(x, x).max()
u = np.full(8, 1 / 8)
P["gw_product_reversed"] = {"value": gw_cost(C, C[::-1, ::-1], np.outer(u, u)), "anti_diagonal": gw_cost(C, C[::-1, ::-1], np.eye(8)[::-1] / 8),
                            "note": "C1 = |x_i-x_k|^2 / max from x of K(8,8,2), C2 = C1 with rows and columns reversed, equal weights"}
write(pathlib.Path(__file__).with_name("closed_form.json"), out)
