"""Runs the contenders of a case in turns and judges what they found."""

from __future__ import annotations

import dataclasses
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from cases import Case, problems
from contender import CONTENDERS, Answer
from environment import say
from measure import distance, marginal_error, rounding_floor

PAUSE = 0.03  # seconds between turns: threads that spin for work have gone to sleep by then
SLOW, VERY_SLOW = 3.0, 20.0  # seconds a call, from which on fewer repeats are taken
MEMORY_KINDS = ("envelope", "implicit")
SLACK = 1.1  # of a threshold
OUT_OF_TIME = 0.3  # of the limit: whoever missed the threshold later than that was cut off


@dataclasses.dataclass
class Plan:
    """How a run is done."""

    repeats: int
    threads: int
    seed: int
    limit: float
    ops: str
    memory: bool


@dataclasses.dataclass
class Row:
    """One contender in one case."""

    case: Case
    contender: str
    dtype: str
    family: str
    seconds: float | None = None  # median; None: failed or not there
    forward_seconds: float | None = None
    repeats: int = 0
    first_seconds: float | None = None  # the first call, with whatever it compiles
    iterations: float | None = None
    error: float | None = None  # measured in float64
    claimed_error: float | None = None
    value: float | None = None
    gradient_distance: float | None = None  # to Brenier's, relative
    value_distance: float | None = None
    peak_bytes: int | None = None
    state: str = "ok"  # ok, missed (cut off before the threshold: the time is a lower bound), failed
    note: str = ""

    @property
    def label(self) -> str:
        return self.contender + (" f64" if self.dtype == "float64" else "")


class Worker:
    """A process with one contender."""

    def __init__(self, contender: str, dtype: str, plan: Plan) -> None:
        self.contender, self.dtype = contender, dtype
        script = Path(__file__).with_name("worker.py")
        options = {"contender": contender, "dtype": dtype, "threads": plan.threads, "ops": plan.ops, "seed": plan.seed}
        flags = [word for key, value in options.items() for word in (f"--{key}", str(value))]
        threads = {name: str(plan.threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
        self.errors = tempfile.TemporaryFile(mode="w+")
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": self.errors, "text": True}
        self.process = subprocess.Popen([sys.executable, str(script), *flags], env=os.environ | threads, **pipes)
        self.alive = True

    def ready(self) -> bool:
        """Waits until the imports are done."""
        return bool(self.reply().get("ready"))

    def reply(self) -> dict[str, Any]:
        line = self.process.stdout.readline()
        if line:
            return json.loads(line)
        self.alive = False
        return {"ok": False, "unsupported": False, "why": f"the process ended: {self.last_words()}"}

    def last_words(self) -> str:
        self.process.wait()
        self.errors.seek(0)
        lines = self.errors.read().strip().splitlines()
        return lines[-1][:300] if lines else f"exit status {self.process.returncode}"

    def tell(self, order: str, **details: Any) -> dict[str, Any]:
        if not self.alive:
            return {"ok": False, "unsupported": False, "why": "the process ended before"}
        try:
            self.process.stdin.write(json.dumps({"do": order} | details) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass
        return self.reply()

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


class Coordinator:
    def __init__(self, contenders: list[tuple[str, str]], plan: Plan) -> None:
        self.plan = plan
        self.workers = []
        self.versions: dict[str, str] = {}
        self.folder = tempfile.TemporaryDirectory()
        for worker in [Worker(name, dtype, plan) for name, dtype in contenders]:  # all start at once
            if worker.ready():
                self.workers.append(worker)
                self.versions |= worker.tell("versions").get("versions", {})
            else:
                say(f"{worker.contender} {worker.dtype} is left out: {worker.last_words()}")

    def close(self) -> None:
        for worker in self.workers:
            worker.close()
        self.folder.cleanup()

    def run(self, case: Case) -> list[Row]:
        """One row a contender that has this case."""
        active = [(worker, row) for worker, row in map(lambda one: self.prepare(one, case), self.workers) if row]
        self.take_turns([(worker, row) for worker, row in active if row.state == "ok"])
        self.judge(case, active)
        for worker, _ in active:
            worker.tell("release")
        return [row for _, row in active]

    def prepare(self, worker: Worker, case: Case) -> tuple[Worker, Row | None]:
        row = Row(case, worker.contender, worker.dtype, CONTENDERS[worker.contender][2])
        reply = worker.tell("prepare", case=dataclasses.asdict(case), limit=self.plan.limit)
        if reply.get("unsupported"):
            return worker, None
        row.first_seconds = reply.get("first_seconds")
        row.note = reply.get("note", "")
        self.note_failure(row, reply)
        return worker, row

    @staticmethod
    def note_failure(row: Row, reply: dict[str, Any]) -> bool:
        if not reply["ok"]:
            row.state, row.note = "failed", reply["why"]
        return not reply["ok"]

    def wanted(self, seconds: list[float]) -> int:
        """Repeats for a contender, from the calls seen so far."""
        quickest = min(seconds, default=0.0)
        if quickest > VERY_SLOW:
            return 1
        return min(3, self.plan.repeats) if quickest > SLOW else self.plan.repeats

    def take_turns(self, active: list[tuple[Worker, Row]]) -> None:
        """A B C, A B C, ...: a disturbance of the machine hits all alike."""
        times: dict[str, list[float]] = {row.label: [] for _, row in active}
        forward: dict[str, list[float]] = {row.label: [] for _, row in active}
        for _ in range(self.plan.repeats):
            for worker, row in active:
                if row.state != "ok" or len(times[row.label]) >= self.wanted(times[row.label]):
                    continue
                time.sleep(PAUSE)
                reply = worker.tell("run")
                if self.note_failure(row, reply):
                    continue
                times[row.label].append(reply["seconds"])
                forward[row.label] += [reply["forward_seconds"]] if "forward_seconds" in reply else []
        for _, row in active:
            if row.state == "ok":
                row.seconds, row.repeats = statistics.median(times[row.label]), len(times[row.label])
                row.forward_seconds = statistics.median(forward[row.label]) if forward[row.label] else None

    def judge(self, case: Case, active: list[tuple[Worker, Row]]) -> None:
        given = problems(case, self.plan.seed)
        reference = None
        for worker, row in active:
            if row.state != "ok":
                continue
            answer = self.read(worker, row, case)
            if answer is None:
                continue
            if row.contender == "brenier" and reference is None:
                reference = answer
            row.error = marginal_error(case, given, answer)
            self.set_state(row, answer, rounding_floor(given, answer, row.dtype))
            if reference:
                row.gradient_distance = distance(answer.gradient, reference.gradient)
                row.value_distance = distance(answer.value, reference.value)
            if self.plan.memory and case.kind in MEMORY_KINDS:
                row.peak_bytes = worker.tell("memory").get("peak_bytes")

    def read(self, worker: Worker, row: Row, case: Case) -> Answer | None:
        path = str(Path(self.folder.name) / "answer.npz")
        reply = worker.tell("read", path=path)
        if self.note_failure(row, reply):
            return None
        for name in ("value", "iterations", "claimed_error"):
            setattr(row, name, reply[name])
        with np.load(path) as arrays:
            sides = {}
            for side in ("f", "g"):
                found = [arrays[f"{side}{k}"] for k in range(len(arrays.files)) if f"{side}{k}" in arrays]
                sides[side] = found or None
            gradient = arrays["gradient"] if "gradient" in arrays else None
        return Answer(**sides, gradient=gradient, value=row.value)

    def set_state(self, row: Row, answer: Answer, floor: float) -> None:
        """A fixed count must give a plan. A threshold must be met, up to what rounding the answer makes of it."""
        if answer.gradient is not None and not np.isfinite(answer.gradient).all():
            row.state, row.note = "failed", "gradient not finite"
        elif row.value is not None and not np.isfinite(row.value):
            row.state, row.note = "failed", "value not finite"
        elif row.iterations is not None and row.iterations < row.case.iterations:
            row.state, row.note = "failed", f"stopped after {row.iterations:g} of {row.case.iterations} iterations"
        elif row.error is None:
            return
        elif not np.isfinite(row.error) or row.error > 2:
            row.state, row.note = "failed", "the plan is not finite or its marginals are off"
        elif row.case.threshold and self.misses(row, floor):
            out_of_time = row.seconds > OUT_OF_TIME * self.plan.limit
            row.state, row.note = ("missed", "out of time") if out_of_time else ("failed", "ended above the threshold")

    @staticmethod
    def misses(row: Row, floor: float) -> bool:
        claimed = row.claimed_error or 0.0
        return row.error > SLACK * row.case.threshold + floor or claimed > SLACK * row.case.threshold
