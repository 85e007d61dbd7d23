"""POT on its torch backend: log-domain, kernel and stabilised Sinkhorn; loops and ot.batch for many problems."""

from __future__ import annotations

from typing import Any

import numpy as np
import ot
import ot.batch
import torch

import contender as contenders
from cases import Case, Problem, rho
from contender import Answer, Prepared, Unsupported
from measure import marginal_error
from torch_points import as_numpy, padded, squared_distances, tensors, unpadded

METHODS = {"log": "sinkhorn_log", "kernel": "sinkhorn", "stabilized": "sinkhorn_stabilized"}
UNBALANCED = {"kernel": "sinkhorn", "stabilized": "sinkhorn_stabilized"}
NEVER = -1.0  # a threshold that no error meets


class Pot:
    def __init__(self, variant: str, dtype: str) -> None:
        self.variant = variant
        self.dtype = getattr(torch, dtype)

    def versions(self) -> dict[str, str]:
        return {"POT": ot.__version__, "torch": torch.__version__}

    def prepare(self, case: Case, problems: list[Problem], limit: float) -> Prepared:
        if case.kind == "batch":
            return self.many(case, problems)
        if self.variant == "batch":
            raise Unsupported("only for batches")
        if case.kind == "envelope":
            return self.envelope(case, problems[0], limit)
        if case.kind in ("implicit", "divergence"):
            raise Unsupported("POT has no " + {"implicit": "implicit gradient of f"}.get(case.kind, "divergence of V"))
        if case.kind == "unbalanced" and self.variant not in UNBALANCED:
            raise Unsupported("no log-domain unbalanced Sinkhorn")
        return self.solve(case, problems[0], limit)

    def solve(self, case: Case, problem: Problem, limit: float) -> Prepared:
        solve = Solve(self.variant, case, problem, *tensors(problem, self.dtype))
        return Prepared(solve.run, solve.read, settle=(lambda: solve.settle(limit)) if case.threshold else None)

    def envelope(self, case: Case, problem: Problem, limit: float) -> Prepared:
        if self.variant != "log":
            raise Unsupported("ot.solve works in the log domain")
        x, y = tensors(problem, self.dtype)
        solve = Solve(self.variant, case, problem, x, y)

        def forward() -> Any:
            leaf = x.detach().requires_grad_()
            cost = ot.dist(leaf, y)
            options = {"reg": problem.epsilon, "reg_type": "KL", "grad": "envelope", "max_iter": solve.count}
            return leaf, ot.solve(cost, tol=solve.threshold, **options)

        def run() -> Any:
            leaf, result = forward()
            return torch.autograd.grad(result.value, leaf)[0], result

        def read(raw: Any) -> Answer:
            gradient, result = raw
            f, g = (as_numpy(part) * problem.epsilon for part in result.potentials)
            return Answer([f], [g], float(result.value), as_numpy(gradient))

        return Prepared(run, read, forward, lambda: solve.settle(limit))

    def many(self, case: Case, problems: list[Problem]) -> Prepared:
        if self.variant == "batch":
            return self.padded_batch(case, problems)
        parts = [self.solve(case, problem, 1.0) for problem in problems]

        def settle() -> None:
            for part in parts:
                part.settle()

        def read(raw: Any) -> Answer:
            answers = [part.read(one) for part, one in zip(parts, raw)]
            mean = float(np.mean([answer.iterations for answer in answers]))
            return Answer([a.f[0] for a in answers], [a.g[0] for a in answers], iterations=mean)

        return Prepared(lambda: [part.run() for part in parts], read, settle=settle if case.threshold else None)

    def padded_batch(self, case: Case, problems: list[Problem]) -> Prepared:
        """ot.batch has equal sizes: padded with points of weight 0. Its threshold is an L2 norm."""
        x, y, a, b = padded(problems, self.dtype)
        epsilon = problems[0].epsilon
        count = case.iterations or 2000
        threshold = 1.25 * case.threshold / max(len(p.x) for p in problems) ** 0.5 if case.threshold else NEVER

        def run() -> Any:
            kernel = squared_distances(x, y) / -epsilon
            return ot.batch.bregman_log_projection_batch(kernel, a, b, max_iter=count, tol=threshold)

        def settle() -> None:
            nonlocal threshold
            for _ in range(4):
                error = marginal_error(case, problems, read(run()))
                if not case.threshold < error < float("inf"):
                    return
                threshold *= 0.8 * case.threshold / error

        def read(raw: Any) -> Answer:
            f, g = (part * epsilon for part in raw["potentials"])
            sizes = [len(p.x) for p in problems], [len(p.y) for p in problems]
            return Answer(unpadded(f, sizes[0]), unpadded(g, sizes[1]), iterations=raw["n_iters"] + 1)

        return Prepared(run, read, settle=settle if case.threshold else None)


class Solve:
    """One problem by one of POT's functions."""

    def __init__(self, variant: str, case: Case, problem: Problem, x: torch.Tensor, y: torch.Tensor) -> None:
        self.variant, self.case, self.problem = variant, case, problem
        self.x, self.y = x, y
        self.count, self.threshold = case.iterations, NEVER

    def run(self) -> tuple:
        """log u, log v, iterations."""
        cost = squared_distances(self.x, self.y)
        a = cost.new_full((cost.shape[0],), 1 / cost.shape[0])
        b = cost.new_full((cost.shape[1],), 1 / cost.shape[1])
        settings = {"numItermax": self.count, "stopThr": self.threshold, "log": True}
        if self.case.tau < 1:
            return self.unbalanced(a, b, cost, settings)
        method = METHODS[self.variant]
        _, log = ot.bregman.sinkhorn(a, b, cost, self.problem.epsilon, method=method, warn=False, **settings)
        if self.variant == "log":
            return log["log_u"], log["log_v"], log["niter"] + 1
        if self.variant == "stabilized":
            return log["logu"], log["logv"], log["n_iter"] + 1
        return torch.log(log["u"]), torch.log(log["v"]), log["niter"] + 1

    def unbalanced(self, a: torch.Tensor, b: torch.Tensor, cost: torch.Tensor, settings: dict) -> tuple:
        method, strength = UNBALANCED[self.variant], rho(self.case, self.problem.epsilon)
        options = settings | {"method": method, "reg_type": "entropy"}
        _, log = ot.unbalanced.sinkhorn_unbalanced(a, b, cost, self.problem.epsilon, strength, **options)
        per_error = 1 if method == "sinkhorn" else 10  # the stabilised one notes every tenth
        return log["logu"], log["logv"], min(self.count, per_error * len(log["err"]))

    def settle(self, limit: float) -> None:
        """POT stops by another error than L1 of the marginals: finds its threshold that meets ours."""
        self.count = 10
        self.count = contenders.fitting_count(self.run, 10, limit)
        wanted = self.case.threshold
        self.threshold = wanted if self.case.tau < 1 else 1.25 * wanted / len(self.y) ** 0.5
        for _ in range(4):
            raw = self.run()
            error = marginal_error(self.case, [self.problem], self.read(raw))
            if not wanted < error < float("inf") or raw[2] >= self.count:  # met, failed or out of time
                return
            self.threshold *= 0.8 * wanted / error

    def read(self, raw: tuple) -> Answer:
        log_u, log_v, done = raw
        epsilon = self.problem.epsilon
        return Answer([as_numpy(log_u) * epsilon], [as_numpy(log_v) * epsilon], iterations=done)


def make(variant: str, dtype: str, threads: int, ops: str) -> contenders.Contender:
    torch.set_num_threads(threads)
    return Pot(variant, dtype)
