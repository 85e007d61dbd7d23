#!/usr/bin/env python3
"""Times a training step of the sVAE+ beside the same step in eager PyTorch.

    python3 bench/peers/svae.py                    # 100 genes, 2 x 128, and 2000 genes, 1 x 128; batch 128, 2 threads
    python3 bench/peers/svae.py --threads 1 --repeats 301

The eager step is ours (harness/svae_step.py), from the equations of the paper. Needs build/release/svae_step:
    cmake --preset release -DBRENIER_BENCH=ON && cmake --build build/release --target svae_step
Runs with the Python that has torch, or makes the virtual environment of ot.py (--venv). The contenders are processes
of their own and take turns, one step a turn; the table has medians. "Processor" is the time that all threads together
were given, which other work on the machine lengthens less.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[0] = str(HERE / "harness")

from served import Served, ensure_torch, need, take_turns  # noqa: E402

WARM, PAUSE = 20, 0.005  # turns that are not counted; seconds between turns, in which waiting threads go to sleep
SIZES = {  # genes, hidden widths, mean count: the simulation, and a data set of single cells
    "100 genes, 2 x 128": (100, [128, 128], 40.0),
    "2000 genes, 1 x 128": (2000, [128], 0.5),
}


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--latents", type=int, default=15)
    parser.add_argument("--actions", type=int, default=80)
    parser.add_argument("--cells", type=int, default=18000, help="training cells in all, a weight in the loss")
    parser.add_argument("--repeats", type=int, default=101)
    parser.add_argument("--binary", type=Path, default=ROOT / "build" / "release" / "svae_step")
    parser.add_argument("--venv", type=Path, default=ROOT / "build" / "peers")
    parser.add_argument("--worker", choices=SIZES, help=argparse.SUPPRESS)
    return parser.parse_args()


def work(arguments: argparse.Namespace) -> None:
    """One step a line of stdin, one JSON object a step."""
    import torch

    from svae_step import SvaeStep

    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    genes, hidden, level = SIZES[arguments.worker]
    step = SvaeStep(genes, arguments.latents, hidden, arguments.actions, arguments.cells, gamma=100.0)
    rates = torch.distributions.Gamma(1.0, 1.0 / level)
    batches = [
        (torch.poisson(rates.sample((arguments.batch, genes))), torch.randint(arguments.actions, (arguments.batch,)))
        for _ in range(8)
    ]
    for turn, _ in enumerate(sys.stdin):
        start, processor = time.perf_counter(), time.process_time()
        reconstruction, kl = step(*batches[turn % len(batches)])
        seconds, processor = time.perf_counter() - start, time.process_time() - processor
        losses = {"reconstruction": reconstruction, "kl": kl}
        print(json.dumps({"seconds": seconds, "processor": processor, "losses": losses}), flush=True)


def measure_size(arguments: argparse.Namespace, size: str) -> None:
    genes, hidden, level = SIZES[size]
    names = ("threads", "batch", "latents", "actions", "cells")
    shared = [word for name in names for word in (f"--{name}", str(getattr(arguments, name)))]
    ours = [str(arguments.binary), *shared, "--genes", str(genes), "--hidden", ",".join(map(str, hidden))]
    theirs = [sys.executable, str(HERE / "svae.py"), *shared, "--worker", size]
    contenders = [
        Served("Brenier", [*ours, "--level", str(level), "--serve"], arguments.threads),
        Served("PyTorch, eager", theirs, arguments.threads),
    ]
    take_turns(contenders, arguments.repeats, WARM, PAUSE)
    best, least = contenders[0].median(), contenders[0].median("processor")
    for contender in contenders:
        median, busy = contender.median(), contender.median("processor")
        print(
            f"| {size} | {contender.name} | {1e3 * median:.2f} | {1e3 * min(contender.seconds):.2f} "
            f"| {median / best:.1f} | {1e3 * busy:.2f} | {busy / least:.1f} | {arguments.batch / median:.0f} |",
            flush=True,
        )


def main() -> None:
    arguments = parse()
    if arguments.worker:
        work(arguments)
        return
    ensure_torch(HERE / "svae.py", arguments.venv)
    need(arguments.binary)
    print(
        f"Training steps, batch {arguments.batch}, {arguments.threads} threads, load {os.getloadavg()[0]:.1f}, medians "
        f"of {arguments.repeats}, float32.\n\n"
        "| size | step | ms | fastest ms | times ours | processor ms | times ours | cells/s |\n"
        "|---|---|---|---|---|---|---|---|"
    )
    for size in SIZES:
        measure_size(arguments, size)


if __name__ == "__main__":
    main()
