"""Runs every benchmark, or those named: `python -m bench [related] [generation] [page_call] [reserve]`."""

from __future__ import annotations

import sys

from bench import generation, page_call, related, reserve

BENCHMARKS = {"related": related.run, "generation": generation.run, "page_call": page_call.run, "reserve": reserve.run}

if __name__ == "__main__":
    for name in sys.argv[1:] or BENCHMARKS:
        BENCHMARKS[name]()
