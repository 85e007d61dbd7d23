#!/usr/bin/env python3
"""Times predictions of a model file by the C++ runtime and by Python's torch.jit, and the start of both.

    python3 bench/peers/runtime.py MODEL.pt [MODEL.pt]...            # 1 thread, 64, 1024 and 4096 cells
    python3 bench/peers/runtime.py --threads 2 --cells 4096 MODEL.pt

Needs build/release/predict_speed:
    cmake --preset release -DBRENIER_BENCH=ON && cmake --build build/release --target predict_speed
Runs with the Python that has torch, or makes the virtual environment of ot.py (--venv). README.md says what is timed.
"""

from __future__ import annotations

import argparse
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

from served import Served, ensure_torch, need, serve, take_turns, threads_environment  # noqa: E402

WARM, PAUSE = 3, 0.02  # turns that are not counted; seconds between turns, in which waiting threads go to sleep
BATCH = 512
PEERS = {"whole": "torch.jit in Python, all cells at once", "batches": f"torch.jit in Python, {BATCH} cells at a time"}


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--cells", type=int, nargs="+", default=[64, 1024, 4096])
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--binary", type=Path, default=ROOT / "build" / "release" / "predict_speed")
    parser.add_argument("--venv", type=Path, default=ROOT / "build" / "peers")
    parser.add_argument("--worker", choices=[*PEERS, "once"], help=argparse.SUPPRESS)
    return parser.parse_args()


def work(kind: str, path: Path, count: int) -> None:
    """What the C++ program does, in Python: see bench/predict_speed/predict_speed.cpp."""
    import torch

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    files = {"brenier.json": ""}
    model = torch.jit.load(str(path), _extra_files=files)
    info = json.loads(files["brenier.json"])
    genes = len(info["genes"])
    count = 8 if kind == "once" else count
    cells = (torch.arange(count * genes, dtype=torch.float64) * 0.37).sin().abs().float().reshape(count, genes)
    context = info["contexts"][0]
    dose = dict(zip(context["perturbation"], context.get("dose") or [1.0] * len(context["perturbation"])))
    actions = torch.tensor([float(dose.get(name, 0.0)) for name in info["actions"]] + [0.0] * bool(info.get("unknown_actions")))
    covariates = torch.tensor(
        [
            float(context.get("covariates", {}).get(name) == value)
            for name, values in sorted(info["covariates"].items())
            for value in values
        ]
    )

    def predict() -> torch.Tensor:
        with torch.inference_mode():
            encoded = model.encode_context(cells, actions, covariates)
            if kind != "batches":
                return model(cells, encoded)
            return torch.cat([model(part, encoded) for part in cells.split(BATCH)])

    if kind == "once":
        print(json.dumps({"sum": predict().sum().item()}), flush=True)
        return
    serve(predict, lambda moved: {"sum": moved.double().sum().item()})


def throughput(arguments: argparse.Namespace, model: Path, count: int) -> None:
    sizes = [str(model), "--cells", str(count)]
    ours = [arguments.binary, *sizes, "--batch", BATCH, "--serve"]
    contenders = [Served("Brenier's runtime", ours, arguments.threads)]
    for name in PEERS:
        if name == "batches" and count <= BATCH:
            continue
        command = [sys.executable, str(HERE / "runtime.py"), *sizes, "--worker", name]
        contenders.append(Served(PEERS[name], command, arguments.threads))
    take_turns(contenders, arguments.repeats, WARM, PAUSE)
    best, total = contenders[0].median(), contenders[0].answer["sum"]
    for contender in contenders:
        found = contender.answer["sum"]
        if abs(found - total) > 1e-5 * abs(total):
            raise SystemExit(f"peers: {contender.name} predicts otherwise: {found} and {total}")
        median = contender.median()
        print(f"| {model.parent.name}/{model.name} | {count} | {contender.name} | {1e3 * median:.3g} ms "
              f"| {count / median:,.0f} | {median / best:.2f} |")


def startup(arguments: argparse.Namespace, model: Path, environment: dict[str, str]) -> None:
    python = [sys.executable, str(HERE / "runtime.py"), str(model)]
    commands = {
        "Brenier's runtime: process start to the first prediction": [str(arguments.binary), str(model)],
        "torch.jit in Python: the same": [*python, "--worker", "once"],
        "`import torch` alone": [sys.executable, "-c", "import torch"],
    }
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for turn in range(1 + min(arguments.repeats, 5)):
        for name, command in commands.items():
            start = time.perf_counter()
            process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode != 0:
                raise SystemExit(f"peers: {name} ended with exit code {process.returncode}")
            if turn > 0:
                seconds[name].append((time.perf_counter() - start, usage.ru_utime + usage.ru_stime))
    for name, values in seconds.items():
        wall, processor = (statistics.median(column) for column in zip(*values))
        fastest = min(values)[0]
        print(f"| {model.parent.name}/{model.name} | {name} | {wall:.3f} s | {fastest:.3f} s | {processor:.3f} s |")


def measure(arguments: argparse.Namespace) -> None:
    need(arguments.binary)
    print(f"{arguments.threads} thread(s), load {os.getloadavg()[0]:.1f}, medians of {arguments.repeats}.\n")
    print("| model | cells | who | time | cells a second | times ours |\n|---|---|---|---|---|---|")
    for model in arguments.models:
        for count in arguments.cells:
            throughput(arguments, model, count)
    print("\n| model | start | median | fastest | processor time |\n|---|---|---|---|---|")
    for model in arguments.models:
        startup(arguments, model, threads_environment(arguments.threads))


def main() -> None:
    arguments = parse()
    if arguments.worker:
        work(arguments.worker, arguments.models[0], arguments.cells[0])
        return
    ensure_torch(HERE / "runtime.py", arguments.venv)
    measure(arguments)


if __name__ == "__main__":
    main()
