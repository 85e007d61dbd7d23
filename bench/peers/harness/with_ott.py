"""OTT-JAX: Sinkhorn in the log domain, on points without the matrix (online), and in the kernel domain; all jitted.

Implicit gradients use OTT's default, lineax. In float32 and at small epsilon it may end in NaN, with a ridge too."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np

import contender as contenders
from cases import Case, Problem, dot_weights
from contender import Answer, Prepared, Unsupported

ONLINE_ROWS = 1024


class Ott:
    def __init__(self, variant: str, dtype: str) -> None:
        import jax
        import ott

        jax.config.update("jax_enable_x64", dtype == "float64")
        self.variant = variant
        self.dtype = dtype
        self.names = {"ott-jax": ott.__version__, "jax": jax.__version__}

    def versions(self) -> dict[str, str]:
        return self.names

    def prepare(self, case: Case, problems: list[Problem], limit: float) -> Prepared:
        if case.kind == "batch":
            return self.batch(case, problems, limit)
        if case.kind == "divergence":
            return self.divergence(case, problems[0], limit)
        if case.kind in ("envelope", "implicit"):
            return self.gradient(case, problems[0], limit)
        return self.solve(case, problems[0], limit)

    def points(self, problem: Problem) -> tuple[Any, Any]:
        import jax.numpy as jnp

        return jnp.asarray(problem.x, self.dtype), jnp.asarray(problem.y, self.dtype)

    def output(self, case: Case, epsilon: float, count: int) -> Callable[..., Any]:
        """The solve as a function of x, y and, in a batch, weights."""
        from ott.geometry import pointcloud
        from ott.problems.linear import linear_problem
        from ott.solvers.linear import sinkhorn

        # A fixed count checks the error once, at its end.
        stop = {"threshold": case.threshold} if case.threshold else {"min_iterations": count, "inner_iterations": count}
        solver = sinkhorn.Sinkhorn(lse_mode=self.variant != "kernel", max_iterations=count, **stop)
        rows = ONLINE_ROWS if self.variant == "online" else None

        def solved(x: Any, y: Any, a: Any = None, b: Any = None) -> Any:
            geometry = pointcloud.PointCloud(x, y, epsilon=epsilon, batch_size=rows)
            return solver(linear_problem.LinearProblem(geometry, a=a, b=b, tau_a=case.tau, tau_b=case.tau))

        return solved

    def largest_count(self, case: Case, problem: Problem, limit: float) -> int:
        """Iterations that fit into the limit, found with a short fixed run."""
        import jax

        if not case.threshold:
            return case.iterations
        probe = Case("fixed", case.n, case.d, case.epsilon, iterations=10, tau=case.tau)
        function = jax.jit(lambda x, y: self.output(probe, problem.epsilon, 10)(x, y).f)
        x, y = self.points(problem)
        return contenders.fitting_count(lambda: function(x, y).block_until_ready(), 10, limit)

    def solve(self, case: Case, problem: Problem, limit: float) -> Prepared:
        import jax

        output = self.output(case, problem.epsilon, self.largest_count(case, problem, limit))

        @jax.jit
        def function(x: Any, y: Any) -> Any:
            out = output(x, y)
            return out.f, out.g, out.n_iters, out.errors

        x, y = self.points(problem)
        return Prepared(lambda: jax.block_until_ready(function(x, y)), read_solved)

    def gradient(self, case: Case, problem: Problem, limit: float) -> Prepared:
        import jax

        output = self.output(case, problem.epsilon, self.largest_count(case, problem, limit))
        w = dot_weights(case.n)

        def loss(x: Any, y: Any) -> Any:
            out = output(x, y)
            value = out.reg_ot_cost if case.kind == "envelope" else (w * out.f).sum()
            return value, (out.f, out.g, out.n_iters, out.errors)

        both = jax.jit(jax.value_and_grad(loss, has_aux=True))
        forward = jax.jit(loss)
        x, y = self.points(problem)

        def read(raw: Any) -> Answer:
            (value, solved), gradient = raw
            answer = read_solved(solved)
            answer.value = float(value)
            answer.gradient = np.asarray(gradient, np.float64)
            return answer

        return Prepared(
            lambda: jax.block_until_ready(both(x, y)), read, lambda: jax.block_until_ready(forward(x, y))
        )

    def batch(self, case: Case, problems: list[Problem], limit: float) -> Prepared:
        """vmap over problems padded with points of weight 0."""
        import jax

        if self.variant == "online":
            raise Unsupported("small problems")
        output = self.output(case, problems[0].epsilon, case.iterations or 2000)

        def one(x: Any, y: Any, a: Any, b: Any) -> Any:
            out = output(x, y, a, b)
            return out.f, out.g, out.n_iters, out.errors

        function = jax.jit(jax.vmap(one))
        x, a = padded([p.x for p in problems], self.dtype)
        y, b = padded([p.y for p in problems], self.dtype)

        def read(raw: Any) -> Answer:
            f, g, iterations, _ = (np.asarray(part, np.float64) for part in raw)
            f = [row[: len(p.x)] for row, p in zip(f, problems)]
            g = [row[: len(p.y)] for row, p in zip(g, problems)]
            return Answer(f, g, iterations=float(iterations.mean()))

        return Prepared(lambda: jax.block_until_ready(function(x, y, a, b)), read)

    def divergence(self, case: Case, problem: Problem, limit: float) -> Prepared:
        import jax
        from ott.geometry import pointcloud
        from ott.tools import sinkhorn_divergence

        if self.variant != "lse":
            raise Unsupported("the divergence is measured in the log domain")
        count = self.largest_count(case, problem, limit)
        settings = {"threshold": case.threshold, "max_iterations": count}

        @jax.jit
        def function(x: Any, y: Any) -> Any:
            value, out = sinkhorn_divergence.sinkhorn_divergence(
                pointcloud.PointCloud, x, y, epsilon=problem.epsilon, solve_kwargs=settings
            )
            return value, out.n_iters

        x, y = self.points(problem)

        def read(raw: Any) -> Answer:
            return Answer(value=float(raw[0]), iterations=float(np.sum(raw[1])))

        return Prepared(lambda: jax.block_until_ready(function(x, y)), read)


def padded(points: list[np.ndarray], dtype: str) -> tuple[Any, Any]:
    import jax.numpy as jnp

    longest = max(len(one) for one in points)
    filled = np.zeros((len(points), longest, points[0].shape[1]), dtype)
    weights = np.zeros((len(points), longest), dtype)
    for k, one in enumerate(points):
        filled[k, : len(one)] = one
        weights[k, : len(one)] = 1 / len(one)
    return jnp.asarray(filled), jnp.asarray(weights)


def read_solved(raw: Any) -> Answer:
    f, g, iterations, errors = (np.asarray(part, np.float64) for part in raw)
    checked = errors[errors != -1]  # -1: not measured
    claimed = float(checked.ravel()[-1]) if checked.size else None
    return Answer([f], [g], iterations=float(iterations), claimed_error=claimed)


def make(variant: str, dtype: str, threads: int, ops: str) -> contenders.Contender:
    # XLA reads this when it starts. Its pool has a thread for each core that worker.py leaves to the process.
    flags = f"--xla_cpu_multi_thread_eigen={'true' if threads > 1 else 'false'} intra_op_parallelism_threads={threads}"
    os.environ["XLA_FLAGS"] = flags
    os.environ["JAX_PLATFORMS"] = "cpu"
    return Ott(variant, dtype)
