"""How a figure is measured and printed: several rounds, ours and the reference in turn, median and spread."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

ROUNDS = 5


def spread(values: Sequence[float]) -> dict[str, float]:
    """Returns median, least and most, to four significant digits."""
    return {"median": _short(statistics.median(values)), "min": _short(min(values)), "max": _short(max(values))}


def _short(value: float) -> float:
    return float(f"{value:.4g}")


def timed_ms(work: Callable[[], object]) -> float:
    """Returns how long the work took, in milliseconds."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1_000


def in_turn(works: Mapping[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Returns milliseconds by name, each work once a round after one that is not counted."""
    for work in works.values():
        work()
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            times[name].append(timed_ms(work))
    return times


def report(figure: str, **values: Any) -> None:
    """Prints one figure as a line of JSON."""
    print(json.dumps({"figure": figure, **values}), flush=True)
