"""Rows as JSON lines and as a markdown table, with the ratio to the best peers."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

from coordinator import Row

HEAD = ("contender", "time", "forward", "first call", "iterations", "error", "claimed", "difference", "peak memory")
HEAD += ("state",)
# What is compared: title and families.
RIVALS = (("log-domain library", ("log",)), ("kernel domain", ("kernel",)), ("any", ("log", "kernel", "loop")))


def seconds(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.3g} s" if value >= 1 else f"{value * 1e3:.3g} ms" if value >= 1e-3 else f"{value * 1e6:.3g} us"


def number(value: float | None, form: str = ".2g") -> str:
    return "-" if value is None else format(value, form)


def megabytes(value: int | None) -> str:
    return "-" if value is None else f"{value / 1e6:.1f} MB"


def time_cell(row: Row, repeats: int) -> str:
    if row.seconds is None:
        return "-"
    taken = f" ({row.repeats} repeats)" if row.repeats < repeats else ""
    return ("> " if row.state == "missed" else "") + seconds(row.seconds) + taken


def cells(row: Row, repeats: int) -> list[str]:
    return [
        row.label,
        time_cell(row, repeats),
        seconds(row.forward_seconds),
        seconds(row.first_seconds),
        number(row.iterations, ".0f"),
        number(row.error),
        number(row.claimed_error),
        number(row.value_distance if row.gradient_distance is None else row.gradient_distance),
        megabytes(row.peak_bytes),
        f"{row.state}{': ' + row.note if row.note else ''}".replace("|", "/"),
    ]


def markdown(case_name: str, rows: list[Row], repeats: int) -> str:
    lines = [f"### {case_name}", "", "| " + " | ".join(HEAD) + " |", "|" + "---|" * len(HEAD)]
    lines += ["| " + " | ".join(cells(row, repeats)) + " |" for row in rows]
    return "\n".join(lines + ["", verdict(case_name, rows), ""])


def rival(rows: list[Row], families: tuple[str, ...]) -> tuple[Row | None, bool]:
    """The quickest valid answer of these families. None is valid: the quickest that missed, its time a lower bound."""
    timed = [row for row in rows if row.family in families and row.seconds is not None and row.state != "failed"]
    for state, bound in (("ok", False), ("missed", True)):
        fitting = [row for row in timed if row.state == state]
        if fitting:
            return min(fitting, key=lambda row: row.seconds), bound
    return None, False


def own(rows: list[Row]) -> Row | None:
    """Ours: float32, unless only float64 ran or gave a valid answer."""
    ours = [row for row in rows if row.family == "ours" and row.seconds is not None]
    return min(ours, key=lambda row: (row.state != "ok", row.dtype), default=None)


def ratios(rows: list[Row]) -> dict[str, dict[str, Any]]:
    """How many times longer the best of each kind takes than we do."""
    mine = own(rows)
    found: dict[str, dict[str, Any]] = {}
    for title, families in RIVALS if mine else ():
        best, bound = rival(rows, families)
        if best:
            found[title] = {"best": best.label, "ratio": best.seconds / mine.seconds, "lower_bound": bound}
    return found


def verdict(case_name: str, rows: list[Row]) -> str:
    """The final line of a case."""
    mine = own(rows)
    if mine is None:
        return f"{case_name}: Brenier did not run"
    state = "" if mine.state == "ok" else f" ({mine.state})"
    parts = [f"{case_name}: {mine.label} {seconds(mine.seconds)}{state}"]
    for title, found in ratios(rows).items():
        sign = ">" if found["lower_bound"] else ""
        parts.append(f"{title} {sign}{found['ratio']:.2f}x ({found['best']})")
    if mine.forward_seconds:
        parts.append(f"backward {(mine.seconds - mine.forward_seconds) / mine.forward_seconds:.2f} of forward")
    if mine.peak_bytes is not None:
        parts.append(megabytes(mine.peak_bytes) + " above the inputs")
    return "; ".join(parts)


def plain(value: Any) -> Any:
    """JSON has no infinity and no NaN."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def json_lines(rows: list[Row]) -> str:
    """One line a row, then one line with the ratios of the case."""
    lines = []
    for row in rows:
        entry = {key: plain(value) for key, value in dataclasses.asdict(row).items()}
        lines.append(json.dumps(entry | {"case_name": row.case.name}))
    summary = {"case": dataclasses.asdict(rows[0].case), "case_name": rows[0].case.name, "ratios": ratios(rows)}
    return "\n".join([*lines, json.dumps(summary)]) + "\n"
