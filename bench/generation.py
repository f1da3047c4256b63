"""Index generations: what building, merging, opening and sharing one costs, and what a request feels of a merge."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import Queue, get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from bench.corpus import batches_of
from bench.figures import report, spread, timed_ms
from bench.related import corpus
from service.adapters.files.columns import touch
from service.adapters.files.index.generations import Generations
from service.adapters.files.index.postings import nearest_rows, query_of_row
from service.adapters.files.index.segment import Segment, arrays_of
from service.adapters.files.index.segment_building import FreshRows, KeptRows, spool

SIZES = (100_000, 1_000_000)
CHANGED = 500
WORKERS = 4
WANTED = 200
NICENESS = 10
MODEL = "bench"


def run() -> None:
    """Prints the figures at each size; a million articles want 8 GB of disk and some minutes."""
    for size in SIZES:
        with corpus(size) as (_, segment), _folder() as folder:
            generations = Generations(folder)
            generations.install([KeptRows(segment, np.arange(size))], MODEL, 1)
            _report_open(generations, size)
            _report_workers(generations, size)
            _report_merge(generations, size)


@contextmanager
def _folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="standfirst-bench-", dir=os.environ.get("STANDFIRST_BENCH_CACHE")) as folder:
        yield Path(folder)


def _opened(generations: Generations) -> Segment:
    info = generations.current()
    assert info is not None
    return generations.open(info)


def _report_open(generations: Generations, size: int) -> None:
    segment = _opened(generations)
    plain = 8 * segment.postings.rows.size
    postings = sum(array.nbytes for array in segment.postings)
    report(
        f"generation_opened_at_{size}",
        unit="ms",
        articles=size,
        opened=spread([timed_ms(lambda: _opened(generations)) for _ in range(5)]),
        bytes=sum(array.nbytes for array in arrays_of(segment).values()),
        postings_bytes=postings,
        postings_to_plain=round(postings / plain, 3),
    )


def _report_workers(generations: Generations, size: int) -> None:
    """Prints what the index takes of memory in one worker and in four, each page counted once in all."""
    one, four = (_index_pss_kb(generations.folder, workers) for workers in (1, WORKERS))
    report(
        f"index_memory_of_{WORKERS}_workers_at_{size}",
        unit="MB",
        articles=size,
        one=round(one / 1_000),
        all=round(four / 1_000),
        times_one=round(four / one, 3),
    )


def _index_pss_kb(folder: Path, workers: int) -> int:
    context = get_context("spawn")
    barrier, counted = context.Barrier(workers), context.Queue()
    processes = [context.Process(target=_count_pss, args=(folder, barrier, counted)) for _ in range(workers)]
    for process in processes:
        process.start()
    total = sum(counted.get(timeout=120) for _ in processes)
    for process in processes:
        process.join()
    return total


def _count_pss(folder: Path, barrier: Barrier, counted: Queue[int]) -> None:
    """Opens and reads the whole index as a worker does and counts its share of it while all others hold it too."""
    segment = _opened(Generations(folder))
    for array in arrays_of(segment).values():
        touch(array)
    barrier.wait()
    kb, mine = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if not line[0].isupper():
            mine = str(folder) in line
        elif mine and line.startswith("Pss:"):
            kb += int(line.split()[1])
    barrier.wait()
    counted.put(kb)


def _report_merge(generations: Generations, size: int) -> None:
    """Prints what a merge takes, and the longest search beside it and beside a foreign process that is as busy."""
    segment = _touched(_opened(generations))
    ended: list[dict[str, float]] = []
    merge = _longest_search(segment, lambda: ended.append(_merge_apart(generations.folder)))
    taking_up = _longest_search(segment, lambda: _touched(_opened(generations)))
    foreign = _longest_search(segment, lambda: _be_busy(ended[0]["cpu_s"], ended[0]["seconds"]))
    beside = {"foreign_process": foreign, "merge": merge, "taking_it_up": taking_up}
    report(
        f"generation_merged_at_{size}",
        unit="s",
        articles=size,
        changed=CHANGED,
        **ended[0],
        longest_search_ms={name: round(longest.wall_ms, 2) for name, longest in beside.items()},
        longest_search_on_its_processor_ms={name: round(longest.own_ms, 2) for name, longest in beside.items()},
        stall_ms=round(max(merge.wall_ms, taking_up.wall_ms) - foreign.wall_ms, 2),
        stall_on_its_processor_ms=round(max(merge.own_ms, taking_up.own_ms) - foreign.own_ms, 2),
    )


def _touched(segment: Segment) -> Segment:
    """Returns the segment once all its pages are mapped, as a worker takes one up."""
    for array in arrays_of(segment).values():
        touch(array)
    return segment


class _Longest(NamedTuple):
    """The longest of many searches as a clock on the wall has it, and without what the machine kept it waiting.

    A search waits where others have its processor, and where the machine that ours is a guest of gives it to other
    guests; the latter is known in hundredths of a second, summed over all processors.
    """

    wall_ms: float
    own_ms: float


def _longest_search(segment: Segment, meanwhile: Callable[[], object]) -> _Longest:
    """Returns the longest of the searches, a hundred a second at most, that one thread makes while another works."""
    work = threading.Thread(target=meanwhile)
    rows = iter(np.random.default_rng(8).integers(0, segment.size, 1_000_000).tolist())
    nearest_rows(segment, query_of_row(segment, 0), 0, WANTED)
    longest = _Longest(0.0, 0.0)
    work.start()
    while work.is_alive():
        row, kept_waiting_ms = next(rows), _kept_waiting_ms()
        wall_ms = timed_ms(lambda row=row: nearest_rows(segment, query_of_row(segment, row), 0, WANTED))
        own_ms = wall_ms - (_kept_waiting_ms() - kept_waiting_ms)
        longest = _Longest(max(longest.wall_ms, wall_ms), max(longest.own_ms, own_ms))
        time.sleep(0.01)
    work.join()
    return longest


def _kept_waiting_ms() -> float:
    """Returns for how long this thread has waited for a processor so far, and been without one of its guest's."""
    in_queue_ns = int(Path("/proc/thread-self/schedstat").read_text().split()[1])
    stolen_ticks = int(Path("/proc/stat").read_text().split(maxsplit=9)[8])
    return in_queue_ns / 1e6 + stolen_ticks * 1_000 / os.sysconf("SC_CLK_TCK") / (os.cpu_count() or 1)


def _be_busy(cpu_s: float, seconds: float) -> None:
    """Runs a process that knows nothing of the index, niced and as long and as busy as a merge was."""
    code = (
        "import os, sys, time; cpu_s, seconds = map(float, sys.argv[1:3]); os.nice(int(sys.argv[3]))\n"
        "began = time.perf_counter()\n"
        "while (past := time.perf_counter() - began) < seconds:\n"
        "    time.sleep(0.01) if time.process_time() > cpu_s * past / seconds else None"
    )
    subprocess.run([sys.executable, "-c", code, str(cpu_s), str(seconds), str(NICENESS)], check=True)


def _merge_apart(folder: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.generation", str(folder)]
    return dict(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def merge(folder: Path) -> dict[str, float]:
    """Merges changes into the folder's generation, niced as a build is; returns seconds and peak memory."""
    os.nice(NICENESS)
    began, worked = time.perf_counter(), time.process_time()
    generations = Generations(folder)
    base = _opened(generations)
    replaced = np.random.default_rng(9).choice(base.size, CHANGED // 5, replace=False)
    with generations.building(), TemporaryDirectory(dir=folder, prefix=".spool-") as spooled:
        fresh = FreshRows(spool(batches_of(CHANGED, seed=5), Path(spooled)))
        kept = KeptRows(base, np.setdiff1d(np.arange(base.size), replaced))
        generations.install([kept, fresh], MODEL, 2)
    return {
        "seconds": round(time.perf_counter() - began, 1),
        "cpu_s": round(time.process_time() - worked, 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1_000,
    }


if __name__ == "__main__":
    print(json.dumps(merge(Path(sys.argv[1]))))
