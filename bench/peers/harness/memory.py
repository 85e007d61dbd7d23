"""Peak memory of a call in this process, from Linux's own counters."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable
from typing import Any


def status_bytes(field: str) -> int:
    with open("/proc/self/status", encoding="ascii") as lines:
        for line in lines:
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
    raise OSError(f"/proc/self/status has no {field}")


def give_back() -> None:
    """Hands freed memory back to the system, so that it is not counted as held before the call."""
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except AttributeError:
        pass


def peak_above_start(call: Callable[[], Any]) -> int | None:
    """Bytes by which the resident memory rose at most during the call. None where the system does not tell."""
    give_back()
    try:
        with open("/proc/self/clear_refs", "w", encoding="ascii") as reset:
            reset.write("5")
        before = status_bytes("VmRSS")
        call()
        return max(0, status_bytes("VmHWM") - before)
    except OSError:
        return None
