"""Wires advertising: the inventory, its snapshots and pictures, and what the uses of it need of other rooms."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import partial

from models.text import words_by_term
from service.adapters.redis import learnt_values
from service.adapters.redis.ads.blocking_counter import RedisBlockingCounter
from service.adapters.redis.ads.credit_store import RedisCreditStore
from service.adapters.redis.ads.demand_counter import RedisDemandCounter
from service.adapters.redis.ads.inventory.images import RedisImageStore
from service.adapters.redis.ads.inventory.store import RedisInventoryStore
from service.adapters.redis.ads.ledger.moments import RedisLedgerMoments
from service.bootstrap.events import Events
from service.bootstrap.foundation import Foundation
from service.bootstrap.inventory import analyzer_of, inventory_files
from service.bootstrap.readers import Readers
from service.bootstrap.sites import Sites
from service.domain.ads.booking.ledger import Ledger
from service.domain.ads.inventory import Unit
from service.domain.page.site_snapshot import SiteSnapshot
from service.domain.ports import Analyzer
from service.usecases.ads.delivery.fill_slots import FillSlots
from service.usecases.ads.delivery.preview_creative import PreviewCreative
from service.usecases.ads.delivery.similar_pages import SimilarPages
from service.usecases.ads.forecast.count_demand import CountedSlots, DemandTally
from service.usecases.ads.forecast.forecast_avails import ForecastAvails
from service.usecases.ads.known.inventory_snapshots import InventorySnapshots
from service.usecases.ads.known.keep_pace import PaceKeeper
from service.usecases.ads.loading.creative_images import CreativeImages, ImageLimits
from service.usecases.ads.loading.export_inventory import ExportInventory
from service.usecases.ads.loading.foresee_goals import ForeseeGoals
from service.usecases.ads.loading.load_inventory import LoadInventory
from service.usecases.ads.loading.manage_entities import ManageEntities
from service.usecases.ads.loading.replan_flights import ReplanFlights
from service.usecases.ads.reports.give_credit import GiveCredit
from service.usecases.ads.reports.reconcile_ledger import ReconcileLedger
from service.usecases.ads.reports.report_blocking import BlockingTally, ReportBlocking
from service.usecases.ads.reports.report_delivery import ReportDelivery
from service.usecases.ads.reports.report_pace import ReportPace
from service.usecases.ads.reports.report_period import ReportPeriod
from service.usecases.ads.reports.state_account import StateAccount
from service.usecases.advertising import Ads, Forecasting
from service.usecases.events.judge_events import JudgeEvents
from service.usecases.events.note_opened import NoteOpened
from service.usecases.events.record_events import RecordEvents
from service.usecases.events.take_batch import TakeBatch
from service.usecases.page.teaser_links import TeaserLinks
from service.usecases.upkeep import WRITTEN_EVERY_S


def build_advertising(
    base: Foundation,
    sites: Sites,
    events: Events,
    readers: Readers,
    snapshot_of: Callable[[str], SiteSnapshot],
) -> Ads:
    """Returns the uses of advertising; `snapshot_of` tells where followed teasers lead."""
    client, clock, key, ledger, book = base.client, base.clock, base.shared_secret.key, events.ledger, events.book
    inventories, blocking = RedisInventoryStore(client), RedisBlockingCounter(client)
    images = CreativeImages(
        RedisImageStore(client), inventories, ImageLimits(base.config.max_image_bytes, base.config.max_images)
    )
    similar = SimilarPages(lambda site_id: snapshot_of(site_id).index, sites.languages, words_by_term)
    snapshots, forecasting = _snapshots(base, sites, inventories, similar), _forecasting(base, sites)
    pace = PaceKeeper(snapshots, ledger, WRITTEN_EVERY_S, forecasting.traffic.read, forecasting.effects.read)
    blocked, demand, judge, replan = BlockingTally(), DemandTally(), JudgeEvents(clock), ReplanFlights(ledger, clock)
    reports, periods, given, statements = _accounts(base, events, inventories, forecasting.told)
    links, note_opened = TeaserLinks(snapshot_of, clock), NoteOpened(readers.remember, readers.shown_tally)
    return Ads(
        snapshots=snapshots,
        pace=pace,
        load=LoadInventory(inventories, _plan_id, images.ids, replan, ForeseeGoals(forecasting.supply)),
        entities=ManageEntities(inventories, images.ids, replan, partial(_is_billed, ledger)),
        preview=PreviewCreative(inventories),
        export=ExportInventory(inventories),
        images=images,
        slots=CountedSlots(FillSlots(snapshots, ledger, pace, key, events.hindrances, blocked.note, similar), demand),
        events=RecordEvents(snapshots, book, key, links.url, readers.engagement_tally.note_click, judge),
        batches=TakeBatch(book, key, judge, readers.teasers, note_opened.note),
        reports=reports,
        periods=periods,
        credits=given,
        statements=statements,
        blocking=ReportBlocking(inventories, blocking),
        avails=ForecastAvails(snapshots, ledger, forecasting.supply),
        forecasting=forecasting,
        look=lambda: similar.look(snapshots.held()),
        tallies=[partial(blocked.write_down, blocking), partial(demand.write_down, forecasting.demand)],
    )


def _accounts(
    base: Foundation, events: Events, inventories: RedisInventoryStore, pace: ReportPace
) -> tuple[ReportDelivery, ReportPeriod, GiveCredit, StateAccount]:
    """What tells and withdraws what advertisers are billed for."""
    given, clock = RedisCreditStore(base.client), base.clock
    periods = ReportPeriod(inventories, events.ledger, events.rollups, given, pace)
    return (
        ReportDelivery(inventories, events.ledger, given, pace),
        periods,
        GiveCredit(inventories, events.ledger, events.rollups, given, clock),
        StateAccount(periods, given.all, events.stream.added_up_to, events.unreadable.all, clock),
    )


def _is_billed(ledger: Ledger, site_id: str, advertiser: int) -> bool:
    [booked] = ledger.booked(site_id, [], [advertiser])
    return booked.life[Unit.MONEY] > 0


def _plan_id() -> str:
    return secrets.token_hex(16)


def _forecasting(base: Foundation, sites: Sites) -> Forecasting:
    traffic, effects = learnt_values.traffics(base.client), learnt_values.place_effects(base.client)
    return Forecasting(sites.records, RedisDemandCounter(base.client), traffic, effects, base.clock)


def _snapshots(
    base: Foundation, sites: Sites, inventories: RedisInventoryStore, similar: SimilarPages
) -> InventorySnapshots:
    """What requests read of inventories: built or mapped, with what flights describe made ready before."""

    def analyzers_of(site_id: str) -> list[Analyzer]:
        return [analyzer_of(each) for each in sites.languages(site_id)]

    files = inventory_files(base.config, base.child_environment, base.client)
    return InventorySnapshots(inventories, analyzers_of, files, similar.prepare, sites.exchange)


def build_reconciliation(base: Foundation) -> ReconcileLedger:
    """Returns the check of the ledger against what was written down of it."""
    return ReconcileLedger(RedisLedgerMoments(base.client), RedisInventoryStore(base.client))
