"""Puts the rooms of the service together: Config in, Services out."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from service.adapters.sources.articles.html_text import html_text
from service.adapters.sources.sheets.reading import named_lines, read_sheet, write_sheet
from service.adapters.sources.sheets.report_tables import write_rows, write_table
from service.adapters.sources.user_agents import agent_of
from service.bootstrap.ads import build_advertising, build_reconciliation
from service.bootstrap.content import build_content
from service.bootstrap.events import build_events, exporter_of, watch_events
from service.bootstrap.foundation import lay_foundation
from service.bootstrap.page import build_pages
from service.bootstrap.readers import build_readers
from service.bootstrap.sites import build_sites
from service.config import Config
from service.domain.page.site_snapshot import SiteSnapshot
from service.domain.ports import Clock
from service.services import Services
from service.usecases.ads.delivery.limit_reservations import LimitReservations
from service.usecases.readiness import WatchReadiness


def build_services(
    config: Config,
    store_url: str,
    revive_store: Callable[[], None] | None = None,
    *,
    metrics_dir: Path | None = None,
    clock: Clock = time.time,
) -> Services:
    """Returns the services on the store at `store_url`; nothing is asked of the store yet.

    `revive_store` starts an embedded store again. `metrics_dir` is where several processes share their metrics.
    """

    def snapshot_of(site_id: str) -> SiteSnapshot:
        # Readers and ads look at what pages are filled from, and those wait for the inventory: asked once all is made.
        return pages.snapshots.snapshot(site_id)

    base = lay_foundation(config, store_url, revive_store, metrics_dir, clock)
    sites, events = build_sites(base), build_events(base)
    events_waiting = watch_events(base, events.journal)
    content, readers = build_content(base, sites), build_readers(base, snapshot_of)
    ads = build_advertising(base, sites, events, readers, snapshot_of)
    pages = build_pages(base, sites, content, readers, ads)
    return Services(
        config=config,
        clock=clock,
        client=base.client,
        clients=base.clients,
        metrics=base.metrics,
        store_watch=base.store_watch,
        shared_secret=base.shared_secret,
        sites=sites.cached,
        site_records=sites.records,
        erase_site=sites.erase,
        tokens=sites.tokens,
        access=sites.access,
        answered_calls=sites.answered,
        journal=events.journal,
        event_book=events.book,
        event_stream=events.stream,
        unreadable_events=events.unreadable,
        export_log=events.export_log,
        events_waiting=events_waiting,
        exporter_of=partial(exporter_of, config, events, sites.records),
        rollups=events.rollups,
        articles=content.articles,
        versions=content.versions,
        feeds=content.feeds,
        fetcher=content.fetcher,
        feed_sources=content.feed_sources,
        models=content.models,
        index_supply=content.generations.supply,
        html_text=html_text,
        reads=readers.reads,
        remember=readers.remember,
        agent_of=agent_of,
        ads=ads,
        reconcile=build_reconciliation(base),
        reservation_limits=LimitReservations(clock),
        read_sheet=read_sheet,
        sheet_lines=named_lines,
        write_sheet=write_sheet,
        rules=pages.rules,
        pages=pages.fill,
        snapshots=pages.snapshots,
        learn_clicks=pages.learn_clicks,
        learn_examination=pages.learn_examination,
        widget_reports=pages.widget_reports,
        write_rows=write_rows,
        write_table=write_table,
        # Stopped in reverse: who asks for builds before the builds.
        background=[base.store_watch, content.builds, events.upkeep, pages.inventory_upkeep, pages.upkeep],
        readiness=WatchReadiness(
            {
                "store": base.store_watch.lack,
                "index": pages.snapshots.behind,
                "model": pages.snapshots.lack,
                "events": events_waiting.warning,
            },
            pages.snapshots.has_recalled,
        ),
        ages_s={"snapshots": pages.upkeep.age_s, "model": pages.snapshots.model_age_s},
    )
