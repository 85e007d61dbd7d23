"""The virtual environment that the contenders run in: made once, peer by peer, so that one that fails is left out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

# Groups of packages of requirements.txt, each installed by itself: what all need, then one peer a group.
GROUPS = {
    "torch and numpy": ("numpy", "scipy", "torch"),
    "OTT-JAX": ("jax", "jaxlib", "lineax", "ott-jax"),
    "POT": ("POT",),
    "GeomLoss": ("geomloss",),
}
NEEDED = "torch and numpy"
STAMP = "installed-by-bench-peers"


def say(text: str) -> None:
    print(f"peers: {text}", file=sys.stderr, flush=True)


def pins(requirements: Path) -> dict[str, str]:
    """Package name to its whole line."""
    lines = (line.split("#")[0].strip() for line in requirements.read_text(encoding="utf-8").splitlines())
    return {line.split("==")[0]: line for line in lines if line}


def python_of(venv: Path) -> Path:
    return venv / "bin" / "python"


def installed(venv: Path, wanted: list[str]) -> bool:
    """Whether pip finds exactly these versions."""
    done = subprocess.run([python_of(venv), "-m", "pip", "freeze"], capture_output=True, text=True, check=False)
    present = {line.split("+")[0].lower() for line in done.stdout.splitlines()}
    return all(line.lower() in present for line in wanted)


def install(venv: Path, name: str, wanted: list[str]) -> bool:
    if installed(venv, wanted):
        return True
    say(f"installing {name}: {' '.join(wanted)}")
    command = [python_of(venv), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        say(f"{name} is left out, pip could not install it: {last_line(done.stderr)}")
    return done.returncode == 0


def last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "no message"


def ensure(venv: Path, requirements: Path) -> Path:
    """Makes or completes the environment; returns its Python."""
    stamp = venv / STAMP
    pinned = requirements.read_text(encoding="utf-8")
    if stamp.exists() and stamp.read_text(encoding="utf-8") == pinned:
        return python_of(venv)
    if not python_of(venv).exists():
        say(f"making the virtual environment {venv}")
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    lines = pins(requirements)
    complete = True
    for name, packages in GROUPS.items():
        if not install(venv, name, [lines[package] for package in packages]):
            if name == NEEDED:
                raise SystemExit(f"peers: nothing can run without {name}")
            complete = False
    if complete:
        stamp.write_text(pinned, encoding="utf-8")
    return python_of(venv)
