"""Checks answers in float64, independently of who gave them."""

from __future__ import annotations

import numpy as np

from cases import Case, Problem, mean_cost, rho
from contender import Answer

ROWS = 512  # of the plan at a time


def marginals(problem: Problem, f: np.ndarray, g: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Row and column sums of P = exp((f + g - C) / epsilon)."""
    x, y = problem.x.astype(np.float64), problem.y.astype(np.float64)
    f, g = f.astype(np.float64), g.astype(np.float64)
    squares = (y * y).sum(1)
    rows, columns = np.empty(len(x)), np.zeros(len(y))
    with np.errstate(all="ignore"):
        for first in range(0, len(x), ROWS):
            part = slice(first, first + ROWS)
            cost = (x[part] ** 2).sum(1)[:, None] + squares - 2 * x[part] @ y.T
            plan = np.exp((f[part, None] + g - cost) / problem.epsilon)
            rows[part] = plan.sum(1)
            columns += plan.sum(0)
    return rows, columns


def side_error(sums: np.ndarray, weight: float, potential: np.ndarray, strength: float) -> float:
    """L1 distance from what the marginal should be, relative to the mass. Unbalanced: weight exp(-f / rho)."""
    with np.errstate(all="ignore"):
        wanted = weight * np.exp(-potential.astype(np.float64) / strength) if np.isfinite(strength) else weight
        wanted = np.broadcast_to(wanted, sums.shape)
        return float(np.abs(sums - wanted).sum() / wanted.sum())


def marginal_error(case: Case, problems: list[Problem], answer: Answer) -> float | None:
    """The larger error of both sides, and of all problems of a batch. None: no potentials; inf: not finite."""
    if answer.f is None or answer.g is None:
        return None
    worst = 0.0
    for problem, f, g in zip(problems, answer.f, answer.g):
        strength = rho(case, problem.epsilon)
        rows, columns = marginals(problem, f, g)
        for error in (side_error(rows, 1 / len(f), f, strength), side_error(columns, 1 / len(g), g, strength)):
            worst = max(worst, error) if np.isfinite(error) else float("inf")
    return worst


def rounding_floor(problems: list[Problem], answer: Answer, dtype: str) -> float:
    """L1 error that rounding the potentials and the cost to `dtype` makes by itself, about."""
    typical = 2.0**-25 if dtype == "float32" else 2.0**-54
    if not answer.f or not answer.g:
        return 0.0
    with np.errstate(all="ignore"):
        potentials = max(np.abs(f).mean() + np.abs(g).mean() for f, g in zip(answer.f, answer.g))
        floor = typical * (potentials + max(mean_cost(p.x, p.y) for p in problems)) / problems[0].epsilon
    return float(floor) if np.isfinite(floor) else 0.0


def distance(found: np.ndarray | None, reference: np.ndarray | None) -> float | None:
    """Relative distance of two gradients or values."""
    if found is None or reference is None:
        return None
    with np.errstate(all="ignore"):
        far = np.linalg.norm(np.subtract(found, reference, dtype=np.float64))
        return float(far / np.linalg.norm(np.asarray(reference, dtype=np.float64)))
