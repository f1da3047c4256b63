"""Wires advertising: the inventory, its snapshots and pictures, and what the uses of it need of other rooms."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from models.text import distinct_term_ids, words_by_term
from service.adapters.files.inventory.inventory_files import InventoryFiles
from service.adapters.redis import learnt_values
from service.adapters.redis.ads.blocking_counter import RedisBlockingCounter
from service.adapters.redis.ads.credit_store import RedisCreditStore
from service.adapters.redis.ads.demand_counter import RedisDemandCounter
from service.adapters.redis.ads.image_store import RedisImageStore
from service.adapters.redis.ads.inventory_store import RedisInventoryStore
from service.adapters.redis.ads.ledger_moments import RedisLedgerMoments
from service.bootstrap.events import Events
from service.bootstrap.foundation import Foundation
from service.bootstrap.readers import Readers
from service.bootstrap.sites import Sites
from service.domain.ports import Analyzer
from service.usecases.ads.delivery.inventory_snapshots import InventorySnapshots
from service.usecases.ads.delivery.similar_pages import SimilarPages
from service.usecases.ads.loading.advertising import Ads, DeliveredSums, Forecasting, build_ads
from service.usecases.ads.loading.creative_images import CreativeImages, ImageLimits
from service.usecases.ads.reports.reconcile_ledger import ReconcileLedger
from service.usecases.events.judge_events import JudgeEvents
from service.usecases.events.note_opened import NoteOpened
from service.usecases.page.fill_page import SiteSnapshot
from service.usecases.page.teaser_links import TeaserLinks


def build_advertising(
    base: Foundation,
    sites: Sites,
    events: Events,
    readers: Readers,
    snapshot_of: Callable[[str], SiteSnapshot],
) -> Ads:
    """Returns the uses of advertising; `snapshot_of` tells where followed teasers lead."""
    inventories = RedisInventoryStore(base.client)
    image_limits = ImageLimits(base.config.max_image_bytes, base.config.max_images)
    similar = SimilarPages(lambda site_id: snapshot_of(site_id).index, sites.languages, words_by_term)
    return build_ads(
        inventories,
        _snapshots(base, sites, inventories, similar),
        events.ledger,
        events.book,
        base.shared_secret.key,
        TeaserLinks(snapshot_of, base.clock).url,
        readers.engagement_tally.note_click,
        CreativeImages(RedisImageStore(base.client), inventories, image_limits),
        JudgeEvents(base.clock),
        RedisBlockingCounter(base.client),
        readers.teasers,
        DeliveredSums(events.rollups, RedisCreditStore(base.client), base.clock),
        Forecasting(
            sites.records,
            RedisDemandCounter(base.client),
            learnt_values.traffics(base.client),
            learnt_values.place_effects(base.client),
            base.clock,
        ),
        NoteOpened(readers.remember, readers.shown_tally).note,
        similar,
    )


def _snapshots(
    base: Foundation, sites: Sites, inventories: RedisInventoryStore, similar: SimilarPages
) -> InventorySnapshots:
    """What requests read of inventories: built or mapped, with what flights describe made ready before."""

    def analyzer_of(language: str) -> Analyzer:
        return partial(distinct_term_ids, language=language)

    def analyzers_of(site_id: str) -> list[Analyzer]:
        return [analyzer_of(each) for each in sites.languages(site_id)]

    folder, environment = base.inventory_folder, base.child_environment
    files = InventoryFiles(folder, environment, inventories.stored, sites.languages, analyzer_of, sites.exchange)
    return InventorySnapshots(inventories, analyzers_of, files, similar.prepare, sites.exchange)


def build_reconciliation(base: Foundation) -> ReconcileLedger:
    """Returns the check of the ledger against what was written down of it."""
    return ReconcileLedger(RedisLedgerMoments(base.client), RedisInventoryStore(base.client))
