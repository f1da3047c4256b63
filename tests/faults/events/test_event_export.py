"""Each event of a site's stream is in one file, whoever is killed while it is written."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
import redis as redis_client

from service.adapters.files.events.event_files import FolderFiles
from service.adapters.files.events.event_parquet import EventParquet
from service.adapters.redis.ads.inventory import entity_ids
from service.adapters.redis.ads.inventory.entity_ids import RedisEntityIds
from service.adapters.redis.ads.inventory.store import RedisInventoryStore
from service.adapters.redis.events import event_stream
from service.adapters.redis.events.event_stream import RedisEventStream
from service.adapters.redis.events.export_log import RedisExportLog
from service.adapters.redis.sites.site_store import RedisSiteStore
from service.domain.ads.inventory import (
    Creative,
)
from service.domain.ads.inventory_store import (
    InventoryChanges,
)
from service.domain.errors import ExportFailed
from service.domain.events.booking import AdEvent, JournalRecord
from service.domain.events.recorded import RecordedEvent
from service.domain.events.tokens import AdToken
from service.domain.events.validity.agents import Device
from service.domain.sites.site import Site
from service.usecases.events import export_events
from service.usecases.events.export_events import ExportEvents, LeaveExport
from service.usecases.events.roll_up_events import RollUpEvents
from tests.faults.events.shop import CLICK, VIEW, Shop

pytestmark = pytest.mark.redis

STREAM = "sf:{s}:events"


class Killed(BaseException):
    """What ends an exporter in these tests, wherever it is: nothing in the code catches it."""


@pytest.fixture
def shop(redis: redis_client.Redis) -> Shop:
    return Shop(redis, cap=None)


@pytest.fixture
def sites(redis: redis_client.Redis) -> RedisSiteStore:
    sites = RedisSiteStore(redis)
    sites.put(Site("s"))
    return sites


Made = Callable[..., ExportEvents]


@pytest.fixture
def exporter(redis: redis_client.Redis, sites: RedisSiteStore, tmp_path: Path) -> Made:
    """Makes an exporter into the folder `out` that finds every event old enough."""

    def made(name: str = "one", *, files: Any = None, log: Any = None) -> ExportEvents:
        log = log or RedisExportLog(redis, turn_ms=0)
        files = files or FolderFiles(tmp_path / "out")
        return ExportEvents(
            log, RedisEventStream(redis), sites, EventParquet(RedisEntityIds(redis)), files, name, 0, settled_ms=-1_000
        )

    return made


def send(shop: Shop, views: int, tag: str = "v") -> None:
    """An impression each of so many page views, seen by half of them and followed by some."""
    for n in range(views):
        one = shop.reserve(f"{tag}{n}")
        shop.ledger.book(shop.token(one), device=Device.MOBILE)
        if n % 2:
            shop.ledger.book(shop.token(one, VIEW))
        if n % 5 == 0:
            shop.ledger.book(shop.token(one, CLICK), "bot" if n % 10 else None)


def exported(folder: Path) -> list[dict[str, Any]]:
    """Every row of the folder's files, as DuckDB reads it."""
    if not list(folder.rglob("*.parquet")):
        return []
    found = duckdb.sql(f"from read_parquet('{folder}/*/*/*.parquet', hive_partitioning=true)")
    return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


def ids(folder: Path) -> Counter[str]:
    return Counter(row["event_id"] for row in exported(folder))


def recorded(shop: Shop) -> Counter[str]:
    return Counter(event.id for event in shop.recorded())


def test_what_the_stream_has_stands_in_files_by_site_and_day(shop: Shop, exporter: Made, tmp_path: Path) -> None:
    send(shop, 20)
    events = {event.id: event for event in shop.recorded()}
    assert exporter().export() == len(events)
    rows = exported(tmp_path / "out")
    assert {row["event_id"] for row in rows} == events.keys()
    for row in rows:
        assert row["site"] == "s"
        assert str(row["day"]) == row["at"].date().isoformat()
        assert _told(row) == _as_told(events[row["event_id"]])


def queries() -> list[str]:
    """The queries that the documentation has for such files."""
    page = Path(__file__).parents[3] / "docs" / "how-to" / "reports.md"
    return re.findall(r"```sql\n(.*?)```", page.read_text("utf-8"), re.DOTALL)


def test_the_queries_of_the_documentation_say_what_the_ledger_says(shop: Shop, exporter: Made, tmp_path: Path) -> None:
    send(shop, 20)
    shop.ledger.book(shop.token(shop.reserve("v0")))  # a replay
    exporter().export()
    this = datetime.now(ZoneInfo("Europe/Berlin")).replace(day=1)
    words = {"/srv/events": str(tmp_path / "out"), "'courier'": "'s'", "'acme'": "'a'", "2026-11": f"{this:%Y-%m}",
             "2026-12": f"{this + timedelta(days=32):%Y-%m}"}  # fmt: skip
    whole, statement = (
        duckdb.sql(re.sub("|".join(words), lambda found: words[found[0]], query)).fetchall() for query in queries()
    )
    [delivered] = shop.ledger.delivery("s", [1])
    assert statement == [("c", "f", "EUR", delivered.net_impressions, delivered.spend_micros / 1e6)]
    assert {currency for _, currency, *_ in whole} == {"EUR"}
    assert sum(events for _, _, _, _, events, _ in whole) == len(shop.recorded())
    assert sum(round(spend * 1e6) for *_, spend in whole) == delivered.spend_micros


NAMED = ("flight_id", "campaign_id", "advertiser_id", "creative_id", "placement")


def _told(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return (
        int(row["at"].timestamp()), row["kind"], row["status"], row["reason"], row["spend_micros"], row["currency"],
        row["decision_id"], *(row[name] for name in (*NAMED, "device", "country", "section")),
    )  # fmt: skip


def _as_told(event: RecordedEvent) -> tuple[Any, ...]:
    return (
        event.at, event.kind.name.lower(), str(event.status), event.reason or None, event.amount_micros, "EUR",
        event.decision_id, "f", "c", "a", "k-f", "sidebar", str(event.device), event.country, event.section,
    )  # fmt: skip


def test_files_call_entities_by_their_ids_also_those_that_are_gone(
    shop: Shop, redis: redis_client.Redis, exporter: Made, tmp_path: Path
) -> None:
    house = AdToken(VIEW, "s", 0, 0, 0, 1, 7, 1)
    shop.ledger.book(shop.token(shop.reserve("v")))
    shop.ledger.book(house)
    store = RedisInventoryStore(redis)
    store.apply("s", InventoryChanges(remove=(("creatives", "k-f"),)), store.version("s"))
    exporter().export()
    found = {tuple(row[name] for name in NAMED) for row in exported(tmp_path / "out")}
    assert found == {("f", "c", "a", "k-f", "sidebar"), ("f", "c", "a", "#7", "sidebar")}


def test_an_id_is_found_that_came_after_the_last_look_and_memory_is_bounded(
    shop: Shop, redis: redis_client.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entity_ids, "MOST_KNOWN", 5)
    ids, store = RedisEntityIds(redis), RedisInventoryStore(redis)
    assert ids.of("s", {"creatives": {1}})["creatives", 1] == "k-f"
    changes = InventoryChanges(tuple(Creative(f"new-{n}", "a", "native", "https://a.example/") for n in range(2)))
    store.apply("s", changes, store.version("s"))
    known = ids.of("s", {"creatives": {1, 2, 3}, "placements": {2}})
    assert [known["creatives", n] for n in (1, 2, 3)] == ["k-f", "new-0", "new-1"]
    assert known["placements", 2] == "article-foot"
    known = ids.of("s", {"creatives": {2}, "flights": {1}, "placements": {1}})
    assert len(known) <= 5
    assert [known["creatives", 2], known["flights", 1], known["placements", 1]] == ["new-0", "f", "sidebar"]


def test_an_event_out_of_a_journal_is_in_the_file_of_the_day_it_was_received(
    shop: Shop, exporter: Made, tmp_path: Path
) -> None:
    yesterday = int(time.time()) - 86_400
    late = AdEvent(shop.token(shop.reserve("v")), received_at=yesterday, record=JournalRecord("a", 1))
    shop.ledger.book_each([AdEvent(shop.token(shop.reserve("w"))), late])
    exporter().export()
    days = {path.parent.name for path in (tmp_path / "out").rglob("*.parquet")}
    assert days == {f"day={time.strftime('%Y-%m-%d', time.gmtime(at))}" for at in (yesterday, time.time())}
    assert len(exported(tmp_path / "out")) == 2


class DyingLog(RedisExportLog):
    """Ends the process before or after one of its steps."""

    def __init__(self, client: redis_client.Redis, step: str, *, after: bool) -> None:
        super().__init__(client, turn_ms=0)
        self._step, self._after = step, after

    def pin(self, site_id: str, after: str, until: str) -> bool:
        return self._dying("pin", super().pin, site_id, after, until)

    def finish(self, site_id: str, after: str, until: str, events: int) -> bool:
        return self._dying("finish", super().finish, site_id, after, until, events)

    def _dying(self, step: str, work: Callable[..., bool], *arguments: Any) -> bool:
        if step == self._step and not self._after:
            raise Killed
        done = work(*arguments)
        if step == self._step:
            raise Killed
        return done


@pytest.mark.parametrize("step", ["pin", "finish"])
@pytest.mark.parametrize("after", [False, True])
def test_an_exporter_that_is_killed_anywhere_writes_no_event_twice_and_loses_none(
    step: str, after: bool, shop: Shop, redis: redis_client.Redis, exporter: Made, tmp_path: Path
) -> None:
    send(shop, 10)
    with pytest.raises(Killed):
        exporter("killed", log=DyingLog(redis, step, after=after)).export()
    send(shop, 10, "w")  # what came meanwhile must not be drawn into the file that was begun
    every = recorded(shop)
    exporter("heir").export()
    assert ids(tmp_path / "out") == every


class DyingFiles(FolderFiles):
    """Ends the process in the middle of a file, which is left behind, cut off."""

    def put(self, name: str, content: bytes) -> None:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_name(f".{path.name}.cut").write_bytes(content[:100])
        raise Killed


def test_a_file_that_was_cut_off_is_no_file_and_is_removed_by_its_heir(
    shop: Shop, exporter: Made, tmp_path: Path
) -> None:
    send(shop, 10)
    out = tmp_path / "out"
    with pytest.raises(Killed):
        exporter("killed", files=DyingFiles(out)).export()
    assert exported(out) == []
    exporter("heir").export()
    assert ids(out) == recorded(shop)
    assert [path.suffix for path in out.rglob("*") if path.is_file()] == [".parquet"]


def test_one_that_was_only_slow_writes_the_same_file_again_and_moves_nothing(
    shop: Shop, redis: redis_client.Redis, exporter: Made, tmp_path: Path
) -> None:
    class SlowFiles(FolderFiles):
        """Is overtaken by another exporter while it writes."""

        def put(self, name: str, content: bytes) -> None:
            exporter("quick").export()
            send(shop, 3, "w")
            super().put(name, content)

    send(shop, 10)
    exporter("slow", files=SlowFiles(tmp_path / "out")).export()
    assert ids(tmp_path / "out").keys() < recorded(shop).keys()
    exporter("quick").export()
    assert ids(tmp_path / "out") == recorded(shop)


def test_what_a_file_holds_is_decided_once_and_the_watermark_moves_behind_that_alone(
    shop: Shop, redis: redis_client.Redis
) -> None:
    send(shop, 10)
    log = RedisExportLog(redis, turn_ms=0)
    turn = log.begin("s", "one")
    assert turn is not None
    [first, other, last] = [id_.decode() for id_, _ in redis.xrange(STREAM)][:3]

    assert log.pin("s", turn.after, first)
    assert not log.pin("s", turn.after, other), "another file was begun"
    assert not log.finish("s", turn.after, other, 2)
    assert log.finish("s", turn.after, first, 1)

    assert not log.pin("s", turn.after, last), "behind a watermark that has moved"
    assert log.pin("s", first, last)
    assert not log.finish("s", turn.after, last, 3)
    told = log.begin("s", "heir")
    assert told is not None
    assert (told.after, told.until) == (first, last)


def test_exporters_take_turns(shop: Shop, redis: redis_client.Redis, exporter: Made) -> None:
    send(shop, 3)
    busy = RedisExportLog(redis, turn_ms=60_000)
    assert busy.begin("s", "busy") is not None
    assert exporter("other", log=busy).export() == 0
    assert exporter("busy", log=busy).export() > 0


def test_a_large_backlog_becomes_several_files(
    shop: Shop, exporter: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_events, "FILE_EVENTS", 7)
    send(shop, 20)
    every = recorded(shop)
    exporter().export()
    assert ids(tmp_path / "out") == every
    assert len(list((tmp_path / "out").rglob("*.parquet"))) == -(-every.total() // 7)


def test_an_event_waits_for_others_to_share_its_file(
    shop: Shop, redis: redis_client.Redis, sites: RedisSiteStore, tmp_path: Path
) -> None:
    send(shop, 3)
    log, stream, files = RedisExportLog(redis), RedisEventStream(redis), FolderFiles(tmp_path / "out")
    waiting = ExportEvents(log, stream, sites, EventParquet(RedisEntityIds(redis)), files, "one", 60, settled_ms=-1_000)
    assert waiting.export() == 0
    unsettled = ExportEvents(
        log, stream, sites, EventParquet(RedisEntityIds(redis)), files, "one", 0, settled_ms=60_000
    )
    assert unsettled.export() == 0
    assert exported(tmp_path / "out") == []


def test_the_stream_keeps_what_no_file_has_and_forgets_it_then(
    shop: Shop, redis: redis_client.Redis, sites: RedisSiteStore, exporter: Made, tmp_path: Path
) -> None:
    rollups = RollUpEvents(RedisEventStream(redis), sites, "worker")
    exporter().export()
    send(shop, 5)
    log = RedisExportLog(redis, turn_ms=0)
    assert log.begin("s", "one") is not None
    every = recorded(shop)
    rollups.work_off()
    assert recorded(shop) == every
    exporter().export()
    assert redis.xlen(STREAM) == 0
    assert ids(tmp_path / "out") == every


def test_where_events_are_exported_none_is_forgotten_before_that_begins(
    shop: Shop, redis: redis_client.Redis, sites: RedisSiteStore, exporter: Made, tmp_path: Path
) -> None:
    send(shop, 5)
    every = recorded(shop)
    RollUpEvents(RedisEventStream(redis, is_exported=True), sites, "worker").work_off()
    exporter().export()
    assert ids(tmp_path / "out") == every
    assert redis.xlen(STREAM) == 0


def test_nothing_is_forgotten_before_a_worker_adds_up(
    shop: Shop, redis: redis_client.Redis, sites: RedisSiteStore, exporter: Made
) -> None:
    send(shop, 5)
    every = recorded(shop).total()
    exporter().export()
    assert RollUpEvents(RedisEventStream(redis), sites, "worker").work_off() == every


def test_a_fault_of_the_target_is_told_until_a_file_is_written_and_loses_nothing(
    shop: Shop, redis: redis_client.Redis, exporter: Made, tmp_path: Path
) -> None:
    send(shop, 5)
    (tmp_path / "out").write_text("a file where the folder should be")
    log = RedisExportLog(redis)
    with pytest.raises(ExportFailed, match="cannot be written"):
        exporter().export()
    told = log.state("s")
    assert told is not None
    assert "cannot be written" in str(told.fault)
    assert told.oldest_ms is not None
    (tmp_path / "out").unlink()
    exporter().export()
    told = log.state("s")
    assert told is not None
    assert (told.fault, told.oldest_ms) == (None, None)
    assert told.events == recorded(shop).total()
    assert ids(tmp_path / "out") == recorded(shop)


def test_an_export_that_is_switched_off_leaves_the_stream_when_it_was_away_for_some_time(
    shop: Shop, redis: redis_client.Redis, sites: RedisSiteStore, exporter: Made, tmp_path: Path
) -> None:
    stream = RedisEventStream(redis)
    send(shop, 5)
    exporter().export()
    first = ids(tmp_path / "out")
    send(shop, 5, "w")
    RollUpEvents(stream, sites, "worker").work_off()
    assert redis.xlen(STREAM) > 0
    LeaveExport(RedisExportLog(redis), stream, sites).export()  # another worker may still be exporting
    assert redis.xlen(STREAM) > 0
    gone = RedisExportLog(redis, away_ms=0)
    LeaveExport(gone, stream, sites).export()
    assert redis.xlen(STREAM) == 0
    assert gone.state("s") is None
    send(shop, 5, "x")
    every = recorded(shop)
    exporter("back").export()
    assert ids(tmp_path / "out") == first + every


def test_a_site_without_events_has_no_export(redis: redis_client.Redis, exporter: Made) -> None:
    assert exporter().export() == 0
    assert not redis.exists("sf:{s}:export", "sf:{s}:events")


class Refusing(FolderFiles):
    """Takes no file."""

    def put(self, name: str, _: bytes) -> None:
        raise ExportFailed(f"{name} cannot be written.")


@pytest.mark.parametrize("begun", [False, True])
def test_files_go_without_the_oldest_of_a_full_stream_where_they_may_and_it_is_counted(
    begun: bool, shop: Shop, redis: redis_client.Redis, sites: RedisSiteStore, exporter: Made, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """What waits for the worker stays; once the target is mended every other event is in one file."""
    monkeypatch.setattr(event_stream, "LEFT_OUT_AT_ONCE", 4)
    failing, log = exporter(files=Refusing(tmp_path / "out")), RedisExportLog(redis)
    send(shop, 10)
    if begun:
        with pytest.raises(ExportFailed):
            failing.export()
    else:
        assert RedisExportLog(redis, turn_ms=0).begin("s", "one") is not None
    every = recorded(shop)
    stream = RedisEventStream(redis, is_exported=True, full_at=5)
    RollUpEvents(stream, sites, "worker").work_off()
    while stream.trim("s"):
        pass
    told, kept = log.state("s"), recorded(shop)
    assert list(kept) == list(every)[-5:]
    assert told is not None
    assert told.left_out == every.total() - 5
    exporter().export()
    assert ids(tmp_path / "out") == kept


def test_by_itself_a_full_stream_keeps_what_no_file_has_and_what_waits_for_the_worker_stays_in_any_case(
    shop: Shop, redis: redis_client.Redis, sites: RedisSiteStore
) -> None:
    send(shop, 10)
    assert RedisExportLog(redis, turn_ms=0).begin("s", "one") is not None
    every = recorded(shop)
    rollups = RollUpEvents(RedisEventStream(redis), sites, "worker")
    waiting = RedisEventStream(redis, full_at=2)
    waiting.take("s", "slow", 3)
    assert waiting.trim("s") == 0
    told = RedisExportLog(redis).state("s")
    assert told is not None
    assert told.left_out == 0
    rollups.work_off()
    assert RedisEventStream(redis).trim("s") == 0
    assert recorded(shop) == every
