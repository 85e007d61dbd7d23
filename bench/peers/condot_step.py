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
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[0] = str(HERE / "harness")

from served import Served, ensure_torch, need, serve, take_turns, threads_environment  # noqa: E402

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
    serve(step, lambda losses: {"map": losses[0], "potential": losses[1]})


def sizes(arguments: argparse.Namespace) -> list[str]:
    names = ("threads", "d", "batch", "contexts", "inner")
    return [word for name in names for word in (f"--{name}", str(getattr(arguments, name)))]


def measure(arguments: argparse.Namespace) -> None:
    need(arguments.binary)
    ours = [str(arguments.binary), *sizes(arguments), "--hidden", ",".join(map(str, arguments.hidden))]
    contenders = [Served("brenier", [*ours, "--serve"], arguments.threads)]
    hidden = ["--hidden", *map(str, arguments.hidden)]
    for name in PEERS:
        command = [sys.executable, str(HERE / "condot_step.py"), *sizes(arguments), *hidden, "--worker", name]
        contenders.append(Served(name, command, arguments.threads))
    load = os.getloadavg()[0]
    take_turns(contenders, arguments.repeats, WARM, PAUSE)
    print(f"Outer step: {arguments.inner} updates of g, one of f. Load {load:.1f}, medians of {arguments.repeats}.\n")
    print("| step | ms | fastest ms | times ours |\n|---|---|---|---|")
    best = contenders[0].median()
    for contender in contenders:
        median = contender.median()
        name = PEERS.get(contender.name, "Brenier: CondOT's step")
        print(f"| {name} | {1e3 * median:.2f} | {1e3 * min(contender.seconds):.2f} | {median / best:.2f} |")
    print("\nOurs alone, against the floor of the arithmetic:\n", flush=True)
    subprocess.run([*ours, "--repeats", "31"], check=True, env=threads_environment(arguments.threads))


def main() -> None:
    arguments = parse()
    if arguments.worker:
        work(arguments)
        return
    ensure_torch(HERE / "condot_step.py", arguments.venv)
    measure(arguments)


if __name__ == "__main__":
    main()
