"""Runs every benchmark, or those named: `python -m bench [related] [generation] [page_call] [rank_fill] [reserve]`."""

from __future__ import annotations

import sys

from bench import generation, page_call, rank_fill, related, reserve

BENCHMARKS = {
    "related": related.run,
    "generation": generation.run,
    "page_call": page_call.run,
    "rank_fill": rank_fill.run,
    "reserve": reserve.run,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or BENCHMARKS:
        BENCHMARKS[name]()
