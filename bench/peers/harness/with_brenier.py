"""Brenier through torch.ops.brenier."""

from __future__ import annotations

from typing import Any

import torch

import contender as contenders
from cases import Case, Problem, dot_weights
from contender import Answer, Prepared, Unsupported
from torch_points import as_numpy, tensors


class Brenier:
    def __init__(self, dtype: str, ops: str) -> None:
        torch.ops.load_library(ops)
        self.dtype = getattr(torch, dtype)
        self.ops = torch.ops.brenier

    def versions(self) -> dict[str, str]:
        return {"torch": torch.__version__}

    def prepare(self, case: Case, problems: list[Problem], limit: float) -> Prepared:
        if case.kind == "batch":
            return self.batch(case, problems)
        x, y = tensors(problems[0], self.dtype)
        epsilon = problems[0].epsilon
        if case.kind == "divergence":
            return self.divergence(case, x, y, epsilon)
        if case.kind in ("envelope", "implicit"):
            return self.gradient(case, x, y, epsilon)
        options = self.options(case, "sinkhorn")
        return Prepared(lambda: self.ops.sinkhorn(x, y, None, None, epsilon, **options), read_solved)

    def options(self, case: Case, operator: str) -> dict[str, Any]:
        chosen: dict[str, Any] = {}
        if case.tau < 1:
            chosen |= {"tau_a": case.tau, "tau_b": case.tau, "reference": "counting"}
        if case.threshold:
            return chosen | {"threshold": case.threshold, "max_iterations": 1000000}
        if "fixed_iterations" not in str(getattr(self.ops, operator).number._schema):
            raise Unsupported("this libbrenier_ops has no fixed_iterations")
        return chosen | {"fixed_iterations": case.iterations}

    def batch(self, case: Case, problems: list[Problem]) -> Prepared:
        pairs = [tensors(problem, self.dtype) for problem in problems]
        x, y = [list(side) for side in zip(*pairs)]
        options = self.options(case, "sinkhorn_batch")
        epsilon = problems[0].epsilon
        return Prepared(lambda: self.ops.sinkhorn_batch(x, y, [], [], epsilon, **options), read_batch)

    def divergence(self, case: Case, x: torch.Tensor, y: torch.Tensor, epsilon: float) -> Prepared:
        def run() -> Any:
            return self.ops.sinkhorn_divergence(x, y, None, None, epsilon, threshold=case.threshold)

        def read(raw: Any) -> Answer:
            return Answer(value=float(raw[0]), claimed_error=raw[1], iterations=raw[2])

        return Prepared(run, read)

    def gradient(self, case: Case, x: torch.Tensor, y: torch.Tensor, epsilon: float) -> Prepared:
        options = self.options(case, "sinkhorn")
        w = torch.from_numpy(dot_weights(case.n)).to(self.dtype)

        def forward() -> Any:
            leaf = x.detach().requires_grad_()
            return leaf, self.ops.sinkhorn(leaf, y, None, None, epsilon, **options)

        def run() -> Any:
            leaf, solved = forward()
            loss = solved[2] if case.kind == "envelope" else (w * solved[0]).sum()
            return torch.autograd.grad(loss, leaf)[0], solved

        def read(raw: Any) -> Answer:
            answer = read_solved(raw[1])
            answer.gradient = as_numpy(raw[0])
            return answer

        return Prepared(run, read, forward)


def read_solved(raw: Any) -> Answer:
    f, g, value, error, iterations = raw
    return Answer([as_numpy(f)], [as_numpy(g)], float(value), claimed_error=error, iterations=iterations)


def read_batch(raw: Any) -> Answer:
    f, g, _, errors, iterations = raw
    return Answer(
        [as_numpy(one) for one in f],
        [as_numpy(one) for one in g],
        claimed_error=float(errors.max()),
        iterations=float(iterations.double().mean()),
    )


def make(variant: str, dtype: str, threads: int, ops: str) -> contenders.Contender:
    torch.set_num_threads(threads)
    return Brenier(dtype, ops)
