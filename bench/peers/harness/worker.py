"""One contender in one process: does what it is told by JSON lines on stdin, answers by JSON lines on stdout.

python worker.py --contender ott_lse --dtype float32 --threads 2 --ops libbrenier_ops.so --seed 0
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
import traceback
import warnings
from typing import Any

import numpy as np

import contender as contenders
from cases import Case, problems
from memory import peak_above_start

TURN, LONGEST_TURN = 0.02, 21  # seconds, calls


class Server:
    """Holds the contender and the case that is prepared."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.seed = arguments.seed
        self.contender = contenders.load(arguments.contender, arguments.dtype, arguments.threads, arguments.ops)
        self.prepared: contenders.Prepared | None = None
        self.last: Any = None

    def versions(self, _: dict) -> dict:
        return {"versions": self.contender.versions()}

    def prepare(self, order: dict) -> dict:
        """Prepares a case and calls it once. The first call compiles, so it is timed apart."""
        case = Case(**order["case"])
        self.release({})
        self.prepared = self.contender.prepare(case, problems(case, self.seed), order["limit"])
        if self.prepared.settle:
            self.prepared.settle()
        first = self.timed(self.prepared.run)
        if self.prepared.forward:
            self.timed(self.prepared.forward)
            self.last = None
        return {"first_seconds": first, "note": self.prepared.note}

    def run(self, _: dict) -> dict:
        seconds = self.turn(self.prepared.run)
        kept = self.last
        if not self.prepared.forward:
            return {"seconds": seconds}
        forward = self.turn(self.prepared.forward)
        self.last = kept
        return {"seconds": seconds, "forward_seconds": forward}

    def memory(self, _: dict) -> dict:
        self.last = None
        return {"peak_bytes": peak_above_start(self.prepared.run)}

    def read(self, order: dict) -> dict:
        """Writes the arrays of the last answer to a file and returns the numbers."""
        if self.last is None:
            self.timed(self.prepared.run)
        answer = self.prepared.read(self.last)
        arrays = {} if answer.gradient is None else {"gradient": answer.gradient}
        for name in ("f", "g"):
            for k, values in enumerate(getattr(answer, name) or []):
                arrays[f"{name}{k}"] = values
        np.savez(order["path"], **arrays)
        return {key: getattr(answer, key) for key in ("value", "iterations", "claimed_error")}

    def release(self, _: dict) -> dict:
        self.prepared = self.last = None
        return {}

    def turn(self, call: Any) -> float:
        """Median of one call, or of several when they are short: the first wakes threads and fills caches."""
        seconds = [self.timed(call)]
        while sum(seconds) < TURN and len(seconds) < LONGEST_TURN:
            seconds.append(self.timed(call))
        return statistics.median(seconds)

    def timed(self, call: Any) -> float:
        self.last = None  # its memory is free again before the call
        start = time.perf_counter()
        self.last = call()
        return time.perf_counter() - start

    def obey(self, order: dict) -> dict:
        try:
            return {"ok": True} | getattr(self, order["do"])(order)
        except contenders.Unsupported as reason:
            return {"ok": False, "unsupported": True, "why": str(reason)}
        except Exception as error:  # a peer may fail in any way; the table says how
            traceback.print_exc()
            return {"ok": False, "unsupported": False, "why": f"{type(error).__name__}: {gist(str(error))}"}


def gist(text: str) -> str:
    """The line that names an error, or the last one that is not of a call stack."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("  ")]
    named = [line for line in lines if "Error: " in line and "Traceback" not in line]
    return (named or lines[-1:] or [""])[0][:300]


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contender", required=True, choices=sorted(contenders.CONTENDERS))
    parser.add_argument("--dtype", default="float32", choices=["float32", "float64"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--ops", default="")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def main() -> None:
    # Libraries print as they like; the answers have a channel of their own.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    warnings.simplefilter("ignore")
    arguments = parse()
    # XLA makes a thread for each core that it may use.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: arguments.threads])
    server = Server(arguments)
    print(json.dumps({"ok": True, "ready": True}), file=answers)
    for line in sys.stdin:
        print(json.dumps(server.obey(json.loads(line))), file=answers)


if __name__ == "__main__":
    main()
