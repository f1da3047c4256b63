"""The one composition root: Config in, Services out. Only here implementations are chosen."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from models.text import distinct_term_ids
from models.text.detect import detect
from service.adapters.files.generation_builds import GenerationBuilds
from service.adapters.files.generation_supply import SHARED_FOLDER, GenerationSupply
from service.adapters.files.generations import Generations
from service.adapters.files.index_builder import IndexBuilder
from service.adapters.files.inventory_files import InventoryFiles
from service.adapters.files.journal import FileJournal
from service.adapters.files.model_shelf import ModelShelf
from service.adapters.files.site_erasure import erase_site_files
from service.adapters.files.site_index import IndexLimits
from service.adapters.files.snapshot_keeper import SnapshotKeeper
from service.adapters.redis.article_store import RedisArticleStore
from service.adapters.redis.blocking_counter import RedisBlockingCounter
from service.adapters.redis.connection import connect
from service.adapters.redis.credit_store import RedisCreditStore
from service.adapters.redis.engagement_counter import RedisEngagementCounter
from service.adapters.redis.event_stream import RedisEventStream, RedisRollups
from service.adapters.redis.feed_store import RedisFeedStore
from service.adapters.redis.image_store import RedisImageStore
from service.adapters.redis.inventory_store import RedisInventoryStore
from service.adapters.redis.ledger import RedisLedger
from service.adapters.redis.ledger_moments import RedisLedgerMoments
from service.adapters.redis.model_pointers import RedisModelPointers
from service.adapters.redis.read_counter import RedisReadCounter
from service.adapters.redis.rule_store import RedisRuleStore
from service.adapters.redis.secret import SharedSecret
from service.adapters.redis.site_erasure import erase_site_keys
from service.adapters.redis.site_store import RedisSiteStore
from service.adapters.redis.store_watch import StoreWatch
from service.adapters.redis.teaser_counter import RedisTeaserCounter
from service.adapters.redis.token_store import RedisTokenStore
from service.adapters.redis.versions import RedisVersionStore
from service.adapters.sources.fetcher import Fetcher
from service.adapters.sources.html_text import html_text
from service.adapters.sources.report_tables import write_table
from service.adapters.sources.rss_source import RssSource
from service.adapters.sources.sheets import read_sheet, write_sheet
from service.adapters.sources.user_agents import agent_of
from service.adapters.sources.wordpress_api import WordPressSource
from service.config import Config, child_environment
from service.domain.language import languages_of
from service.domain.ports import (
    Clock,
)
from service.observability import Metrics
from service.services import Services
from service.usecases.ads.advertising import DeliveredSums, build_ads
from service.usecases.ads.creative_images import CreativeImages, ImageLimits
from service.usecases.ads.limit_reservations import LimitReservations
from service.usecases.ads.reconcile_ledger import ReconcileLedger
from service.usecases.events.durable_book import DurableBook, EventCounts
from service.usecases.events.engagement import EngagementHistory, EngagementTally
from service.usecases.events.judge_events import JudgeEvents
from service.usecases.events.report_widgets import ReportWidgets
from service.usecases.events.teasers import TeaserTally
from service.usecases.manage_models import ManageModels
from service.usecases.page.edit_rules import EditRules
from service.usecases.page.fill_page import FillPage
from service.usecases.page.teaser_links import TeaserLinks, article_name
from service.usecases.sites.cached_sites import CachedSites
from service.usecases.sites.erase_site import EraseSite
from service.usecases.sites.manage_access import Access
from service.usecases.upkeep import ReadTally, Upkeep

# What the request path waits for a token or a site that it does not know; a known one is served meanwhile.
LOOKUP_TIMEOUT_MS = 250

JOURNAL_LOOK_S = 0.5


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
    client = connect(store_url, config.store_timeout_ms)
    lookup_client = connect(store_url, LOOKUP_TIMEOUT_MS)
    tokens = RedisTokenStore(client)
    site_records = RedisSiteStore(client)
    store_watch = StoreWatch(lookup_client, revive_store)
    articles, versions, reads = RedisArticleStore(client), RedisVersionStore(client), RedisReadCounter(client)
    pointers, shelf = RedisModelPointers(client), ModelShelf(config.bundles)
    index_folder, inventory_folder = config.data_dir / "index", config.data_dir / "inventory"
    builds = GenerationBuilds(
        index_folder, child_environment(config, store_url), clock, lambda site_id: index_supply(site_id).has_news()
    )
    engagement, engagement_tally = RedisEngagementCounter(client), EngagementTally()
    rules, read_tally = RedisRuleStore(client), ReadTally()
    teaser_counter = RedisTeaserCounter(client)
    teasers = TeaserTally(
        lambda site_id, id_hash: snapshots.snapshot(site_id).index.row_of_hash(id_hash) is not None, read_tally.note
    )
    shared_secret = SharedSecret(lookup_client, config.secret_key)
    ledger_client = connect(store_url, config.ledger_timeout_ms)
    inventories = RedisInventoryStore(client)
    ledger = RedisLedger(ledger_client, lookup_client, config.max_waiting_events)
    journal = FileJournal(config.journal, config.max_journal_bytes)
    metrics = Metrics(metrics_dir)
    event_counts = EventCounts(metrics.count_journaled, metrics.count_refused)
    event_book = DurableBook(ledger, journal, clock, store_watch.is_away, event_counts)
    rollups = RedisRollups(client)
    ads = build_ads(
        inventories,
        ledger,
        event_book,
        lambda site_id: [partial(distinct_term_ids, language=each) for each in languages_of(site_records.get(site_id))],
        shared_secret.key,
        lambda site_id, id_hash: TeaserLinks(snapshots.snapshot, clock).url(site_id, id_hash),
        engagement_tally.note_click,
        CreativeImages(RedisImageStore(client), inventories, ImageLimits(config.max_image_bytes, config.max_images)),
        JudgeEvents(clock),
        RedisBlockingCounter(client),
        teasers,
        InventoryFiles(
            inventory_folder,
            child_environment(config, store_url),
            lambda site_id: "-".join(languages_of(site_records.get(site_id))),
        ),
        DeliveredSums(rollups, RedisCreditStore(client), clock),
    )
    snapshots = SnapshotKeeper(
        sites=site_records,
        articles=articles,
        versions=versions,
        pointers=pointers,
        reads=reads,
        rules=rules,
        engagement=EngagementHistory(engagement).recent,
        shelf=shelf,
        folder=index_folder,
        limits=IndexLimits(config.delta_limit, config.merge_after),
        ask_for_generation=builds.ask,
        refresh_inventory=ads.snapshots.refresh,
        clock=clock,
    )

    tallies: list[Callable[[float], None]] = [partial(read_tally.write_down, reads), ads.write_down]
    tallies.append(ads.pace.look)
    tallies.append(partial(engagement_tally.write_down, engagement))
    tallies.append(partial(teasers.write_down, teaser_counter))

    fetcher = Fetcher(
        private_hosts=config.private_feed_hosts,
        limit_bytes=config.max_feed_bytes,
        timeout_s=config.feed_timeout_ms / 1_000,
    )

    def index_builder(site_id: str) -> IndexBuilder:
        history = pointers.history(site_id)
        model = shelf.open(site_id, history[-1] if history else None)
        return IndexBuilder(site_records.get(site_id), articles, model, Generations(index_folder / site_id))

    def index_supply(site_id: str) -> GenerationSupply:
        return GenerationSupply(
            Generations(index_folder / site_id),
            Generations(config.bundles / SHARED_FOLDER / site_id),
            config.index_sharing,
            lambda: index_builder(site_id),
        )

    return Services(
        config=config,
        clock=clock,
        client=client,
        lookup_client=lookup_client,
        ledger_client=ledger_client,
        metrics=metrics,
        access=Access(tokens, clock, lookup=RedisTokenStore(lookup_client).get),
        sites=CachedSites(site_records, clock, lookup=RedisSiteStore(lookup_client).get),
        site_records=site_records,
        erase_site=EraseSite(
            site_records,
            tokens,
            partial(erase_site_keys, client),
            partial(erase_site_files, (index_folder, inventory_folder, config.bundles, config.bundles / SHARED_FOLDER)),
            time.sleep,
        ),
        tokens=tokens,
        store_watch=store_watch,
        journal=journal,
        event_book=event_book,
        event_stream=RedisEventStream(client),
        rollups=rollups,
        reconcile=ReconcileLedger(RedisLedgerMoments(client), inventories),
        shared_secret=shared_secret,
        articles=articles,
        versions=versions,
        reads=reads,
        rules=EditRules(rules, articles, clock),
        feeds=RedisFeedStore(client),
        fetcher=fetcher,
        feed_sources={"rss": RssSource(fetcher, clock), "wordpress": WordPressSource(fetcher, clock)},
        html_text=html_text,
        read_sheet=read_sheet,
        widget_reports=ReportWidgets(
            teaser_counter, lambda site_id, id_hash: article_name(snapshots.snapshot(site_id).index, id_hash)
        ),
        write_table=write_table,
        write_sheet=write_sheet,
        agent_of=agent_of,
        reservation_limits=LimitReservations(clock),
        pages=FillPage(snapshots.snapshot, ads.slots, read_tally.note, clock, engagement_tally.note_offered, detect),
        ads=ads,
        models=ManageModels(site_records, articles, pointers, shelf, clock),
        snapshots=snapshots,
        index_supply=index_supply,
        background=[  # stopped in reverse: who asks for builds before the builds
            store_watch,
            builds,
            Upkeep(event_book.drain, [], JOURNAL_LOOK_S, clock),
            Upkeep(snapshots.look_around, tallies, config.poll_interval_ms / 1_000, clock),
        ],
        ready_checks={"store": store_watch.lack, "index": snapshots.behind, "model": snapshots.lack},
    )
