"""Timing by turns: every contender is a process that answers one line of its input with one JSON object a call.

A worker calls `serve`, or is a program that does the same: {"seconds": .., ...} a line. `take_turns` asks all of them
one after the other (A B C, A B C, ...), so that a disturbance of the machine hits all alike.
"""

from __future__ import annotations

import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

INSIDE = "BRENIER_PEERS_INSIDE"
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")


def threads_environment(threads: int) -> dict[str, str]:
    return os.environ | {name: str(threads) for name in THREADS}


def serve(call: Callable[[], Any], describe: Callable[[Any], dict[str, float]]) -> None:
    """A worker's life: `call` is timed, `describe` says what else is told of its result."""
    for _ in sys.stdin:
        start = time.perf_counter()
        result = call()
        seconds = time.perf_counter() - start
        print(json.dumps({"seconds": seconds, **describe(result)}), flush=True)


class Served:
    """A contender in a process of its own."""

    def __init__(self, name: str, command: Iterable[object], threads: int, quiet: bool = False) -> None:
        self.name = name
        self.first = float("nan")  # seconds of the first call, with what it compiles
        self.counted: list[dict[str, Any]] = []  # answers of the turns that count
        self.answer: dict[str, Any] = {}  # the last
        self.process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if quiet else None,
            text=True,
            env=threads_environment(threads),
        )

    def turn(self, counted: bool) -> None:
        try:
            self.process.stdin.write("go\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise SystemExit(f"peers: {self.name} ended with exit code {self.process.wait()}")
        first = not self.answer
        self.answer = json.loads(line)
        seconds = float(self.answer["seconds"])
        if first:
            self.first = seconds
        if counted:
            self.counted.append(self.answer)

    @property
    def seconds(self) -> list[float]:
        return [float(answer["seconds"]) for answer in self.counted]

    def median(self, key: str = "seconds") -> float:
        return statistics.median(float(answer[key]) for answer in self.counted)

    def close(self) -> None:
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        self.process.wait()


def take_turns(contenders: list[Served], repeats: int, warm: int, pause: float) -> None:
    """`warm` turns that are not counted, then `repeats`; `pause` seconds before each, in which waiting threads go to
    sleep. All processes have ended when this returns."""
    try:
        for turn in range(warm + repeats):
            for contender in contenders:
                time.sleep(pause)
                contender.turn(counted=turn >= warm)
    finally:
        for contender in contenders:
            contender.close()


def need(binary: Path) -> None:
    if not binary.exists():
        raise SystemExit(f"peers: {binary} is not there; build it as the first lines of this script say")


def ensure_torch(script: Path, venv: Path) -> None:
    """Returns where this Python has torch; otherwise starts the script again with that of the virtual environment."""
    if importlib.util.find_spec("torch") is not None or os.environ.get(INSIDE) is not None:
        return
    from environment import ensure

    python = ensure(venv.absolute(), script.parent / "requirements.txt")
    os.execve(python, [str(python), str(script), *sys.argv[1:]], os.environ | {INSIDE: "1"})
