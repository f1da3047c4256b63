"""Runs every benchmark, or those named: `python -m bench [related] [page_call] [reserve]`."""

from __future__ import annotations

import sys

from bench import page_call, related, reserve

BENCHMARKS = {"related": related.run, "page_call": page_call.run, "reserve": reserve.run}

if __name__ == "__main__":
    for name in sys.argv[1:] or BENCHMARKS:
        BENCHMARKS[name]()
