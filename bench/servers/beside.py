"""Calls the service and a bare Flask route in turn, under the same gunicorn settings, and says how they compare."""

from __future__ import annotations

import os
import statistics
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bench.figures.figures import spread
from bench.servers.serving import serving

ROUNDS = 5
CONNECTIONS = 8

Asked = Callable[[], tuple[Mapping[str, str], Mapping[str, str]]]
"""Returns the variables that the script gets of a round: for the service, and for the bare route."""


def beside_bare(folder: Path, ours: str, answer: bytes, script: Path, round_s: int, asked: Asked) -> dict[str, Any]:
    """Returns what a figure tells of the service at `ours`, and of a bare route that answers these bytes.

    The first round of each, which warms it up, is not counted. `script` is wrk's.
    """
    body = folder / "bare-answer"
    body.write_bytes(answer)
    rates: dict[str, list[float]] = {"ours": [], "bare": []}
    p99s: dict[str, list[float]] = {"ours": [], "bare": []}
    errors = 0
    with serving(folder, "bench.servers.bare", [str(body)]) as (bare, _):
        for at in range(ROUNDS + 1):
            for (name, url), variables in zip({"ours": ours, "bare": bare}.items(), asked(), strict=True):
                rate, p99, failed = _wrk(url, script, round_s, variables)
                errors += failed
                if at:
                    rates[name].append(rate)
                    p99s[name].append(p99)
    return {
        "errors": errors,
        "ours": spread(rates["ours"]),
        "bare": spread(rates["bare"]),
        "p99_ours": spread(p99s["ours"]),
        "p99_bare": spread(p99s["bare"]),
        "share": round(statistics.median(rates["ours"]) / statistics.median(rates["bare"]), 3),
        "p99_times": round(statistics.median(p99s["ours"]) / statistics.median(p99s["bare"]), 2),
    }


def _wrk(url: str, script: Path, round_s: int, variables: Mapping[str, str]) -> tuple[float, float, int]:
    """Returns requests a second, p99 in ms, and how many failed."""
    words = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{round_s}s", "-s", str(script), url]
    environment = {**os.environ, **variables}
    printed = subprocess.run(words, env=environment, capture_output=True, text=True, check=True).stdout
    result = next(line for line in printed.splitlines() if line.startswith("RESULT"))
    requests, duration_us, _, p99_us, failed = map(int, result.split()[1:])
    return requests / duration_us * 1e6, p99_us / 1_000, failed
