"""GeomLoss, backend "tensorized". It anneals by a factor `scaling` and stops when epsilon is reached, without a test:
a case with a threshold takes the quickest `scaling` that meets it, a fixed count the one with so many steps.

Its cost is |x - y|^2 / 2 and its potentials leave the weights out; both are translated here."""

from __future__ import annotations

import math
import time
from typing import Any

import torch
from geomloss import SamplesLoss
from geomloss import __version__ as version

import contender as contenders
from cases import Case, Problem
from contender import Answer, Prepared, Unsupported
from measure import marginal_error
from torch_points import as_numpy, padded, tensors, unpadded

SCALINGS = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999)


class GeomLoss:
    def __init__(self, dtype: str) -> None:
        self.dtype = getattr(torch, dtype)

    def versions(self) -> dict[str, str]:
        return {"geomloss": version, "torch": torch.__version__}

    def prepare(self, case: Case, problems: list[Problem], limit: float) -> Prepared:
        if case.tau < 1 or case.kind == "implicit":
            raise Unsupported("GeomLoss solves another unbalanced problem" if case.tau < 1 else "no gradient of f")
        if case.kind == "batch":
            x, y, a, b = padded(problems, self.dtype)
            solve = Solve(case, problems, a, x, b, y)
        else:
            x, y = tensors(problems[0], self.dtype)
            solve = Solve(case, problems, x.new_full((len(x),), 1 / len(x)), x, y.new_full((len(y),), 1 / len(y)), y)
        settle = (lambda: solve.settle(limit)) if case.threshold else None
        if case.kind == "divergence":
            return Prepared(lambda: solve.loss(True)[1], solve.read_value, settle=settle)
        if case.kind == "envelope":
            return Prepared(solve.gradient, solve.read_gradient, lambda: solve.loss(False), settle)
        return Prepared(solve.potentials, solve.read, settle=settle)


class Solve:
    def __init__(self, case: Case, problems: list[Problem], *sides: torch.Tensor) -> None:
        self.case, self.problems = case, problems
        self.a, self.x, self.b, self.y = sides
        self.epsilon = problems[0].epsilon
        self.blur = math.sqrt(self.epsilon / 2)
        self.steepest = math.log(self.diameter() / self.blur)
        self.scaling = math.exp(-self.steepest / max(1, case.iterations - 2)) if case.iterations else 0.5

    def diameter(self) -> float:
        """GeomLoss's own estimate, which its schedule starts from."""
        both = torch.cat([self.x.reshape(-1, self.x.shape[-1]), self.y.reshape(-1, self.y.shape[-1])])
        return float((both.max(0)[0] - both.min(0)[0]).norm())

    def steps(self) -> int:
        return 2 + math.ceil(self.steepest / -math.log(self.scaling) - 1e-9)

    def solver(self, debias: bool, potentials: bool) -> SamplesLoss:
        options = {"debias": debias, "potentials": potentials, "backend": "tensorized"}
        return SamplesLoss("sinkhorn", p=2, blur=self.blur, scaling=self.scaling, **options)

    def potentials(self) -> Any:
        with torch.no_grad():
            return self.solver(False, True)(self.a, self.x, self.b, self.y)

    def loss(self, debias: bool) -> tuple[torch.Tensor, torch.Tensor]:
        leaf = self.x.detach().requires_grad_(not debias)
        return leaf, 2 * self.solver(debias, False)(self.a, leaf, self.b, self.y)

    def gradient(self) -> Any:
        leaf, value = self.loss(False)
        return torch.autograd.grad(value, leaf)[0], value

    def settle(self, limit: float) -> None:
        seconds_a_step = 0.0
        for scaling in SCALINGS:
            before, self.scaling = self.scaling, scaling
            if seconds_a_step * self.steps() > limit:
                self.scaling = before
                return
            start = time.perf_counter()
            self.potentials()
            seconds_a_step = (time.perf_counter() - start) / self.steps()
            if not marginal_error(self.case, self.problems, self.read(self.potentials())) > self.case.threshold:
                return

    def read(self, raw: Any) -> Answer:
        f, g = (part.reshape(len(self.problems), -1) for part in raw)
        sizes = [len(p.x) for p in self.problems], [len(p.y) for p in self.problems]
        f = [2 * one - self.epsilon * math.log(len(one)) for one in unpadded(f, sizes[0])]
        g = [2 * one - self.epsilon * math.log(len(one)) for one in unpadded(g, sizes[1])]
        return Answer(f, g, iterations=self.steps())

    def read_value(self, raw: torch.Tensor) -> Answer:
        return Answer(value=float(raw), iterations=self.steps())

    def read_gradient(self, raw: Any) -> Answer:
        answer = self.read(self.potentials())
        answer.gradient, answer.value = as_numpy(raw[0]), float(raw[1])
        return answer


def make(variant: str, dtype: str, threads: int, ops: str) -> contenders.Contender:
    torch.set_num_threads(threads)
    return GeomLoss(dtype)
