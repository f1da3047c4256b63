"""Runs every benchmark, or those named: `python -m bench [stages] [worker] ...`; one JSON line a figure."""

from __future__ import annotations

import sys

from bench.ads import inventory, reserve
from bench.events import drain, record
from bench.index import arrivals, generation, related
from bench.pages import learning, page_call, rank_fill, stages, worker

BENCHMARKS = {
    "related": related.run,
    "generation": generation.run,
    "page_call": page_call.run,
    "stages": stages.run,
    "inventory": inventory.run,
    "rank_fill": rank_fill.run,
    "reserve": reserve.run,
    "worker": worker.run,
    "arrivals": arrivals.run,
    "learning": learning.run,
    "drain": drain.run,
    "record": record.run,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or BENCHMARKS:
        BENCHMARKS[name]()
