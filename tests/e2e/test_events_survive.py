"""Store, servers and workers are killed in turn while readers send: told, billed, added up and exported agree."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest

from service.adapters.redis.ads.inventory_store import RedisInventoryStore
from service.adapters.redis.ads.ledger import RedisLedger
from service.adapters.redis.ads.ledger_moments import RedisLedgerMoments
from service.adapters.redis.events.event_stream import RedisEventStream, RedisRollups
from service.adapters.redis.sites.site_store import RedisSiteStore
from service.domain.ads.booking.ledger import Candidate, SlotPlan, cap_day
from service.domain.ads.inventory import (
    Advertiser,
    Campaign,
    Creative,
    Flight,
    FlightCreative,
    InventoryChanges,
    PriceModel,
    Tier,
)
from service.domain.events.reconciliation import differences
from service.domain.events.rollup import HOUR_S, Cell, Dimension, roll_up
from service.domain.events.tokens import AdToken, EventKind, sign
from service.domain.site import Site
from tests.faults.killed_store import Store

pytestmark = [pytest.mark.redis, pytest.mark.e2e]

KEY = "a key that every process of this test shares"
PRICE = 2_000_000
COST = 2_000


@pytest.fixture
def store(store_server: Path, tmp_path: Path) -> Iterator[Store]:
    """A store that syncs before it answers, with one flight without a cap."""
    store = Store(store_server, tmp_path, "always")
    flight = Flight(
        "f", "c", "a", Tier.PRICE, price_model=PriceModel.CPM, price_micros=PRICE, creatives=(FlightCreative("k"),)
    )
    creative = Creative("k", "a", "native", "https://a.example/")
    RedisSiteStore(store.client).put(Site("s"))
    changes = InventoryChanges((Advertiser("a"), Campaign("c", "a"), flight, creative))
    RedisInventoryStore(store.client).apply("s", changes, 0)
    yield store
    store.kill()


def tokens(store: Store, count: int) -> list[str]:
    """Impressions of so many reservations, as addresses carry them."""
    ledger, day = RedisLedger(store.client), cap_day(time.time(), "UTC")
    signed = []
    for n in range(count):
        one = ledger.reserve("s", f"v{n}", [SlotPlan("slot", 1, (Candidate(1, 1, day),))]).slots[0]
        assert one is not None
        token = AdToken(
            EventKind.IMPRESSION, "s", one.epoch, one.minute, one.serial, one.flight, one.creative, 1, one.model,
            one.price_micros, one.view_ppm, one.click_ppm, one.day,
        )  # fmt: skip
        signed.append(sign(token, KEY.encode()))
    return signed


class Reader(threading.Thread):
    """Sends each impression once, and remembers which were answered with 2xx; an error is not tried again."""

    def __init__(self, port: Callable[[], int], own: list[str]) -> None:
        super().__init__(daemon=True)
        self.port, self.own = port, own
        self.told: list[str] = []
        self.tried = 0

    def run(self) -> None:
        """Sends, on a connection for each, as browsers do that come and go."""
        for token in self.own:
            while (status := self._sent(token)) is None:
                threading.Event().wait(0.02)
            self.tried += 1
            if status == 204:
                self.told.append(token)

    def _sent(self, token: str) -> int | None:
        """The answer's status; 0 where it was lost, None where no server was there to send to."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port(), timeout=5)
        try:
            connection.request("POST", f"/i/{token}")
            return connection.getresponse().status
        except ConnectionRefusedError:
            return None
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()


class Host:
    """A server and two workers on one data folder; a test kills them and starts them again."""

    def __init__(self, store: Store, tmp_path: Path, serve: Any, command: Path, environment: dict[str, str]) -> None:
        self.folder = tmp_path / "host"
        self.folder.mkdir()
        self.out = tmp_path / "out"
        self.settings = {
            "STANDFIRST_REDIS_URL": store.url, "STANDFIRST_SECRET_KEY": KEY,
            "STANDFIRST_EXPORT_URL": str(self.out), "STANDFIRST_EXPORT_EVERY_S": "1",
        }  # fmt: skip
        self._serve, self._command, self._environment = serve, command, environment
        self.served = self._started()
        self.workers = [self.start_worker() for _ in range(2)]

    def _started(self) -> Any:
        return self._serve(folder=self.folder, **self.settings)

    def kill_server(self) -> None:
        """Ends the server with all its processes as `kill -9` does, and starts another."""
        os.killpg(self.served.process.pid, signal.SIGKILL)
        self.served.process.wait()
        self.served = self._started()

    def start_worker(self) -> subprocess.Popen[bytes]:
        """Starts `standfirst worker`."""
        return subprocess.Popen(
            [self._command, "worker"], cwd=self.folder, env={**self._environment, **self.settings},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def kill_worker(self) -> None:
        """Ends a worker wherever it is, and starts another."""
        dead = self.workers.pop(0)
        dead.kill()
        dead.wait()
        self.workers.append(self.start_worker())

    def stop_workers(self) -> None:
        """Ends the workers."""
        for worker in self.workers:
            worker.kill()
            worker.wait()


@pytest.fixture
def host(store: Store, serve: Any, environment: dict[str, str], tmp_path: Path) -> Iterator[Host]:
    from tests.e2e.conftest import COMMAND

    host = Host(store, tmp_path, serve, COMMAND, environment)
    yield host
    host.stop_workers()


def settled(store: Store, host: Host, wait_until: Callable[..., Any]) -> None:
    """Waits until nothing waits: no journal, and no entry of the stream but what dead workers still hold."""
    journal = host.folder / "var" / "journal"
    wait_until(lambda: not [*journal.glob("*.open"), *journal.glob("*.log")], 30)
    stream = RedisEventStream(store.client)

    def worked_off() -> bool:
        while (batch := stream.claim("s", "the test", 10_000, 1_000)) is not None:
            stream.apply("s", "the test", batch, roll_up(batch.events))
        stream.trim("s")
        return stream.state("s").entries == 0

    wait_until(worked_off, 60)


class Exported(NamedTuple):
    """What the files of events add up to, each row counted: a row that stands in two files would show."""

    gross: int
    net: int
    spend_micros: int
    twice: int


def exported(out: Path) -> Exported:
    """What DuckDB reads of all files."""
    rows = duckdb.read_parquet(f"{out}/site=s/*/*.parquet", hive_partitioning=True)
    valid = "status in ('billed', 'counted', 'unbilled')"
    [found] = rows.aggregate(
        f"count(*), count(*) filter ({valid}), sum(spend_micros)::bigint, count(*) - count(distinct event_id)"
    ).fetchall()
    return Exported(*found)


def agree(store: Store, told: list[str], tried: int, out: Path) -> None:
    """Told, ledger, sums and files agree: whoever was told is billed; of a lost answer the event may be billed too."""
    delivery = RedisLedger(store.client).delivery("s", [1])[0]
    assert len(told) <= delivery.net_impressions <= tried
    assert delivery.spend_micros == COST * delivery.net_impressions
    assert differences(RedisLedgerMoments(store.client).at_once("s")) == []
    now = int(time.time() // HOUR_S)
    hours = RedisRollups(store.client).hours("s", [now - 1, now])
    flight = Cell(Dimension.FLIGHT, 1)
    found = [cells[flight] for cells in hours if flight in cells]
    assert sum(sums.net[0] for sums in found) == delivery.net_impressions
    assert sum(sums.gross[0] for sums in found) == delivery.gross_impressions
    assert sum(sums.spend_micros for sums in found) == delivery.spend_micros
    counted = delivery.gross_impressions, delivery.net_impressions, delivery.spend_micros
    assert exported(out) == Exported(*counted, twice=0)


def go(store: Store, host: Host, wait_until: Callable[..., Any], events: int, readers: int, rounds: int) -> None:
    """Kills store, server and worker in turn while readers send, then looks at the sums."""
    signed = tokens(store, events)
    sending = [Reader(lambda: host.served.port, signed[n::readers]) for n in range(readers)]
    for reader in sending:
        reader.start()

    def progress() -> int:
        return sum(reader.tried for reader in sending)

    def until_sent(share: float) -> None:
        wait_until(lambda: progress() >= share * events, 120)

    for turn in range(3 * rounds):
        until_sent(turn / (3 * rounds))
        if turn % 3 == 0:
            store.kill()
            until_sent((turn + 0.5) / (3 * rounds))
            if turn % 2 == 0:
                host.kill_server()
            store.start()
        elif turn % 3 == 1:
            host.kill_server()
        else:
            host.kill_worker()
    for reader in sending:
        reader.join(120)
    settled(store, host, wait_until)
    told = [token for reader in sending for token in reader.told]
    assert len(told) > 0.9 * events
    agree(store, told, events, host.out)
    statuses = {_again(host, token) for token in told[:20]}
    assert statuses == {"replay"}


def _again(host: Host, token: str) -> str:
    """What becomes of an event that was told before."""
    _, answer = host.served.call("POST", "/v1/events", {"events": [{"token": token}]})
    outcomes = answer["outcomes"] if isinstance(answer, dict) else json.loads(answer)["outcomes"]
    return next(iter(outcomes))


def test_kills_in_turn_lose_nothing_that_was_told(store: Store, host: Host, wait_until: Callable[..., Any]) -> None:
    go(store, host, wait_until, events=600, readers=4, rounds=1)


@pytest.mark.slow
@pytest.mark.timeout(500)
def test_many_kills_in_turn_lose_nothing_that_was_told(
    store: Store, host: Host, wait_until: Callable[..., Any]
) -> None:
    go(store, host, wait_until, events=12_000, readers=8, rounds=4)
