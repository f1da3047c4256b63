"""Index generations: what building, merging, opening and sharing one costs, and what a request feels of a merge."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import Queue, get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from bench.figures.figures import report, spread, timed_ms
from bench.index.beside_merge import MODEL, opened, report_merges, touched
from bench.index.related import corpus
from service.adapters.files.index.generations.generations import Generations
from service.adapters.files.index.generations.segment_building import KeptRows
from service.adapters.files.index.segment.segment import arrays_of

SIZES = (100_000, 1_000_000)
WORKERS = 4


def run() -> None:
    """Prints the figures at each size; a million articles want 8 GB of disk and some minutes."""
    for size in SIZES:
        with corpus(size) as (_, segment), _folder() as folder:
            generations = Generations(folder)
            generations.install([KeptRows(segment, np.arange(size))], MODEL, 1)
            _report_open(generations, size)
            _report_workers(generations, size)
            report_merges(generations, size)


@contextmanager
def _folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="standfirst-bench-", dir=os.environ.get("STANDFIRST_BENCH_CACHE")) as folder:
        yield Path(folder)


def _report_open(generations: Generations, size: int) -> None:
    segment = opened(generations)
    plain = 8 * segment.postings.rows.size
    postings = sum(array.nbytes for array in segment.postings)
    report(
        f"generation_opened_at_{size}",
        unit="ms",
        articles=size,
        opened=spread([timed_ms(lambda: opened(generations)) for _ in range(5)]),
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
    segment = opened(Generations(folder))
    touched(segment)
    barrier.wait()
    kb, mine = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if not line[0].isupper():
            mine = str(folder) in line
        elif mine and line.startswith("Pss:"):
            kb += int(line.split()[1])
    barrier.wait()
    counted.put(kb)
