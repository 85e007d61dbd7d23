"""Writes pot.json: what POT (Python Optimal Transport) says about the deterministic problems of golden_data.py.

Made with POT 0.9.7.post1, numpy 2.4.6, scipy 1.17.1, Python 3.11, everything float64:
    pip install "POT==0.9.7.post1"
    python make_pot.py
"""
import importlib.metadata as meta
import pathlib
import sys
import warnings

sys.path.insert(0, str(pathlib.Path(__file__).parent))
warnings.simplefilter("ignore")

import numpy as np
import ot
from golden_data import frac, gw_cost, points, sq, write

made_by = {p: meta.version(p) for p in ("POT", "numpy", "scipy")}
out = {"made_by": made_by, "problems": {}}
P = out["problems"]


def kl(p, q):
    """sum p log(p/q) - p + q."""
    m = p > 0
    return np.sum(p[m] * np.log(p[m] / q[m])) - p.sum() + q.sum()


# (a) exact transport
for n, m, d in ((8, 11, 2), (30, 30, 3)):
    x, y, a, b = points(n, m, d)
    C = sq(x, y)
    Q, log = ot.emd(a, b, C, log=True)
    P[f"emd_k{n}_{m}_{d}"] = {"value": ot.emd2(a, b, C), "plan_cost": np.sum(Q * C), "u": log["u"], "v": log["v"],
                              "min_slack": (C - log["u"][:, None] - log["v"][None]).min(), "nonzeros": int((Q > 1e-14).sum()),
                              "note": "dual vectors are not unique; the value a.u + b.v is"}
x, y, a, b = points(30, 30, 3)
u = np.full(30, 1 / 30)
C = sq(x, y)
P["emd_k30_30_3_equal_weights"] = {"value": ot.emd2(u, u, C), "assignment": ot.emd(u, u, C).argmax(1)}
P["emd_k30_30_3_equal_weights_euclidean"] = {"value": ot.emd2(u, u, np.sqrt(C)), "assignment": ot.emd(u, u, np.sqrt(C)).argmax(1)}
x, y, a, b = points(8, 11, 2)
x0, y0 = x[:, 0].copy(), y[:, 0].copy()
P["emd_1d_k8_11_2_first"] = {"w2_squared": ot.emd2_1d(x0, y0, a, b, metric="sqeuclidean"), "w1": ot.emd2_1d(x0, y0, a, b, metric="euclidean"),
                             "power_1.5": ot.wasserstein_1d(x0, y0, a, b, p=1.5), "power_3": ot.wasserstein_1d(x0, y0, a, b, p=3)}
P["emd_1d_k8_11_2_second"] = {"w2_squared": ot.emd2_1d(x[:, 1].copy(), y[:, 1].copy(), a, b), "w1": ot.emd2_1d(x[:, 1].copy(), y[:, 1].copy(), a, b, metric="euclidean")}

# (b) unbalanced Sinkhorn; a is 1.5 times the normalised weights, b has mass 1
C = sq(x, y)
a5 = 1.5 * a
inf = float("inf")
for kind in ("kl", "entropy"):
    for reg, ra, rb in ((0.1, 0.9, 0.9), (0.1, 0.1, 0.1), (0.1, inf, 0.4), (0.1, 0.9, inf), (0.1, 0.4, 1.2), (0.5, 0.05, 2.0), (0.05, 1.0, 1.0)):
        Q, log = ot.unbalanced.sinkhorn_unbalanced(a5, b, C, reg, (ra, rb), reg_type=kind, numItermax=200000, stopThr=1e-16, log=True)
        ref = np.outer(a5, b) if kind == "kl" else np.ones_like(C)
        P[f"unbalanced_{kind}_{reg}_{ra}_{rb}"] = {
            "reg": reg, "reg_m": [ra, rb], "reg_type": kind, "a_times": 1.5, "mass": Q.sum(), "row_sums": Q.sum(1), "column_sums": Q.sum(0),
            "logu": log["logu"], "logv": log["logv"], "linear": np.sum(Q * C), "kl_plan": kl(Q.ravel(), ref.ravel()),
            "kl_rows": kl(Q.sum(1), a5), "kl_columns": kl(Q.sum(0), b), "plan_first_row": Q[0],
            "note": "kl(p|q) = sum p log(p/q) - p + q; kl_plan against " + ("a b^T" if kind == "kl" else "the all-ones matrix")
                    + "; plan = exp(logu) exp(-C/reg) " + ("a b^T " if kind == "kl" else "") + "exp(logv)"}

# (c) barycentres on a fixed grid
grid100 = np.arange(100, dtype=np.float64)
A = np.stack([ot.datasets.make_1D_gauss(100, m=mu, s=10) for mu in (30, 40)], 1)
M = (grid100[:, None] - grid100[None]) ** 2
M /= M.max()
for name, call in (("barycentre_1d", lambda w: ot.bregman.barycenter(A, M, 1e-2, weights=w, numItermax=100000, stopThr=1e-14)),
                   ("barycentre_1d_debiased", lambda w: ot.bregman.barycenter_debiased(A, M, 1e-2, weights=w, numItermax=100000, stopThr=1e-15))):
    for w in ((0.5, 0.5), (0.8, 0.2)):
        r = call(np.array(w))
        P[f"{name}_{w[0]}"] = {"reg": 1e-2, "weights": w, "mass": r.sum(), "mean": r @ grid100 / r.sum(), "argmax": int(r.argmax()), "max": r.max(),
                               "variance": r @ (grid100 - r @ grid100 / r.sum()) ** 2 / r.sum(), "every_fifth": r[::5],
                               "note": "histograms exp(-(i-m)^2/200) on 0..99 normalised, m = 30 and 40; cost (i-j)^2 / 99^2"}
axis = np.arange(8) / 7.0
pts = np.stack([np.repeat(axis, 8), np.tile(axis, 8)], 1)
M = sq(pts, pts)
A = np.stack([0.05 + frac(np.arange(64), p) for p in (2, 3, 5)], 1)
A /= A.sum(0)
w = np.array([0.5, 0.3, 0.2])
for reg in (0.05, 0.01):
    P[f"barycentre_8x8_{reg}"] = {
        "reg": reg, "weights": w, "plain": ot.bregman.barycenter(A, M, reg, weights=w, numItermax=100000, stopThr=1e-14),
        "debiased": ot.bregman.barycenter_debiased(A, M, reg, weights=w, numItermax=100000, stopThr=1e-16),
        "note": "grid point k = 8 ix + iy at (ix/7, iy/7), cost |p-q|^2; histogram s ~ 0.05 + frac(k, 2 | 3 | 5)"}

# free support
x, y, a, b = points(8, 8, 2)
z = np.stack([frac(np.arange(8), 11), frac(np.arange(8), 13)], 1) - 0.4
b3 = [(0.1 + frac(np.arange(8), p)) / (0.1 + frac(np.arange(8), p)).sum() for p in (17, 19, 23)]
start = np.stack([np.cos(np.arange(5)), np.sin(np.arange(5))], 1)
note = "clouds x, y of K(8,8,2) and z_k = (frac(k,11), frac(k,13)) - 0.4; cloud weights 0.1 + frac(k, 17 | 19 | 23) normalised; start (cos i, sin i), 5 points of weight 1/5"
r = ot.bregman.free_support_sinkhorn_barycenter([x, y, z], b3, start, 0.1, weights=w, numItermax=20000, numInnerItermax=20000, stopThr=1e-28, method="sinkhorn_log")
P["free_support_sinkhorn"] = {"reg": 0.1, "weights": w, "x": r, "note": note}
r = ot.lp.free_support_barycenter([x, y, z], b3, start, weights=w, numItermax=1000, stopThr=1e-28)
P["free_support_exact"] = {"weights": w, "x": r, "value": sum(wi * ot.emd2(np.full(5, 0.2), bi, sq(r, c)) for wi, bi, c in zip(w, b3, (x, y, z))), "note": note}
r = ot.lp.free_support_barycenter([np.array([[-1.0]]), np.array([[1.0]])], [np.ones(1), np.ones(1)], np.array([[-12.0]]))
P["free_support_diracs"] = {"x": r, "note": "Diracs at -1 and 1, start -12"}

# (d) entropic (fused) Gromov-Wasserstein
x, y, a, b = points(10, 8, 2)
C1, C2, CF = sq(x, x), sq(y, y), sq(x, y)
L0 = (C1**2 @ a)[:, None] + (C2**2 @ b)[None] - 2 * C1 @ np.outer(a, b) @ C2
inner = dict(numItermax=100000, stopThr=1e-15)
for rel in (1.0, 0.5, 0.1):
    eps = rel * float(L0.mean())
    Q, log = ot.gromov.entropic_gromov_wasserstein(C1, C2, a, b, "square_loss", epsilon=eps, tol=1e-16, max_iter=3001, log=True, **inner)
    P[f"gw_k10_8_2_rel_{rel}"] = {"eps": eps, "eps_over_mean_L0": rel, "plan": Q, "gw_cost": log["gw_dist"], "gw_cost_checked": gw_cost(C1, C2, Q),
                                  "iteration": "P <- sinkhorn(a, b, 2 L(P), eps) from P = a b^T (the factor 2 is POT's; ott-jax has none: eps here = 2 eps there)"}
    eps = 2 / 3 * rel / 2 * float(L0.mean())
    Q, log = ot.gromov.entropic_fused_gromov_wasserstein(CF, C1, C2, a, b, "square_loss", epsilon=eps, alpha=1 / 3, tol=1e-16, max_iter=3001, log=True, **inner)
    P[f"fused_gw_k10_8_2_rel_{rel}"] = {"eps": eps, "alpha": 1 / 3, "plan": Q, "fgw_dist": log["fgw_dist"], "gw_cost": gw_cost(C1, C2, Q), "linear_cost": np.sum(CF * Q),
                                        "iteration": "P <- sinkhorn(a, b, alpha 2 L(P) + (1-alpha) C, eps); fgw_dist = (1-alpha) <C,P> + alpha gw_cost"}
K1, K2 = np.exp(-C1), np.exp(-C2)
Q, log = ot.gromov.entropic_gromov_wasserstein(K1, K2, a, b, "kl_loss", epsilon=0.01, tol=1e-16, max_iter=3001, log=True, **inner)
P["gw_kl_k10_8_2"] = {"eps": 0.01, "plan": Q, "gw_cost": log["gw_dist"], "note": "loss x log(x/y) - x + y of exp(-|x_i-x_k|^2) and exp(-|y_j-y_l|^2)"}
constC, h1, h2 = ot.gromov.init_matrix(C1, C2, a, b, "square_loss")
P["gwloss_product_k10_8_2"] = {"value": ot.gromov.gwloss(constC, h1, h2, np.outer(a, b))}
x, y, a, b = points(8, 8, 2)
C1, C2 = sq(x, x), sq(y, y)
C1, C2 = C1 / C1.max(), C2 / C2.max()
constC, h1, h2 = ot.gromov.init_matrix(C1, C2, a, b, "square_loss")
P["gwloss_product_k8_8_2_normalised"] = {"value": ot.gromov.gwloss(constC, h1, h2, np.outer(a, b)), "note": "C1, C2 squared distances within x and within y, each over its own maximum; a, b of K(8,8,2)"}
C = C1
back = C[::-1, ::-1].copy()
u = np.full(8, 1 / 8)
constC, h1, h2 = ot.gromov.init_matrix(C, back, u, u, "square_loss")
P["gwloss_reversed"] = {"value_at_antidiagonal": ot.gromov.gwloss(constC, h1, h2, np.eye(8)[::-1] / 8)}

# (e) sliced distances along given directions
x, y, a, b = points(8, 11, 3)
theta = np.stack([frac(np.arange(20), p) - 0.5 for p in (2, 3, 5)])
theta /= np.linalg.norm(theta, axis=0)
P["sliced_k8_11_3"] = {"projections": theta.T, "p2": ot.sliced_wasserstein_distance(x, y, a, b, p=2, projections=theta), "p1": ot.sliced_wasserstein_distance(x, y, a, b, p=1, projections=theta),
                       "max_p2": ot.max_sliced_wasserstein_distance(x, y, a, b, p=2, projections=theta),
                       "note": "20 unit directions, row by row; p-th root of the mean over directions of W_p^p; max: the largest W_p"}

# (f) divergence
xs = np.arange(10, dtype=np.float64)[:, None]
ys = np.arange(0, 20, 2, dtype=np.float64)[:, None]
wa = np.arange(1, 11, dtype=np.float64)
wa /= wa.sum()
wb = np.full(10, 0.1)
kw = dict(a=wa, b=wb, numIterMax=200000, stopThr=1e-15)
value, log = ot.bregman.empirical_sinkhorn_divergence(xs, ys, 1.0, log=True, method="sinkhorn_log", **kw)


def kl_value(p, q, xx, yy):
    Q = ot.bregman.sinkhorn_log(p, q, sq(xx, yy), 1.0, numItermax=200000, stopThr=1e-15)
    return np.sum(Q * sq(xx, yy)) + kl(Q.ravel(), np.outer(p, q).ravel())


P["divergence_integers"] = {
    "reg": 1.0, "linear_convention": value, "linear_xy": log["sinkhorn_loss_ab"], "linear_xx": log["sinkhorn_loss_a"], "linear_yy": log["sinkhorn_loss_b"],
    "kl_convention": kl_value(wa, wb, xs, ys) - (kl_value(wa, wa, xs, xs) + kl_value(wb, wb, ys, ys)) / 2,
    "note": "x = 0..9 weights (1..10)/55, y = 0, 2, .. 18 equal weights, cost (x-y)^2, both terms halved; <P,C> terms only, or <P,C> + KL(P | product)"}

# (g) low rank: a level to reach, no more
x, y, a, b = points(60, 50, 2)
Q, R, g, log = ot.lowrank_sinkhorn(x, y, a, b, reg=0, rank=5, numItermax=5000, stopThr=1e-9, log=True)
plan = Q @ np.diag(1 / g) @ R.T
P["low_rank_k60_50_2"] = {"rank": 5, "reg": 0.0, "linear": np.sum(plan * sq(x, y)), "row_error": np.abs(plan.sum(1) - a).sum(), "column_error": np.abs(plan.sum(0) - b).sum(),
                          "exact": ot.emd2(a, b, sq(x, y)), "note": "local optimum; a reference level only"}

write(pathlib.Path(__file__).with_name("pot.json"), out)
