"""The inputs that every script in this folder uses, and the JSON writer. numpy only; nothing to run here.

K(n, m, d): frac(k, p) is the fractional part of (k+1) sqrt(p); x_ik = frac(i, prime_k), y_jk = frac(j, prime_{k+d}) + 0.3,
a_i ~ 0.1 + frac(i, 23), b_j ~ 0.1 + frac(j, 29), both normalised; indices and primes (2, 3, 5, ...) count from 0.
"""
import numpy as np

PRIMES = (2, 3, 5, 7, 11, 13, 17, 19)


def frac(k, p):
    return np.modf((np.asarray(k, dtype=np.float64) + 1) * np.sqrt(float(p)))[0]


def points(n, m, d):
    x = np.stack([frac(np.arange(n), PRIMES[k]) for k in range(d)], 1)
    y = np.stack([frac(np.arange(m), PRIMES[k + d]) for k in range(d)], 1) + 0.3
    a = 0.1 + frac(np.arange(n), 23)
    b = 0.1 + frac(np.arange(m), 29)
    return x, y, a / a.sum(), b / b.sum()


def sq(x, y):
    return ((x[:, None, :] - y[None, :, :]) ** 2).sum(-1)


def centred_cos(n):
    w = np.cos(np.arange(n))
    return w - w.mean()


def gw_cost(C1, C2, P):
    """sum_ijkl (C1_ik - C2_jl)^2 P_ij P_kl, without any assumption on P's marginals."""
    p, q = P.sum(1), P.sum(0)
    return p @ C1**2 @ p + q @ C2**2 @ q - 2 * np.sum((C1 @ P @ C2.T) * P)


def _text(v, depth):
    if isinstance(v, dict):
        if depth >= 2:
            return "{" + ", ".join(f'"{k}": {_text(w, depth + 1)}' for k, w in v.items()) + "}"
        pad = " " * (depth + 1)
        return "{\n" + ",\n".join(f'{pad}"{k}": {_text(w, depth + 1)}' for k, w in v.items()) + "\n" + " " * depth + "}"
    if isinstance(v, str):
        return '"' + v + '"'
    if isinstance(v, (bool, np.bool_)):
        return "true" if v else "false"
    if isinstance(v, (int, np.integer)):
        return str(int(v))
    if isinstance(v, (list, tuple)) or np.ndim(v) > 0:
        return "[" + ", ".join(_text(w, depth + 1) for w in v) + "]"
    v = float(v)
    if not np.isfinite(v):
        return '"inf"' if v > 0 else '"-inf"' if v < 0 else '"nan"'
    return f"{v:.17g}" if "." in f"{v:.17g}" or "e" in f"{v:.17g}" else f"{v:.17g}.0"


def write(path, content):
    """Floats carry 17 significant digits; an infinite one is the string "inf"."""
    path.write_text(_text(content, 0) + "\n", encoding="ascii")
