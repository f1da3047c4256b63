"""Everything about advertising that requests and commands use, put together from the ports."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from service.domain.ads.booking.ledger import Ledger
from service.domain.ads.forecast.demand import DemandCounter
from service.domain.ads.forecast.place_effects import PlaceEffects
from service.domain.ads.forecast.traffic import Traffic
from service.domain.ads.inventory_store import (
    InventoryStore,
)
from service.domain.ads.targeting.blocking import BlockingCounter
from service.domain.events.credit import CreditStore
from service.domain.events.rollup import Rollups
from service.domain.ports import Clock, LearntStore, SiteStore
from service.usecases.ads.delivery.fill_slots import FillSlots
from service.usecases.ads.delivery.inventory_snapshots import InventorySnapshots
from service.usecases.ads.delivery.keep_pace import PaceKeeper
from service.usecases.ads.delivery.preview_creative import PreviewCreative
from service.usecases.ads.delivery.similar_pages import SimilarPages
from service.usecases.ads.forecast.count_demand import CountedSlots, DemandTally
from service.usecases.ads.forecast.forecast_avails import ForecastAvails, ForecastSupply
from service.usecases.ads.forecast.learn_traffic import LearnTraffic
from service.usecases.ads.loading.creative_images import CreativeImages
from service.usecases.ads.loading.export_inventory import ExportInventory
from service.usecases.ads.loading.foresee_goals import ForeseeGoals
from service.usecases.ads.loading.load_inventory import LoadInventory
from service.usecases.ads.loading.manage_entities import ManageEntities
from service.usecases.ads.loading.replan_flights import ReplanFlights
from service.usecases.ads.reports.give_credit import GiveCredit
from service.usecases.ads.reports.report_blocking import BlockingTally, ReportBlocking
from service.usecases.ads.reports.report_delivery import ReportDelivery
from service.usecases.ads.reports.report_pace import ReportPace
from service.usecases.ads.reports.report_period import ReportPeriod
from service.usecases.events.durable_book import DurableBook
from service.usecases.events.judge_events import JudgeEvents
from service.usecases.events.record_events import RecordEvents, TeaserUrl
from service.usecases.events.take_batch import Opened, TakeBatch
from service.usecases.events.teasers import TeaserTally
from service.usecases.upkeep import WRITTEN_EVERY_S


@dataclass(frozen=True, slots=True)
class DeliveredSums:
    """What reports of periods and credits are made from."""

    rollups: Rollups
    credits: CreditStore
    clock: Clock


@dataclass(frozen=True, slots=True)
class Forecasting:
    """What a forecast is made from: the sites, what their pages ask for, and what was learnt of that and of places."""

    sites: SiteStore
    demand: DemandCounter
    traffic: LearntStore[Traffic | None]
    effects: LearntStore[PlaceEffects]
    clock: Clock

    @property
    def supply(self) -> ForecastSupply:
        """What forecasts count with."""
        return ForecastSupply(self.demand, self.traffic, self.clock)

    @property
    def told(self) -> ReportPace:
        """What reports tell of it."""
        return ReportPace(self.traffic, self.demand, self.clock)

    @property
    def learning(self) -> LearnTraffic:
        """What workers do to learn it."""
        return LearnTraffic(self.sites, self.demand, self.traffic, self.clock)


@dataclass(frozen=True, slots=True)
class Ads:
    """The uses of advertising, sharing one set of snapshots, one ledger and one key.

    `look` takes up models that have changed. Each of `tallies` puts what was counted in this process into the store, at
    a time in seconds since 1970.
    """

    snapshots: InventorySnapshots
    pace: PaceKeeper
    load: LoadInventory
    entities: ManageEntities
    preview: PreviewCreative
    export: ExportInventory
    images: CreativeImages
    slots: CountedSlots
    events: RecordEvents
    batches: TakeBatch
    reports: ReportDelivery
    periods: ReportPeriod
    credits: GiveCredit
    blocking: ReportBlocking
    avails: ForecastAvails
    forecasting: Forecasting
    look: Callable[[], None]
    tallies: Sequence[Callable[[float], None]]


def build_ads(
    store: InventoryStore,
    snapshots: InventorySnapshots,
    ledger: Ledger,
    book: DurableBook,
    key: Callable[[], bytes],
    teaser_url: TeaserUrl,
    note_click: Callable[[str, int], None],
    images: CreativeImages,
    judge: JudgeEvents,
    blocking: BlockingCounter,
    teasers: TeaserTally,
    sums: DeliveredSums,
    forecasting: Forecasting,
    note_opened: Opened,
    similar: SimilarPages,
) -> Ads:
    """Returns the uses of advertising; `key` signs event addresses and may raise StoreUnavailable."""
    tally, demand, replan = BlockingTally(), DemandTally(), ReplanFlights(ledger, forecasting.clock)
    pace = PaceKeeper(snapshots, ledger, WRITTEN_EVERY_S, forecasting.traffic.read, forecasting.effects.read)
    return Ads(
        snapshots,
        pace,
        LoadInventory(store, lambda: secrets.token_hex(16), images.ids, replan, ForeseeGoals(forecasting.supply)),
        ManageEntities(store, images.ids, replan),
        PreviewCreative(store),
        ExportInventory(store),
        images,
        CountedSlots(FillSlots(snapshots, ledger, pace, key, book.may_reserve, tally.note, similar), demand),
        RecordEvents(snapshots, book, key, teaser_url, note_click, judge),
        TakeBatch(book, key, judge, teasers, note_opened),
        ReportDelivery(store, ledger, forecasting.told),
        ReportPeriod(store, sums.rollups, sums.credits, forecasting.told),
        GiveCredit(store, sums.rollups, sums.credits, sums.clock),
        ReportBlocking(store, blocking),
        ForecastAvails(snapshots, ledger, forecasting.supply),
        forecasting,
        lambda: similar.look(snapshots.held()),
        [partial(tally.write_down, blocking), partial(demand.write_down, forecasting.demand)],
    )
