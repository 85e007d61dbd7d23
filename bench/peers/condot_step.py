#!/usr/bin/env python3
"""Times one outer step of CondOT's training (10 updates of g, one of f) beside CellOT's and CondOT's original steps.

    python3 bench/peers/condot_step.py                    # d 50, 4 x 64, batch 256, 9 contexts, 2 threads
    python3 bench/peers/condot_step.py --threads 1 --repeats 31

The originals are re-implementations of ours (harness/dual_steps.py). Needs build/release/condot_step:
    cmake --preset release -DBRENIER_BENCH=ON && cmake --build build/release --target condot_step
Runs with the Python that has torch, or makes the virtual environment of ot.py (--venv). The contenders are processes
of their own and take turns, one outer step a turn; the table has medians.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[0] = str(HERE / "harness")

INSIDE = "BRENIER_PEERS_INSIDE"
WARM, PAUSE = 5, 0.05  # turns that are not counted; seconds between turns, in which waiting threads go to sleep
PEERS = {
    "cellot": "CellOT's step (re-implemented)",
    "condot": "CondOT's step (re-implemented), context path as wide as the hidden layers",
    "condot_narrow": "the same, context path 32 wide as ours",
}


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--d", type=int, default=50, help="width of a cell")
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--contexts", type=int, default=9)
    parser.add_argument("--inner", type=int, default=10, help="updates of g")
    parser.add_argument("--hidden", type=int, nargs="+", default=[64, 64, 64, 64])
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--binary", type=Path, default=ROOT / "build" / "release" / "condot_step")
    parser.add_argument("--venv", type=Path, default=ROOT / "build" / "peers")
    parser.add_argument("--worker", choices=PEERS, help=argparse.SUPPRESS)
    return parser.parse_args()


def work(arguments: argparse.Namespace) -> None:
    """One step a line of stdin, one JSON object a step."""
    import torch

    from dual_steps import OuterStep

    torch.set_num_threads(arguments.threads)
    step = OuterStep(
        arguments.worker, arguments.d, arguments.batch, arguments.contexts, arguments.inner, arguments.hidden
    )
    for _ in sys.stdin:
        start = time.perf_counter()
        map_loss, potential_loss = step()
        seconds = time.perf_counter() - start
        print(json.dumps({"seconds": seconds, "map": map_loss, "potential": potential_loss}), flush=True)


class Contender:
    def __init__(self, name: str, command: list[str], threads: int) -> None:
        self.name = name
        self.seconds: list[float] = []
        environment = os.environ | {"OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)}
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def turn(self) -> float:
        self.process.stdin.write("step\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"peers: {self.name} ended with exit code {self.process.wait()}")
        return float(json.loads(line)["seconds"])

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def sizes(arguments: argparse.Namespace) -> list[str]:
    names = ("threads", "d", "batch", "contexts", "inner")
    return [word for name in names for word in (f"--{name}", str(getattr(arguments, name)))]


def measure(arguments: argparse.Namespace) -> None:
    if not arguments.binary.exists():
        raise SystemExit(f"peers: {arguments.binary} is not there; build it as the first lines of this script say")
    ours = [str(arguments.binary), *sizes(arguments), "--hidden", ",".join(map(str, arguments.hidden))]
    contenders = [Contender("brenier", [*ours, "--serve"], arguments.threads)]
    hidden = ["--hidden", *map(str, arguments.hidden)]
    for name in PEERS:
        command = [sys.executable, str(HERE / "condot_step.py"), *sizes(arguments), *hidden, "--worker", name]
        contenders.append(Contender(name, command, arguments.threads))
    load = os.getloadavg()[0]
    try:
        for turn in range(WARM + arguments.repeats):
            for contender in contenders:
                time.sleep(PAUSE)
                seconds = contender.turn()
                if turn >= WARM:
                    contender.seconds.append(seconds)
    finally:
        for contender in contenders:
            contender.close()
    print(f"Outer step: {arguments.inner} updates of g, one of f. Load {load:.1f}, medians of {arguments.repeats}.\n")
    print("| step | ms | fastest ms | times ours |\n|---|---|---|---|")
    best = statistics.median(contenders[0].seconds)
    for contender in contenders:
        median = statistics.median(contender.seconds)
        name = PEERS.get(contender.name, "Brenier: CondOT's step")
        print(f"| {name} | {1e3 * median:.2f} | {1e3 * min(contender.seconds):.2f} | {median / best:.2f} |")
    print("\nOurs alone, against the floor of the arithmetic:\n", flush=True)
    environment = os.environ | {"OMP_NUM_THREADS": str(arguments.threads)}
    subprocess.run([*ours, "--repeats", "31"], check=True, env=environment)


def main() -> None:
    arguments = parse()
    if arguments.worker:
        work(arguments)
        return
    if importlib.util.find_spec("torch") is None and os.environ.get(INSIDE) is None:
        from environment import ensure

        python = ensure(arguments.venv.absolute(), HERE / "requirements.txt")
        os.execve(python, [str(python), str(HERE / "condot_step.py"), *sys.argv[1:]], os.environ | {INSIDE: "1"})
    measure(arguments)


if __name__ == "__main__":
    main()
