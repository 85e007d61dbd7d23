"""What is measured: the cases, their points and their names. Needs numpy only; every process makes the same points."""

from __future__ import annotations

import dataclasses

import numpy as np

KINDS = ("fixed", "converge", "envelope", "implicit", "batch", "unbalanced", "divergence")
SIZES = (64, 256, 1024, 4096, 10000)
DIMENSIONS = (1, 2, 32, 50)
EPSILONS = (0.1, 0.05, 0.01)
THRESHOLDS = (1e-3, 1e-6)
BATCH_PROBLEMS = 64
BATCH_SIZES = (16, 128)
TAU = 0.9


@dataclasses.dataclass(frozen=True)
class Case:
    """One line of the table. epsilon is in units of the mean cost; threshold 0: exactly `iterations` iterations."""

    kind: str
    n: int
    d: int
    epsilon: float
    threshold: float = 0.0
    iterations: int = 0
    tau: float = 1.0

    @property
    def name(self) -> str:
        stop = f"to {self.threshold:.0e}" if self.threshold else f"{self.iterations} iterations"
        size = f"{BATCH_PROBLEMS} ragged" if self.kind == "batch" else f"n={self.n}"
        return f"{self.kind} {size} d={self.d} eps={self.epsilon:g} {stop}"


@dataclasses.dataclass(frozen=True)
class Problem:
    """Points x [n, d], y [m, d] in float32, uniform weights, epsilon absolute."""

    x: np.ndarray
    y: np.ndarray
    epsilon: float


def fixed_count(n: int) -> int:
    return 20 if n >= 10000 else 100


def clouds(seed: int, n: int, m: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    """Two Gaussian clouds: the second is shifted and narrower."""
    random = np.random.default_rng([seed, n, m, d])
    x = random.standard_normal((n, d))
    y = 0.5 + 0.8 * random.standard_normal((m, d))
    return x.astype(np.float32), y.astype(np.float32)


def mean_cost(x: np.ndarray, y: np.ndarray) -> float:
    """Mean squared distance of all pairs, in float64 and without the matrix."""
    x, y = x.astype(np.float64), y.astype(np.float64)
    return float((x * x).sum(1).mean() + (y * y).sum(1).mean() - 2 * x.mean(0) @ y.mean(0))


def batch_shapes(seed: int) -> list[tuple[int, int]]:
    random = np.random.default_rng([seed, BATCH_PROBLEMS])
    low, high = BATCH_SIZES
    return [tuple(int(k) for k in random.integers(low, high + 1, 2)) for _ in range(BATCH_PROBLEMS)]


def problems(case: Case, seed: int) -> list[Problem]:
    """The problem of a case, or the 64 of a batch, which share one epsilon."""
    shapes = batch_shapes(seed) if case.kind == "batch" else [(case.n, case.n)]
    points = [clouds(seed + k, n, m, case.d) for k, (n, m) in enumerate(shapes)]
    epsilon = case.epsilon * float(np.mean([mean_cost(x, y) for x, y in points]))
    return [Problem(x, y, epsilon) for x, y in points]


def rho(case: Case, epsilon: float) -> float:
    """Strength of the KL penalty on a marginal; infinite when balanced."""
    return epsilon * case.tau / (1 - case.tau) if case.tau < 1 else float("inf")


def dot_weights(n: int) -> np.ndarray:
    """The w of the loss sum(w f): mean zero, so that the constant of f does not matter."""
    w = np.cos(np.arange(n))
    return (w - w.mean()).astype(np.float32)


def grid(kinds: list[str], sizes: list[int], dimensions: list[int], epsilons: list[float]) -> list[Case]:
    """All cases, small ones first. Batches have their own sizes."""
    cases = []
    for kind in kinds:
        for n in [0] if kind == "batch" else sizes:
            for d in dimensions:
                for epsilon in epsilons:
                    cases += variants(kind, n, d, epsilon)
    return cases


def variants(kind: str, n: int, d: int, epsilon: float) -> list[Case]:
    count = fixed_count(n)
    if kind == "fixed":
        return [Case(kind, n, d, epsilon, iterations=count)]
    if kind == "converge":
        return [Case(kind, n, d, epsilon, threshold=threshold) for threshold in THRESHOLDS]
    if kind == "batch":
        return [Case(kind, n, d, epsilon, iterations=100), Case(kind, n, d, epsilon, threshold=1e-3)]
    if kind == "unbalanced":
        stops = ({"iterations": count}, {"threshold": 1e-3})
        return [Case(kind, n, d, epsilon, tau=TAU, **stop) for stop in stops]
    return [Case(kind, n, d, epsilon, threshold=1e-3)]
