#!/usr/bin/env python3
"""Measures Brenier's transport layer beside OTT-JAX, POT, GeomLoss and plain torch loops, on the same inputs in one go.

    python3 bench/peers/ot.py                                            # everything: hours
    python3 bench/peers/ot.py --quick                                    # a few minutes
    python3 bench/peers/ot.py --cases fixed,converge --n 1024 4096 --d 2 32 --epsilon 0.1 --out peers.jsonl

Makes its own virtual environment (--venv) when it is not there. Prints a markdown table and one line with the ratios
for each case; --out adds JSON lines. README.md says what the columns mean.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
# This folder must not be searched for modules: POT's module is called `ot` too.
sys.path[0] = str(HERE / "harness")

from environment import ensure, say  # noqa: E402

INSIDE = "BRENIER_PEERS_INSIDE"
BUSY = 1.0  # running processes beside this one
DOUBLE_HELP = "who runs in float64 beside float32: nobody, Brenier, ott_lse and POT, or all"


def names(text: str) -> list[str]:
    return [word for word in text.split(",") if word]


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=names, help="fixed,converge,envelope,implicit,batch,unbalanced,divergence")
    parser.add_argument("--n", type=int, nargs="+", help="points a side")
    parser.add_argument("--d", type=int, nargs="+", help="dimensions")
    parser.add_argument("--epsilon", type=float, nargs="+", help="in units of the mean cost")
    parser.add_argument("--contenders", type=names, help="only these (comma separated)")
    parser.add_argument("--quick", action="store_true", help="n 64 1024, d 2 32, epsilon 0.1, unless said otherwise")
    parser.add_argument("--float64", choices=["none", "some", "all"], default="some", help=DOUBLE_HELP)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--limit", type=float, default=30.0, help="seconds that a call to a threshold may take")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-memory", action="store_true", help="leave out the peak memory of gradients")
    parser.add_argument("--ops", type=Path, default=ROOT / "build" / "release" / "libbrenier_ops.so")
    parser.add_argument("--venv", type=Path, default=ROOT / "build" / "peers")
    parser.add_argument("--out", type=Path, help="file for JSON lines")
    return parser.parse_args()


def enter(venv: Path) -> None:
    """Starts this script again with the environment's Python."""
    python = ensure(venv.absolute(), HERE / "requirements.txt")
    os.execve(python, [str(python), str(HERE / "ot.py"), *sys.argv[1:]], os.environ | {INSIDE: str(venv)})


def chosen_contenders(arguments: argparse.Namespace) -> list[tuple[str, str]]:
    from contender import CONTENDERS

    wanted = arguments.contenders or list(CONTENDERS)
    unknown = set(wanted) - set(CONTENDERS)
    if unknown:
        raise SystemExit(f"peers: no contender {', '.join(sorted(unknown))}; there are {', '.join(CONTENDERS)}")
    if "brenier" in wanted and not arguments.ops.exists():
        say(f"{arguments.ops} is not there: Brenier is left out")
        wanted = [name for name in wanted if name != "brenier"]
    chosen = {"none": (), "some": ("brenier", "ott_lse", "pot_"), "all": ("",)}[arguments.float64]
    double = [name for name in wanted if chosen and name.startswith(chosen)]
    return [(name, "float32") for name in wanted] + [(name, "float64") for name in double]


def chosen_cases(arguments: argparse.Namespace) -> list:
    import cases

    kinds = arguments.cases or list(cases.KINDS)
    unknown = set(kinds) - set(cases.KINDS)
    if unknown:
        raise SystemExit(f"peers: no case {', '.join(sorted(unknown))}; there are {', '.join(cases.KINDS)}")
    sizes = arguments.n or ([64, 1024] if arguments.quick else list(cases.SIZES))
    dimensions = arguments.d or ([2, 32] if arguments.quick else list(cases.DIMENSIONS))
    epsilons = arguments.epsilon or ([0.1] if arguments.quick else list(cases.EPSILONS))
    return cases.grid(kinds, sizes, dimensions, epsilons)


def machine() -> str:
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return f"{model}, {len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}"


def header(arguments: argparse.Namespace, versions: dict[str, str], load: float) -> str:
    found = ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
    settings = f"{arguments.threads} threads, medians of {arguments.repeats}, seed {arguments.seed}"
    if load > BUSY:
        say(f"the machine is busy (load {load:.1f}): the figures of a quiet one differ, those of threaded loops most")
    return f"Machine: {machine()}, load {load:.1f}. Versions: {found}. {settings}.\n"


def measure(arguments: argparse.Namespace) -> None:
    import coordinator as turns
    import table

    plan = turns.Plan(
        repeats=arguments.repeats,
        threads=arguments.threads,
        seed=arguments.seed,
        limit=arguments.limit,
        ops=str(arguments.ops.absolute()),
        memory=not arguments.no_memory,
    )
    cases = chosen_cases(arguments)
    load = os.getloadavg()[0]  # before the contenders start
    coordinator = turns.Coordinator(chosen_contenders(arguments), plan)
    verdicts = []
    try:
        print(header(arguments, coordinator.versions, load), flush=True)
        for place, case in enumerate(cases, 1):
            say(f"{place} of {len(cases)}: {case.name}")
            rows = coordinator.run(case)
            if not rows:
                continue
            print(table.markdown(case.name, rows, plan.repeats), flush=True)
            verdicts.append(table.verdict(case.name, rows))
            if arguments.out:
                with arguments.out.open("a", encoding="utf-8") as lines:
                    lines.write(table.json_lines(rows))
    finally:
        coordinator.close()
    print("## Ratios\n\n" + "\n".join(f"- {line}" for line in verdicts))


def main() -> None:
    arguments = parse()
    if os.environ.get(INSIDE) != str(arguments.venv):
        enter(arguments.venv)
    measure(arguments)


if __name__ == "__main__":
    main()
