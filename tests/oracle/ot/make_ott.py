"""Writes ott.json: what ott-jax says about the deterministic problems of golden_data.py.

Made with ott-jax 0.6.0, jax 0.5.3 (CPU, float64), lineax 0.0.8, numpy 2.4.6, Python 3.11:
    pip install "ott-jax==0.6.0" "jax[cpu]==0.5.3" scipy
    python make_ott.py

ott-jax keeps absolute potentials, P_ij = exp((f_i + g_j - C_ij) / eps); balanced f has (unweighted) mean zero here.
Newer jax breaks PointCloud(batch_size=...) of ott-jax 0.6.0, so jax is held back.
"""
import os
import pathlib
import sys

os.environ.setdefault("JAX_PLATFORMS", "cpu")
sys.path.insert(0, str(pathlib.Path(__file__).parent))

import jax

jax.config.update("jax_enable_x64", True)

import importlib.metadata as meta
import jax.numpy as jnp
import numpy as np
from golden_data import centred_cos, frac, gw_cost, points, sq, write
from ott.geometry import costs, geometry, grid, pointcloud
from ott.problems.linear import barycenter_problem, linear_problem
from ott.problems.quadratic import quadratic_problem
from ott.solvers.linear import continuous_barycenter, implicit_differentiation, sinkhorn, sinkhorn_lr
from ott.solvers.quadratic import gromov_wasserstein
from ott.tools import sinkhorn_divergence, soft_sort

made_by = {p: meta.version(p) for p in ("ott-jax", "jax", "jaxlib", "lineax", "numpy")}
out = {"made_by": made_by, "problems": {}}
P = out["problems"]

TIGHT = dict(rtol=1e-12, atol=1e-14, max_steps=20000)
IMPLICIT = implicit_differentiation.ImplicitDiff(solver_kwargs=TIGHT)


def solver(threshold=1e-14, its=20000, **kw):
    kw.setdefault("implicit_diff", IMPLICIT)
    return sinkhorn.Sinkhorn(threshold=threshold, max_iterations=its, inner_iterations=1, **kw)


def solve(geom, a, b, tau_a=1.0, tau_b=1.0, **kw):
    return solver(**kw)(linear_problem.LinearProblem(geom, jnp.asarray(a), jnp.asarray(b), tau_a=tau_a, tau_b=tau_b))


def balanced(o):
    f, g = np.asarray(o.f), np.asarray(o.g)
    return {"f": f - f.mean(), "g": g + f.mean(), "reg_ot_cost": o.reg_ot_cost, "primal_cost": o.primal_cost,
            "dual_cost": o.dual_cost, "errors_below": 1e-14}


# (a) balanced Sinkhorn
x, y, a, b = points(8, 11, 2)
for eps in (0.5, 0.1, 0.05, 0.01):
    o = solve(pointcloud.PointCloud(x, y, epsilon=eps), a, b)
    P[f"balanced_k8_11_2_eps_{eps}"] = {"eps": eps, "cost": "sum_k (x_k - y_k)^2", **balanced(o)}
X, Y, A, B = points(20, 15, 3)
NORM = "c = <x,y> / (|x| |y| + 1e-8)"
for name, formula, fn in (
    ("sqeuclidean", "sum_k (x_k - y_k)^2", costs.SqEuclidean()),
    ("euclidean", "sqrt(sum_k (x_k - y_k)^2)", costs.EuclideanP(1.0)),
    ("pnormp_1.5", "(1/1.5) sum_k |x_k - y_k|^1.5", costs.PNormP(1.5)),
    ("cosine", "1 - c, " + NORM, costs.Cosine()),
    ("arccos_0", "-log(1 - theta/pi + 1e-8), theta = arccos(c), " + NORM, costs.Arccos(0)),
    ("arccos_1", "-log(|x||y| (sin theta + (pi - theta) cos theta) / pi + 1e-8), theta = arccos(c), " + NORM, costs.Arccos(1)),
    ("negdot", "-<x,y>", costs.NegDotProduct()),
):
    geom = pointcloud.PointCloud(X, Y, cost_fn=fn, epsilon=0.1)
    C = np.asarray(geom.cost_matrix)
    P[f"balanced_k20_15_3_{name}"] = {"eps": 0.1, "cost": formula, "cost_00": C[0, 0], "cost_mean": C.mean(), **balanced(solve(geom, A, B))}
unit = lambda z: z / np.linalg.norm(z, axis=1, keepdims=True)
C = np.arccos(unit(X) @ unit(Y).T / (1 + 1e-4))
P["balanced_k20_15_3_angle"] = {"eps": 0.1, "cost": "arccos(<x,y> / (|x| |y| (1 + 1e-4)))", "cost_00": C[0, 0], "cost_mean": C.mean(),
                                **balanced(solve(geometry.Geometry(cost_matrix=jnp.asarray(C), epsilon=0.1), A, B))}

# (b) implicit gradients of L = sum_i (cos i - mean) f_i
for n, m, d in ((8, 11, 2), (27, 13, 4)):
    xs, ys, aa, bb = (jnp.asarray(v) for v in points(n, m, d))
    eps = 0.05 * float(np.mean(sq(np.asarray(xs), np.asarray(ys))))
    w = jnp.asarray(centred_cos(n))
    loss = lambda xs, ys, aa, bb: w @ solve(pointcloud.PointCloud(xs, ys, epsilon=eps), aa, bb, its=100000).f
    v, (gx, gy, ga, gb) = jax.value_and_grad(loss, (0, 1, 2, 3))(xs, ys, aa, bb)
    P[f"implicit_k{n}_{m}_{d}"] = {
        "eps": eps, "loss": "sum_i w_i f_i, w_i = cos(i) - mean cos; f absolute; eps = 0.05 mean C, held fixed", "value": v,
        "dx": gx.ravel(), "dy": gy.ravel(), "da_minus_mean": ga - ga.mean(), "db_minus_mean": gb - gb.mean(),
        "linear_solver": "lineax NormalCG, rtol 1e-12"}

# (c) unbalanced: the counting-measure problem is what the iterations solve
a5 = 1.5 * a
w8 = jnp.asarray(centred_cos(8))
for ta, tb in ((0.9, 0.9), (0.5, 0.5), (1.0, 0.8), (0.9, 1.0)):
    geom = pointcloud.PointCloud(x, y, epsilon=0.1)
    o = solve(geom, a5, b, ta, tb)
    Q = np.asarray(o.matrix)
    rec = {"eps": 0.1, "tau_a": ta, "tau_b": tb, "a_times": 1.5, "f": o.f, "g": o.g, "mass": Q.sum(), "row_sums": Q.sum(1), "column_sums": Q.sum(0),
           "primal_cost": np.sum(Q * sq(x, y)),
           "note": "P1 = a exp(-f/rho_a), rho = eps tau/(1-tau): entropy against the counting measure. reg_ot_cost is left out: it mixes two reference measures."}
    loss = lambda xs: w8 @ solve(pointcloud.PointCloud(xs, y, epsilon=0.1), a5, b, ta, tb).f
    rec["loss_w_f"], gx = jax.value_and_grad(loss)(jnp.asarray(x))
    rec["d_loss_dx"] = gx.ravel()
    P[f"unbalanced_counting_{ta}_{tb}"] = rec

# (d) Sinkhorn divergence
kw = dict(threshold=1e-14, max_iterations=20000, inner_iterations=1)
div, o = sinkhorn_divergence.sinkdiv(jnp.asarray(x), jnp.asarray(y), epsilon=0.1, a=jnp.asarray(a), b=jnp.asarray(b), solve_kwargs=kw)
xx = solve(pointcloud.PointCloud(x, x, epsilon=0.1), a, a)
yy = solve(pointcloud.PointCloud(y, y, epsilon=0.1), b, b)
xy = solve(pointcloud.PointCloud(x, y, epsilon=0.1), a, b)
gx = jax.grad(lambda xs: sinkhorn_divergence.sinkdiv(xs, jnp.asarray(y), epsilon=0.1, a=jnp.asarray(a), b=jnp.asarray(b), solve_kwargs=kw)[0])(jnp.asarray(x))
P["divergence_k8_11_2"] = {"eps": 0.1, "value": div, "xy": xy.reg_ot_cost, "xx": xx.reg_ot_cost, "yy": yy.reg_ot_cost, "dx": gx.ravel(),
                           "formula": "xy - (xx + yy)/2, each <P,C> + eps KL(P | product of the weights)"}

# (e) entropic map. to_dual_potentials() of ott-jax 0.6.0 weighs the sum by b although its g holds eps log b already, so for unequal
# weights its map is not the barycentric projection of its own plan. Equal weights: both agree.
for eps in (0.1, 0.05):
    new = jnp.asarray([[0.25, 0.75], [1.5, -0.5]])
    ua, ub = np.full(8, 1 / 8), np.full(11, 1 / 11)
    o = solve(pointcloud.PointCloud(x, y, epsilon=eps), ua, ub)
    T = o.to_dual_potentials()
    P[f"entropic_map_equal_weights_eps_{eps}"] = {
        "eps": eps, "x": T.transport(jnp.asarray(x)), "y": T.transport(jnp.asarray(y), forward=False), "new_points": new,
        "new_points_forward": T.transport(new), "new_points_backward": T.transport(new, forward=False)}
    o = solve(pointcloud.PointCloud(x, y, epsilon=eps), a, b)
    Q = np.asarray(o.matrix)
    W = np.exp((np.asarray(o.g)[None] - sq(np.asarray(new), y)) / eps)
    V = np.exp((np.asarray(o.f)[None] - sq(np.asarray(new), x)) / eps)
    P[f"entropic_map_eps_{eps}"] = {
        "eps": eps, "formula": "x_i -> sum_j P_ij y_j / sum_j P_ij with ott's plan; a new x: weights exp((g_j - |x-y_j|^2)/eps), g absolute",
        "x": Q @ y / Q.sum(1)[:, None], "y": Q.T @ x / Q.sum(0)[:, None], "new_points": new,
        "new_points_forward": W @ y / W.sum(1)[:, None], "new_points_backward": V @ x / V.sum(1)[:, None]}

# (f) soft sort, ranks, quantile, top-k
v = jnp.asarray([0.3, -1.2, 2.5, 0.9, 0.31, -0.4, 1.7, 5.0, -3.0, 0.0])
tight = dict(threshold=1e-13, max_iterations=100000, inner_iterations=1)
ident = lambda z: z
unit_interval = lambda z: (z + 3.0) / 8.0
P["soft_sort"] = {
    "input": v,
    "note": "plan of balanced OT from squashed inputs z (weights 1/n) to linspace(0,1,m) (weights b), cost (z-t)^2, epsilon as said. "
            "sort_j = (1/b_j) sum_i P_ij input_i; rank_i = n sum_j P_ij j (n-1)/(m-1), j from 0. "
            "default squash: sigmoid((input - mean)/(population std + 1e-10)); affine squash: (input+3)/8. "
            "topk_mask: b = (1-k/n, k/n), ranks/(n-1). sort topk: b = ((n-k)/n, 1/n ... 1/n), first output dropped. "
            "quantile: targets linspace(0,1,2Q+1) with weights w at odd places, the fillers between get the gaps of q less w (less w/2 at both ends), "
            "w = min(1/(2Q), gaps/2, 0.02, 1.5/n) by default",
    "sort_eps_0.01": soft_sort.sort(v, epsilon=0.01, **tight),
    "sort_eps_0.001": soft_sort.sort(v, epsilon=0.001, **tight),
    "sort_eps_0.01_affine": soft_sort.sort(v, epsilon=0.01, squashing_fun=unit_interval, **tight),
    "sort_eps_0.01_5_targets": soft_sort.sort(v, epsilon=0.01, num_targets=5, **tight),
    "sort_eps_0.01_topk_3": soft_sort.sort(v, epsilon=0.01, topk=3, **tight),
    "ranks_eps_0.01": soft_sort.ranks(v, epsilon=0.01, **tight),
    "ranks_eps_0.001": soft_sort.ranks(v, epsilon=0.001, **tight),
    "ranks_eps_0.01_5_targets": soft_sort.ranks(v, epsilon=0.01, num_targets=5, **tight),
    "topk_mask_3_eps_0.01": soft_sort.topk_mask(v, k=3, epsilon=0.01, **tight),
    "topk_mask_3_eps_0.001": soft_sort.topk_mask(v, k=3, epsilon=0.001, **tight),
    "quantile_0.2_0.5_0.8_eps_0.01": soft_sort.quantile(v, q=jnp.asarray([0.2, 0.5, 0.8]), epsilon=0.01, **tight),
    "quantile_0.5_weight_0.05_eps_0.01": soft_sort.quantile(v, q=jnp.asarray([0.5]), weight=0.05, epsilon=0.01, **tight),
}
lin = jnp.linspace(0.0, 1.0, 100)
P["soft_quantile_linspace"] = {"input": "linspace(0,1,100)", "q": [0.2, 0.9], "eps": 1e-3,
                               "value": soft_sort.quantile(lin, q=jnp.asarray([0.2, 0.9]), epsilon=1e-3, **tight)}

# (g) entropic (fused) Gromov-Wasserstein
x, y, a, b = points(10, 8, 2)
C1, C2, CF = sq(x, x), sq(y, y), sq(x, y)
dense = lambda C: geometry.Geometry(cost_matrix=jnp.asarray(C))
prod = np.outer(a, b)
L0 = (C1**2 @ a)[:, None] + (C2**2 @ b)[None] - 2 * C1 @ prod @ C2
for fused in (0.0, 1.0):
    for rel in (0.5, 0.05):
        eps = rel * float(L0.mean())
        prob = quadratic_problem.QuadraticProblem(dense(C1), dense(C2), dense(CF) if fused else None, fused_penalty=fused or 1.0,
                                                  a=jnp.asarray(a), b=jnp.asarray(b))
        gw = gromov_wasserstein.GromovWasserstein(solver(threshold=1e-13, its=50000), epsilon=eps, threshold=1e-15, min_iterations=300, max_iterations=2000)
        o = gw(prob)
        Q = np.asarray(o.matrix)
        P[f"{'fused_' if fused else ''}gw_k10_8_2_rel_{rel}"] = {
            "eps": eps, "eps_over_mean_L0": rel, "fused_penalty": fused, "mean_L0": L0.mean(),
            "iteration": "P <- sinkhorn(a, b, L(P) + fused_penalty C, eps) from P = a b^T, L(P)_ij = sum_kl (C1_ik - C2_jl)^2 P_kl (no factor 2)",
            "C1": "|x_i-x_k|^2", "C2": "|y_j-y_l|^2", "C": "|x_i-y_j|^2", "plan": Q, "gw_cost": gw_cost(C1, C2, Q), "linear_cost": np.sum(CF * Q),
            "ott_primal_cost": o.primal_cost, "ott_reg_gw_cost": o.reg_gw_cost, "outer_iterations": int(np.sum(np.asarray(o.costs) != -1)),
            "row_error": np.abs(Q.sum(1) - a).sum(), "column_error": np.abs(Q.sum(0) - b).sum()}

# (h) low-rank Sinkhorn: a level to reach, no more
x, y, a, b = points(60, 50, 2)
o = sinkhorn_lr.LRSinkhorn(rank=5, threshold=1e-9, max_iterations=20000)(
    linear_problem.LinearProblem(pointcloud.PointCloud(x, y), jnp.asarray(a), jnp.asarray(b)))
P["low_rank_k60_50_2"] = {"rank": 5, "eps": 0.0, "primal_cost": o.primal_cost, "converged": bool(o.converged), "note": "local optimum from a random start; a reference level only"}

# (i) free-support barycentre
x, y, _, _ = points(8, 8, 2)
z = np.stack([frac(np.arange(8), 11), frac(np.arange(8), 13)], 1) - 0.4
start = np.stack([np.cos(np.arange(5)), np.sin(np.arange(5))], 1)
b3 = np.stack([0.1 + frac(np.arange(8), p) for p in (17, 19, 23)])
b3 /= b3.sum(1, keepdims=True)
weights = np.array([0.5, 0.3, 0.2])
clouds = jnp.asarray(np.stack([x, y, z]))
prob = barycenter_problem.FreeBarycenterProblem(clouds, jnp.asarray(b3), jnp.asarray(weights), epsilon=0.1)
bar = continuous_barycenter.FreeWassersteinBarycenter(solver(threshold=1e-13), threshold=1e-15, min_iterations=1500, max_iterations=2000)(
    prob, bar_size=5, x_init=jnp.asarray(start))
c = np.asarray(bar.costs)
c = c[c != -1]
P["free_support_barycentre"] = {
    "eps": 0.1, "weights": weights, "start": start, "x": bar.x, "costs_first": c[:3], "cost_last": c[-1], "iterations": len(c),
    "clouds": "x, y of K(8,8,2); z_k = (frac(k,11), frac(k,13)) - 0.4", "cloud_weights": "0.1 + frac(k, 17 | 19 | 23), normalised",
    "note": "5 support points of weight 1/5, entropic plans, x <- sum_s weight_s (barycentric projection on cloud s); costs are sum_s weight_s (KL value)"}

# (j) Hessian of the value
x, y, a, b = points(5, 6, 2)
vec = jnp.asarray(np.sin(1.0 + np.arange(10)).reshape(5, 2))


def value(xs):
    return solve(pointcloud.PointCloud(xs, y, epsilon=0.1), a, b, implicit_diff=None, use_danskin=False, its=600, threshold=-1.0, min_iterations=600).reg_ot_cost


def gradient(xs):
    o = solve(pointcloud.PointCloud(xs, y, epsilon=0.1), a, b)
    Q = o.matrix
    return 2 * (Q.sum(1)[:, None] * xs - Q @ y)


hv = jax.vjp(gradient, jnp.asarray(x))[1](vec)[0]
# ott-jax asks np.isclose(rtol, atol=1e-8) of two costs, hence the many forced iterations above.
P["hessian_k5_6_2"] = {"eps": 0.1, "v": "sin(1+k), row-major", "value": value(jnp.asarray(x)), "gradient": gradient(jnp.asarray(x)).ravel(), "Hv": hv.ravel(), "vHv": jnp.sum(vec * hv)}

# (k) grid geometry
xs = (jnp.asarray([0.0, 0.3, 0.7, 1.1, 1.6]), jnp.asarray([0.0, 0.5, 0.9, 1.5]))
a = 0.1 + frac(np.arange(20), 2)
b = 0.1 + frac(np.arange(20), 3)
a, b = a / a.sum(), b / b.sum()
o = solve(grid.Grid(x=xs, epsilon=0.2), a, b)
pts = np.stack([np.repeat(np.asarray(xs[0]), 4), np.tile(np.asarray(xs[1]), 5)], 1)
Q = np.exp((np.asarray(o.f)[:, None] + np.asarray(o.g)[None] - sq(pts, pts)) / 0.2)
f = np.asarray(o.f)
P["grid"] = {"eps": 0.2, "reg_ot_cost": o.reg_ot_cost, "primal_cost": np.sum(Q * sq(pts, pts)), "f": f - f.mean(), "g": np.asarray(o.g) + f.mean()}

write(pathlib.Path(__file__).with_name("ott.json"), out)
