"""What a large inventory costs: its sheet to be planned and applied, its snapshot to be built, held and asked."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import redis

from bench.figures.figures import report, spread, timed_ms
from service.adapters.redis.connection import connect
from service.adapters.redis.embedded.joining import join_embedded_store
from service.bootstrap.services import build_services
from service.config import load_config
from service.domain.sites.site import Site

SITE = "bench"
ROWS = 100_000
ROUNDS = 3
HEADER = (
    "advertiser,campaign,flight,starts_at,ends_at,tier,goal_type,goal,price_model,price,pacing,lifetime_cap,placements,"
    "sections,keywords,countries,creative,format,headline,body,landing_url,weight"
)
# How often the store is asked for next to nothing while it takes a load, and a load's time to be waited for.
PING_EVERY_S = 0.005
TIMEOUT_S = 300


def run(rows: int = ROWS, rounds: int = ROUNDS) -> None:
    """Prints what a load of so many new rows takes, and what its snapshot does in the processes of a host."""
    loads, snapshots = zip(*(_round(rows) for _ in range(rounds)), strict=True)
    _report(f"inventory_load_at_{rows}", list(loads))
    _report(f"inventory_snapshot_at_{rows}", list(snapshots))


def _report(figure: str, rounds: list[dict[str, float]]) -> None:
    """Prints a figure whose parts were measured in several rounds."""
    report(figure, rounds=len(rounds), **{name: spread([one[name] for one in rounds]) for name in rounds[0]})


def _round(rows: int) -> tuple[dict[str, float], dict[str, float]]:
    # The store ends a moment after it is let go of, and may write until then.
    with TemporaryDirectory(prefix="sf-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with join_embedded_store(folder / "data") as store:
            services = build_services(load_config(data_dir=folder / "data"), store.url)
            services.site_records.put(Site(SITE))
            services.close()
            return _measure(folder, store.url, rows)


def _measure(folder: Path, store_url: str, rows: int) -> tuple[dict[str, float], dict[str, float]]:
    """Returns what a load of so many rows takes, and its snapshot, in a folder and a store with an empty site."""
    sheet = _write_sheet(folder / "sheet.csv", rows)
    client = connect(store_url, 10_000)
    try:
        with _longest_wait(client) as waits:
            load = _load(sheet, folder / "data", store_url)
        snapshot = {**_ask("first", folder / "data", store_url), **_ask("next", folder / "data", store_url)}
    finally:
        client.close()
    return {**load, "longest_wait_ms": max(waits)}, snapshot


def _write_sheet(path: Path, rows: int) -> Path:
    """Writes a sheet of one flight and one creative a row, of 500 advertisers, and returns where it is."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER.split(","))
        for n in range(rows):
            writer.writerow(
                [
                    f"adv{n % 500}", f"c{n % 5_000}", f"f{n}", "2026-11-01T00:00:00Z", "2046-12-31T00:00:00Z",
                    "standard", "impressions", 100_000, "cpm", "2.50", "asap", "250.00", "sidebar|article-foot",
                    ("", "world", "city|world")[n % 3], ("", "ferry|strike")[n % 2], ("", "PK", "DE|FR")[n % 3],
                    f"k{n}", "native", f"Headline {n}", "Some body text of an ad",
                    f"https://adv{n % 500}.example/l/{n}", 1,
                ]
            )  # fmt: skip
    return path


def _load(sheet: Path, data: Path, store_url: str) -> dict[str, float]:
    """Seconds of the command, those of its process's CPU, and its largest resident memory in MB of a million bytes."""
    words = [sys.executable, "-m", "service.cli", "ads", "load", str(sheet), "--site", SITE, "--redis-url", store_url]
    began = time.perf_counter()
    loading = subprocess.Popen([*words, "--data-dir", str(data)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(loading.pid, 0)
    loading.returncode = os.waitstatus_to_exitcode(status)
    assert loading.returncode == 0, "the load failed"
    cpu_s = usage.ru_utime + usage.ru_stime
    return {"s": time.perf_counter() - began, "cpu_s": cpu_s, "peak_mb": usage.ru_maxrss * 1_024 / 1e6}


@contextmanager
def _longest_wait(client: redis.Redis) -> Iterator[list[float]]:
    """Yields milliseconds that pings took meanwhile, one after another."""
    waits, stop = [0.0], threading.Event()

    def ping() -> None:
        while not stop.wait(PING_EVERY_S):
            waits.append(timed_ms(client.ping))

    thread = threading.Thread(target=ping)
    thread.start()
    try:
        yield waits
    finally:
        stop.set()
        thread.join()


def _ask(which: str, data: Path, store_url: str) -> dict[str, float]:
    """What a process of its own tells of the snapshot: the first has it built, the next only maps it."""
    words = [sys.executable, "-m", "bench.ads.inventory_asker", which, SITE]
    environment = {**os.environ, "STANDFIRST_DATA_DIR": str(data), "STANDFIRST_REDIS_URL": store_url}
    told = subprocess.run(words, env=environment, stdout=subprocess.PIPE, timeout=TIMEOUT_S, check=True)
    answer: dict[str, float] = json.loads(told.stdout)
    return answer
