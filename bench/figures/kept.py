"""Keeps figures for the documentation: `python -m bench | python -m bench.figures.kept` passes them on and writes anew.

Figures are JSON lines in a file of the docs, one a figure, the newest of its name. The tables of `docs/performance.md`
and its plots are made of that file alone.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.figures.plot import draw
from bench.figures.tables import fill_in

HOME = Path(__file__).parents[2]
FIGURES = HOME / "docs" / "performance" / "figures.jsonl"
PAGE = HOME / "docs" / "performance.md"
LIBRARIES = ("flask", "gunicorn", "numba", "numpy", "scikit-learn", "scipy")

Figures = dict[str, dict[str, Any]]


def kept_figures(path: Path = FIGURES) -> Figures:
    """Returns the figures in the file by name, in its order; none where there is no file."""
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return {figure["figure"]: figure for figure in map(json.loads, lines)}


def keep(lines: Iterable[str], path: Path = FIGURES) -> Figures:
    """Adds the figures to the file, each in place of an earlier one of its name, with its date; returns all."""
    figures = kept_figures(path)
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    for line in lines:
        print(line, end="", flush=True)
        figure = json.loads(line)
        if "skipped" not in figure:
            figures[figure["figure"]] = figure | {"measured_on": today}
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f"{json.dumps(figure)}\n" for figure in figures.values()), "utf-8")
    return figures


def machine() -> dict[str, Any]:
    """Returns what the figures are measured on, as a figure."""
    cpu = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.machine(),
    )
    return {
        "figure": "machine",
        "cpu": cpu,
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9),
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in LIBRARIES},
    }


def write_docs(figures: Figures) -> None:
    """Writes the page's tables and draws its plots from these figures."""
    PAGE.write_text(fill_in(PAGE.read_text("utf-8"), figures), "utf-8")
    draw(figures, HOME / "docs" / "images")


if __name__ == "__main__":
    keep([f"{json.dumps(machine())}\n"])
    write_docs(keep(sys.stdin))
