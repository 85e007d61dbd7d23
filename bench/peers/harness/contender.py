"""What a contender offers, and the list of them."""

from __future__ import annotations

import dataclasses
import importlib
import time
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from cases import Case, Problem

Arrays = list[np.ndarray]


@dataclasses.dataclass
class Answer:
    """What one call found, in numpy; whatever is not there stays None."""

    f: Arrays | None = None  # absolute potentials: P = exp((f + g - C) / epsilon)
    g: Arrays | None = None
    value: float | None = None
    gradient: np.ndarray | None = None  # in x
    iterations: float | None = None
    claimed_error: float | None = None  # the marginal error that the contender itself reports


@dataclasses.dataclass
class Prepared:
    """A case ready to be run. `run` starts from the points and returns when the work is done."""

    run: Callable[[], Any]
    read: Callable[[Any], Answer]  # not timed
    forward: Callable[[], Any] | None = None  # the same without the gradient
    settle: Callable[[], None] | None = None  # called once before the timing, to choose settings
    note: str = ""


class Unsupported(Exception):
    """The contender has nothing for this case."""


class Contender(Protocol):
    def versions(self) -> dict[str, str]: ...

    def prepare(self, case: Case, problems: list[Problem], limit: float) -> Prepared:
        """`limit`: seconds that one call may take; iterative solvers choose their largest count by it."""


# name: module, variant, family. A library's log-domain solvers are "log", kernel-domain ones "kernel"; "loop" is a
# plain log-domain loop that no library stands behind.
CONTENDERS = {
    "brenier": ("with_brenier", "", "ours"),
    "ott_lse": ("with_ott", "lse", "log"),
    "ott_online": ("with_ott", "online", "log"),
    "ott_kernel": ("with_ott", "kernel", "kernel"),
    "pot_log": ("with_pot", "log", "log"),
    "pot_kernel": ("with_pot", "kernel", "kernel"),
    "pot_stabilized": ("with_pot", "stabilized", "kernel"),
    "pot_batch": ("with_pot", "batch", "log"),
    "geomloss": ("with_geomloss", "", "log"),
    "torch_lse": ("with_torch", "lse", "loop"),
    "torch_kernel": ("with_torch", "kernel", "kernel"),
}


def load(name: str, dtype: str, threads: int, ops: str) -> Contender:
    module, variant, _ = CONTENDERS[name]
    return importlib.import_module(module).make(variant, dtype, threads, ops)


def fitting_count(call: Callable[[], Any], iterations: int, limit: float, largest: int = 100000) -> int:
    """Iterations that fit into `limit` when `call` does so many of them; a multiple of 10."""
    seconds = []
    call()  # may compile
    for _ in range(3):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    fitting = limit * iterations / max(min(seconds), 1e-6)
    return int(max(10, min(largest, fitting) // 10 * 10))
