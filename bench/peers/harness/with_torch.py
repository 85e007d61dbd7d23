"""What a user writes by hand in torch: a log-sum-exp loop, and a matrix-vector loop on the kernel."""

from __future__ import annotations

import math
from typing import Any

import torch

import contender as contenders
from cases import Case, Problem, rho
from contender import Answer, Prepared, Unsupported
from torch_points import as_numpy, squared_distances, tensors

CHECK_EVERY = 10  # as the libraries do


class TorchLoop:
    def __init__(self, variant: str, dtype: str) -> None:
        self.variant = variant
        self.dtype = getattr(torch, dtype)

    def versions(self) -> dict[str, str]:
        return {"torch": torch.__version__}

    def prepare(self, case: Case, problems: list[Problem], limit: float) -> Prepared:
        if case.kind not in ("fixed", "converge", "unbalanced", "envelope"):
            raise Unsupported("no loop by hand for this case")
        x, y = tensors(problems[0], self.dtype)
        epsilon = problems[0].epsilon
        power = 1 / (1 + epsilon / rho(case, epsilon)) if case.tau < 1 else 1.0
        loop = log_loop if self.variant == "lse" else kernel_loop
        count = case.iterations

        def forward() -> Any:
            with torch.no_grad():
                return loop(squared_distances(x, y) / -epsilon, power, count, case.threshold)

        def settle() -> None:
            nonlocal count
            count = 10
            count = contenders.fitting_count(forward, 10, limit)

        def gradient() -> Any:
            log_u, log_v, done, error = forward()
            with torch.no_grad():
                plan = torch.exp(squared_distances(x, y) / -epsilon + log_u[:, None] + log_v)
                moved = 2 * (plan.sum(1, keepdim=True) * x - plan @ y)
            return log_u, log_v, done, error, moved

        def read(raw: Any) -> Answer:
            log_u, log_v, done, error = raw[:4]
            f, g = as_numpy(log_u) * epsilon, as_numpy(log_v) * epsilon
            grad = as_numpy(raw[4]) if len(raw) > 4 else None
            return Answer([f], [g], gradient=grad, iterations=done, claimed_error=error)

        chosen = settle if case.threshold else None
        if case.kind == "envelope":
            return Prepared(gradient, read, forward, chosen)
        return Prepared(forward, read, settle=chosen)


def log_loop(scaled: torch.Tensor, power: float, count: int, threshold: float) -> tuple:
    """`scaled` is -C / epsilon. Ends with the update of the rows, so the columns carry the error."""
    n, m = scaled.shape
    log_a, log_b = -math.log(n), -math.log(m)
    log_u, log_v = scaled.new_zeros(n), scaled.new_zeros(m)
    error = None
    for done in range(1, count + 1):
        sums = torch.logsumexp(scaled + log_u[:, None], 0)
        if threshold and done % CHECK_EVERY == 1 and done > 1:
            error = column_error(log_v, sums, log_b, power)
            if error <= threshold:
                return log_u, log_v, done - 1, error
        log_v = power * (log_b - sums)
        log_u = power * (log_a - torch.logsumexp(scaled + log_v, 1))
    return log_u, log_v, count, error


def column_error(log_v: torch.Tensor, sums: torch.Tensor, log_b: float, power: float) -> float:
    """L1 error of the columns relative to what they should be; unbalanced: b exp(-g / rho)."""
    wanted = torch.exp(log_b - log_v * (1 / power - 1))
    return float((torch.exp(log_v + sums) - wanted).abs().sum() / wanted.sum())


def kernel_loop(scaled: torch.Tensor, power: float, count: int, threshold: float) -> tuple:
    kernel = scaled.exp_()
    n, m = kernel.shape
    u, v = kernel.new_ones(n), kernel.new_ones(m)
    error = None
    for done in range(1, count + 1):
        sums = kernel.T @ u
        if threshold and done % CHECK_EVERY == 1 and done > 1:
            error = column_error(v.log(), sums.log(), -math.log(m), power)
            if error <= threshold or math.isnan(error):
                return u.log(), v.log(), done - 1, error
        v = (1 / m / sums) ** power if power != 1 else (1 / m) / sums
        rows = kernel @ v
        u = (1 / n / rows) ** power if power != 1 else (1 / n) / rows
    return u.log(), v.log(), count, error


def make(variant: str, dtype: str, threads: int, ops: str) -> contenders.Contender:
    torch.set_num_threads(threads)
    return TorchLoop(variant, dtype)
