"""Wires events: the ledger, the book that outlives the store's absence, and the sums made of them."""

from __future__ import annotations

from dataclasses import dataclass

from service.adapters.files.events.event_files import open_event_files
from service.adapters.files.events.event_parquet import EventParquet
from service.adapters.files.events.journal import FileJournal
from service.adapters.redis.ads.inventory.entity_ids import RedisEntityIds
from service.adapters.redis.ads.ledger.ledger import RedisLedger
from service.adapters.redis.events.event_stream import RedisEventStream, RedisRollups
from service.adapters.redis.events.export_log import RedisExportLog
from service.adapters.redis.events.unreadable_events import RedisUnreadableEvents
from service.adapters.redis.sites.site_store import RedisSiteStore
from service.bootstrap.foundation import Foundation
from service.config import Config
from service.domain.ads.booking.ledger import Ledger
from service.domain.ads.entity_ids import EntityIds
from service.domain.events.export import Exporter, ExportLog
from service.domain.events.journal import Journal
from service.domain.events.sums.rollup import EventStream, Rollups
from service.domain.events.unreadable import UnreadableEvents
from service.domain.ports import SiteStore
from service.usecases.ads.delivery.hindrances import Hindrances
from service.usecases.events.durable_book import DurableBook, EventCounts
from service.usecases.events.export_events import ExportEvents, LeaveExport
from service.usecases.events.watch_events import Watched, WatchEvents
from service.usecases.upkeep import Upkeep

JOURNAL_LOOK_S = 0.1
"""A look takes microseconds, and while one event waits this host shows no paid ads."""

SKIP_FROM_RATIO = 0.9
"""How full a stream is when files begin to go without events, if they may: before booking finds it full."""


@dataclass(frozen=True, slots=True)
class Events:
    """Where events are written down and summed up; `upkeep` takes what the journal holds to the store.

    `hindrances` tell what keeps reservations off the ledger.
    """

    ledger: Ledger
    journal: Journal
    book: DurableBook
    hindrances: Hindrances
    stream: EventStream
    unreadable: UnreadableEvents
    export_log: ExportLog
    entity_ids: EntityIds
    rollups: Rollups
    upkeep: Upkeep


def build_events(base: Foundation) -> Events:
    """Returns the ledger on the store, with the host's journal beside it."""
    config, metrics = base.config, base.metrics
    ledger = RedisLedger(base.ledger_client, base.booking_client, config.max_waiting_events)
    journal = FileJournal(config.journal, config.max_journal_bytes)
    counts = EventCounts(metrics.count_journaled, metrics.count_refused)
    book = DurableBook(ledger, journal, base.clock, base.store_watch.is_away, counts)
    return Events(
        ledger=ledger,
        journal=journal,
        book=book,
        hindrances=Hindrances(base.store_watch.is_away, book.may_reserve, metrics.count_hindered),
        stream=RedisEventStream(base.client, is_exported=bool(config.export_url), full_at=_full_at(config)),
        unreadable=RedisUnreadableEvents(base.client),
        export_log=RedisExportLog(base.client),
        entity_ids=RedisEntityIds(base.client),
        rollups=RedisRollups(base.client),
        upkeep=Upkeep(book.drain, [], JOURNAL_LOOK_S, base.clock),
    )


def _full_at(config: Config) -> int:
    """From how many entries of a stream on files go without the oldest; 0 where they never do."""
    return round(SKIP_FROM_RATIO * config.max_waiting_events) if config.export_when_full == "skip" else 0


def exporter_of(config: Config, events: Events, sites: SiteStore, name: str) -> Exporter:
    """Returns what exports events under this name, or where none are to be, what leaves an earlier export.

    Raises InvalidInput for an address that cannot be used.
    """
    if not config.export_url:
        return LeaveExport(events.export_log, events.stream, sites)
    table, files = EventParquet(events.entity_ids), open_event_files(config.export_url)
    return ExportEvents(events.export_log, events.stream, sites, table, files, name, config.export_every_s)


def watch_events(base: Foundation, journal: Journal) -> WatchEvents:
    """Returns what tells metrics where events wait; it waits for the store no longer than a request would."""
    client = base.lookup_client
    watched = Watched(journal, RedisEventStream(client), RedisExportLog(client), RedisSiteStore(client))
    return WatchEvents(watched, base.config.max_waiting_events, base.store_watch.is_away, base.clock)
