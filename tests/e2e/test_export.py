"""The worker exports events; a target that is full holds up no page, and doctor and metrics tell of it."""

from __future__ import annotations

import resource
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from service.adapters.redis.ads.inventory.store import RedisInventoryStore
from service.adapters.redis.ads.ledger.ledger import RedisLedger
from service.adapters.redis.events.event_stream import RedisEventStream
from service.adapters.redis.sites.site_store import RedisSiteStore
from service.adapters.redis.sites.token_store import RedisTokenStore
from service.domain.ads.inventory import Placement
from service.domain.sites.access import Scope
from service.domain.sites.site import Site
from service.usecases.sites.manage_access import Access
from tests.e2e.conftest import COMMAND
from tests.faults.killed_store import Store
from tests.makers.adverts import auctioned, inventory

pytestmark = [pytest.mark.redis, pytest.mark.e2e]

KEY = "a key that every process of this test shares"
FULL_BYTES = 2_000
"""Of the disk that is full: no file of events fits in, one of the index does."""


@pytest.fixture
def store(store_server: Path, tmp_path: Path) -> Iterator[Store]:
    """A store with one flight without a cap."""
    store = Store(store_server, tmp_path, "everysec")
    flight, sidebar = auctioned(placements=("sidebar",)), Placement("sidebar", formats=("native",))
    RedisSiteStore(store.client).put(Site("s"))
    RedisInventoryStore(store.client).apply("s", inventory(flight, sidebar), 0)
    yield store
    store.kill()


class Worker:
    """A `standfirst worker` that exports to a folder, on a disk that takes files of so many bytes at most."""

    def __init__(self, folder: Path, environment: dict[str, str], out: Path, full_bytes: int | None) -> None:
        self.log = folder / "worker.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [COMMAND, "worker"], cwd=folder, stdout=subprocess.PIPE, stderr=log,
                env={**environment, "STANDFIRST_EXPORT_URL": str(out), "STANDFIRST_EXPORT_EVERY_S": "1"},
            )  # fmt: skip

        if full_bytes is not None:
            resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (full_bytes, full_bytes))

    def stop(self) -> int:
        """Asks it to end; its exit status."""
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=45)
        return self.process.returncode


def rows(out: Path) -> int:
    if not list(out.rglob("*.parquet")):
        return 0
    return len(duckdb.read_parquet(f"{out}/*/*/*.parquet", hive_partitioning=True).fetchall())


def gauge(metrics: str, name: str) -> float:
    """What a gauge stands at; 0 where it is not there yet."""
    line = next((line for line in metrics.splitlines() if line.startswith(name)), "0")
    return float(line.split()[-1])


def page(served: Any, view: str, token: str) -> dict[str, Any]:
    """A page of one slot, whose impression is reported."""
    asked = {"site": "s", "page_view": view, "slots": [{"id": "top", "placement": "sidebar"}]}
    status, answer = served.call("POST", "/v1/page", asked, Authorization=f"Bearer {token}")
    assert status == 200
    slot: dict[str, Any] = answer["slots"]["top"]
    assert slot["flight_id"] == "f"
    assert served.call("POST", "/" + slot["impression_url"].split("/", 3)[-1])[0] == 204
    return slot


def test_a_target_that_is_full_is_told_of_and_loses_nothing(
    store: Store, serve: Any, environment: dict[str, str], tmp_path: Path, wait_until: Callable[..., Any]
) -> None:
    folder, out = tmp_path / "host", tmp_path / "out"
    folder.mkdir()
    settings = {"STANDFIRST_REDIS_URL": store.url, "STANDFIRST_SECRET_KEY": KEY}
    environment = {**environment, **settings}
    served = serve(folder=folder, **settings)
    tokens = RedisTokenStore(store.client)
    token, _ = Access(tokens, time.time, lookup=tokens.get).create("s", [Scope.RENDER])
    worker = Worker(folder, environment, out, FULL_BYTES)
    try:
        for n in range(20):
            page(served, f"v{n}", token)
        wait_until(lambda: gauge(served.call("GET", "/metrics")[1], 'standfirst_export_failing{site="s"}') == 1, 100)
        told = subprocess.run([COMMAND, "doctor"], cwd=folder, env=environment, capture_output=True, text=True)
        assert told.returncode == 1
        assert "cannot be written: File too large" in told.stdout
        assert list(out.rglob("*.parquet")) == []
        page(served, "while it is full", token)
        assert worker.stop() == 0
        worker = Worker(folder, environment, out, None)
        wait_until(lambda: rows(out) == 21, 100)
        wait_until(lambda: gauge(served.call("GET", "/metrics")[1], 'standfirst_export_failing{site="s"}') == 0)
        wait_until(lambda: RedisEventStream(store.client).state("s").entries == 0)
    finally:
        worker.stop()
    assert RedisLedger(store.client).delivery("s", [1])[0].net_impressions == 21


def test_an_address_that_nothing_can_be_exported_to_is_refused_in_one_line(
    command: Callable[..., subprocess.CompletedProcess[str]], store: Store, tmp_path: Path
) -> None:
    done = command(tmp_path, "worker", STANDFIRST_REDIS_URL=store.url, STANDFIRST_EXPORT_URL="ftp://x/y")

    assert done.returncode != 0
    assert "STANDFIRST_EXPORT_URL" in done.stderr
    assert "Traceback" not in done.stderr
