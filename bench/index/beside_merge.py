"""What a request feels of a merge: searches beside merges, and beside a foreign process that is as busy, in turn."""

from __future__ import annotations

import json
import math
import os
import resource
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest
from mmap import mmap
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np

from bench.figures.figures import report, spread, timed_ms
from bench.sites.corpus import batches_of
from service.adapters.files.arrays.columns import PAGE, touch
from service.adapters.files.arrays.left_mappings import LeftMappings
from service.adapters.files.index.generations.generations import GenerationInfo, Generations
from service.adapters.files.index.generations.segment_building import FreshRows, KeptRows, spool
from service.adapters.files.index.search.postings import nearest_rows, query_of_row
from service.adapters.files.index.segment.segment import Segment, arrays_of

ROUNDS = 5
CHANGED = 500
WANTED = 200
NICENESS = 10
NOTHING_S = 5.0
LATE_MS = 20.0
MODEL = "bench"

WITNESS_BYTES = 256_000_000
HELD_UP_MS = 10.0
"""Of one reading of the witness, which takes 1 to 2 ms."""
AROUND_S = (-0.5, 1.5)
"""Of a slow reading, when searches count as held up: for a second each finds other pages that are mapped anew."""


class Search(NamedTuple):
    """How long a search took, and whether the machine held it up meanwhile, or the memory of this process."""

    ms: float
    held_up: bool = False


Times = Mapping[str, Sequence[Sequence[Search]]]
"""Searches by what goes on beside them, round by round; the same ones in each round."""


def report_merges(generations: Generations, size: int) -> None:
    """Prints what merges take, and how long searches are beside nothing, a merge, and a foreign process, in turn."""
    segment = touched(opened(generations))
    merges: list[dict[str, float]] = []
    works: dict[str, Callable[[], object]] = {
        "nothing": lambda: time.sleep(NOTHING_S),
        "merge": lambda: merges.append(_merged_and_taken_up(generations)),
        "foreign_process": lambda: _be_busy(merges[-1]["cpu_s"], merges[-1]["seconds"]),
    }
    times: dict[str, list[list[float]]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, work in works.items():
            times[name].append(_searches_beside(segment, work))
    report(
        f"generation_merged_at_{size}",
        unit="ms",
        articles=size,
        changed=CHANGED,
        rounds=ROUNDS,
        **{name: spread([merge[name] for merge in merges]) for name in merges[0]},
        **felt(times),
    )


def felt(times: Times) -> dict[str, Any]:
    """Returns the longest search beside each by rounds, how many were late, and by how much a merge stalls one.

    Late is a search that took 20 ms longer than the same one when it was quickest. The longest are those of as many
    searches beside a merge as beside the foreign process. The stall is the difference of their medians over the rounds:
    once without the searches that the machine held up, and once with all of them.
    """
    quickest = [min(same).ms for same in zip_longest(*_rounds(times), fillvalue=Search(math.inf))]
    count = min(len(searches) for name in ("merge", "foreign_process") for searches in times[name])
    of_all = {name: [max(one.ms for one in searches[:count]) for searches in kind] for name, kind in times.items()}
    longest = {
        name: [max((one.ms for one in searches[:count] if not one.held_up), default=0.0) for searches in kind]
        for name, kind in times.items()
    }
    late = {
        name: sum(one.ms - least > LATE_MS for searches in kind for one, least in zip(searches, quickest, strict=False))
        for name, kind in times.items()
    }
    return {
        "searches": {name: sum(map(len, kind)) for name, kind in times.items()},
        "held_up": {name: sum(one.held_up for searches in kind for one in searches) for name, kind in times.items()},
        "longest_search": {name: spread(values) for name, values in longest.items()},
        "longest_of_all": {name: spread(values) for name, values in of_all.items()},
        "late_searches": late,
        "stall_ms": _stall(longest),
        "stall_of_all_ms": _stall(of_all),
    }


def _rounds(times: Times) -> list[Sequence[Search]]:
    return [searches for kind in times.values() for searches in kind]


def _stall(longest: Mapping[str, Sequence[float]]) -> float:
    return round(statistics.median(longest["merge"]) - statistics.median(longest["foreign_process"]), 2)


def opened(generations: Generations) -> Segment:
    """Returns the segment of the current generation."""
    return generations.open(current(generations))


def current(generations: Generations) -> GenerationInfo:
    """Returns what is told of the current generation, which there is."""
    info = generations.current()
    assert info is not None
    return info


def touched(segment: Segment) -> Segment:
    """Returns the segment once all its pages are mapped, as a worker takes one up."""
    for array in arrays_of(segment).values():
        touch(array)
    return segment


class Witness:
    """Memory of this process alone, which is read before and after each search.

    A merge touches none of it. Where a reading is slow, the machine that ours is a guest of maps memory anew, of the
    index too, which no count of a guest tells: page faults, time in the system, time stolen.
    """

    def __init__(self) -> None:
        memory = np.frombuffer(mmap(-1, WITNESS_BYTES), np.uint8)
        memory[:] = 1
        self._pages = memory[::PAGE]

    def is_slow(self) -> bool:
        """Reads a byte of each page; True if that took far longer than it takes."""
        return timed_ms(self._pages.sum) > HELD_UP_MS


def _searches_beside(segment: Segment, work: Callable[[], object]) -> list[Search]:
    """Returns the searches, a hundred a second at most, that one thread made while another worked."""
    rows = iter(np.random.default_rng(8).integers(0, segment.size, 1_000_000).tolist())
    nearest_rows(segment, query_of_row(segment, 0), 0, WANTED)
    witness, taken, slow_at = Witness(), [], []
    working = threading.Thread(target=work)
    working.start()
    while working.is_alive():
        row, was_slow, at = next(rows), witness.is_slow(), time.perf_counter()
        ms = timed_ms(lambda row=row: nearest_rows(segment, query_of_row(segment, row), 0, WANTED))
        if witness.is_slow() or was_slow:
            slow_at.append(at)
        taken.append((at, ms))
        time.sleep(0.01)
    working.join()
    before, after = AROUND_S
    return [Search(ms, any(before <= at - slow <= after for slow in slow_at)) for at, ms in taken]


def _merged_and_taken_up(generations: Generations) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.index.beside_merge", str(generations.folder)]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    left = LeftMappings()
    left.leave(arrays_of(touched(opened(generations))).values())
    left.unmap_unused()
    return dict(told)


def _be_busy(cpu_s: float, seconds: float) -> None:
    """Runs a process that knows nothing of the index, niced and as long and as busy as a merge was."""
    code = (
        "import os, sys, time; cpu_s, seconds = map(float, sys.argv[1:3]); os.nice(int(sys.argv[3]))\n"
        "began = time.perf_counter()\n"
        "while (past := time.perf_counter() - began) < seconds:\n"
        "    time.sleep(0.01) if time.process_time() > cpu_s * past / seconds else None"
    )
    subprocess.run([sys.executable, "-c", code, str(cpu_s), str(seconds), str(NICENESS)], check=True)


def merge(folder: Path) -> dict[str, float]:
    """Merges changes into the folder's generation, niced as a build is; returns seconds and peak memory."""
    os.nice(NICENESS)
    began, worked = time.perf_counter(), time.process_time()
    generations = Generations(folder)
    before = current(generations)
    base, version = generations.open(before), before.version + 1
    replaced = np.random.default_rng(version).choice(base.size, CHANGED // 5, replace=False)
    with generations.building(), TemporaryDirectory(dir=folder, prefix=".spool-") as spooled:
        fresh = FreshRows(spool(batches_of(CHANGED, seed=version), Path(spooled)))
        kept = KeptRows(base, np.setdiff1d(np.arange(base.size), replaced))
        generations.install([kept, fresh], MODEL, version)
    return {
        "seconds": round(time.perf_counter() - began, 1),
        "cpu_s": round(time.process_time() - worked, 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1_000,
    }


if __name__ == "__main__":
    print(json.dumps(merge(Path(sys.argv[1]))))
