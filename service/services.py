"""Everything that requests and commands use, as one process holds it; bootstrap puts it together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Protocol

import redis

from service.adapters.files.index.generations.generation_supply import GenerationSupply
from service.adapters.files.index.snapshot_keeper import SnapshotKeeper
from service.adapters.redis.connection import close
from service.adapters.redis.secret import SharedSecret
from service.adapters.redis.store_watch import StoreWatch
from service.adapters.sources.fetching.fetcher import Fetcher
from service.config import Config
from service.domain.content.feed import FeedKind, FeedSource, FeedStore
from service.domain.events.export import Exporter, ExportLog
from service.domain.events.journal import Journal
from service.domain.events.sums.rollup import EventStream, Rollups
from service.domain.events.unreadable import UnreadableEvents
from service.domain.events.validity.agents import AgentOf
from service.domain.ports import (
    ArticleStore,
    Clock,
    ReadCounter,
    SiteStore,
    TokenStore,
    VersionStore,
)
from service.domain.report_table import WriteRows, WriteTable
from service.domain.sheet.export import ExportedRow, SheetFormat
from service.domain.sheet.reading.cells import CellFault, SheetRow
from service.domain.sites.answered_calls import AnsweredCalls
from service.observability import Metrics
from service.usecases.ads.delivery.limit_reservations import LimitReservations
from service.usecases.ads.reports.reconcile_ledger import ReconcileLedger
from service.usecases.advertising import Ads
from service.usecases.engagement.learn_clicks import LearnClicks
from service.usecases.engagement.learn_examination import LearnExamination
from service.usecases.engagement.remember_readers import RememberReaders
from service.usecases.engagement.report_widgets import ReportWidgets
from service.usecases.events.durable_book import DurableBook
from service.usecases.events.watch_events import WatchEvents
from service.usecases.manage_models import ManageModels
from service.usecases.page.edit_rules import EditRules
from service.usecases.page.filling.fill_page import FillPage
from service.usecases.readiness import WatchReadiness
from service.usecases.sites.cached_sites import CachedSites
from service.usecases.sites.erase_site import EraseSite
from service.usecases.sites.manage_access import Access

HtmlText = Callable[[str], str]
"""Returns the words of an article's HTML."""


class Background(Protocol):
    """Work beside the requests, in a thread of its own."""

    def start(self) -> None:
        """Begins the work; called once, after the process was forked."""

    def stop(self) -> None:
        """Ends the work and waits for its end."""


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a request or a command needs, put together once per process.

    `sites` answers from a cache of one second, `site_records` from the store itself. `client` waits longest of all
    `clients` of the store. Entry points add to `background`. `ages_s` tells how old what a process serves from is, in
    seconds.
    """

    config: Config
    clock: Clock
    client: redis.Redis
    clients: Sequence[redis.Redis]
    metrics: Metrics
    access: Access
    answered_calls: AnsweredCalls
    sites: CachedSites
    site_records: SiteStore
    erase_site: EraseSite
    tokens: TokenStore
    store_watch: StoreWatch
    journal: Journal
    event_book: DurableBook
    event_stream: EventStream
    unreadable_events: UnreadableEvents
    export_log: ExportLog
    events_waiting: WatchEvents
    exporter_of: Callable[[str], Exporter]
    rollups: Rollups
    reconcile: ReconcileLedger
    shared_secret: SharedSecret
    articles: ArticleStore
    versions: VersionStore
    reads: ReadCounter
    remember: RememberReaders
    rules: EditRules
    feeds: FeedStore
    fetcher: Fetcher
    feed_sources: Mapping[FeedKind, FeedSource]
    html_text: HtmlText
    read_sheet: Callable[[bytes, str, int], tuple[list[SheetRow], list[CellFault]]]
    sheet_lines: Callable[[IO[bytes], str, int], Iterator[SheetRow | CellFault]]
    learn_clicks: LearnClicks
    learn_examination: LearnExamination
    widget_reports: ReportWidgets
    write_rows: WriteRows
    write_table: WriteTable
    write_sheet: Callable[[Iterable[ExportedRow], SheetFormat], bytes]
    agent_of: AgentOf
    reservation_limits: LimitReservations
    pages: FillPage
    ads: Ads
    models: ManageModels
    snapshots: SnapshotKeeper
    index_supply: Callable[[str], GenerationSupply]
    readiness: WatchReadiness
    background: list[Background] = field(default_factory=list)
    ages_s: Mapping[str, Callable[[], float | None]] = field(default_factory=dict)

    @property
    def secret(self) -> bytes:
        """The key that signs event addresses: the setting's, else the store's. Raises StoreUnavailable."""
        return self.shared_secret.key()

    def start_background(self) -> None:
        """Starts the work beside the requests; a server calls it in each worker process, after the fork."""
        for work in self.background:
            work.start()

    def disconnect(self) -> None:
        """Closes the connections to the store, which open again when used; a server calls it before it forks."""
        for client in self.clients:
            close(client)

    def close(self) -> None:
        """Stops the background work and closes every connection."""
        for work in reversed(self.background):
            work.stop()
        self.disconnect()
