"""What a worker costs: its private memory after many pages, and how long a server takes until it is ready."""

from __future__ import annotations

import re
import statistics
import time
import urllib.request
from pathlib import Path

from bench.figures.figures import ROUNDS, report, spread
from bench.pages.page_call import ARTICLES, FLIGHTS, pages_read
from bench.servers.bare import BARE_WORKERS
from bench.servers.callers import call_pages, workers_of
from bench.servers.serving import serving
from bench.sites.site import StandingSite, standing_site

WORKERS = 3
PAGES = 6_000
SLOTS = 3
CONNECTIONS = 9
_MAPPING = re.compile(r"^[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \S+ *(.*)$")


def run() -> None:
    """Prints, of five starts, a worker's private memory and the seconds to readiness, with those of a bare server."""
    with standing_site(ARTICLES, FLIGHTS) as site:
        rounds = [_one_start(site) for _ in range(ROUNDS)]
        bare = [_one_bare_start(site.folder) for _ in range(ROUNDS)]
    ready, memory = [list(values) for values in zip(*rounds, strict=True)]
    bare_ready, bare_memory = [list(values) for values in zip(*bare, strict=True)]
    size = {"articles": ARTICLES, "flights": FLIGHTS}
    report("ready_after_start", unit="s", workers=WORKERS, **size, ours=spread(ready), bare=spread(bare_ready))
    report(
        "private_memory_of_a_worker",
        unit="MB after its share of the pages, without pages of files that the page cache holds once for all",
        workers=WORKERS,
        pages=PAGES,
        **size,
        ours=spread(memory),
        bare=spread(bare_memory),
    )


def _one_start(site: StandingSite) -> tuple[float, float]:
    began = time.perf_counter()
    with site.serve("--workers", str(WORKERS)) as (url, pid):
        with urllib.request.urlopen(f"{url}/readyz") as answer:  # noqa: S310
            assert answer.status == 200
        ready_s = time.perf_counter() - began
        call_pages(url, site.token, pages_read()[:PAGES], SLOTS, CONNECTIONS)
        return ready_s, private_mb(workers_of(pid, WORKERS), site.services.config.data_dir)


def _one_bare_start(folder: Path) -> tuple[float, float]:
    answer = folder / "answer"
    answer.write_bytes(b"{}")
    began = time.perf_counter()
    with serving(folder, "bench.servers.bare", [str(answer)]) as (url, pid):
        ready_s = time.perf_counter() - began
        call_pages(url, "none", pages_read()[:PAGES], SLOTS, CONNECTIONS)
        return ready_s, private_mb(workers_of(pid, BARE_WORKERS), folder)


def private_mb(workers: list[int], data: Path) -> float:
    """Returns the median over the workers of what only they map, in MB of a million bytes."""
    return statistics.median(_private_bytes(pid, data) for pid in workers) / 1e6


def _private_bytes(pid: int, data: Path) -> int:
    """Returns a process's private bytes, clean and dirty, outside files of the data folder."""
    total, counts = 0, False
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        if mapping := _MAPPING.match(line):
            counts = not mapping[1].startswith(str(data.resolve()))
        elif counts and line.startswith(("Private_Clean:", "Private_Dirty:")):
            total += int(line.split()[1]) * 1_024
    return total
