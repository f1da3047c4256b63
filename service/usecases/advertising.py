"""Everything about advertising that requests and commands use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from service.domain.ads.forecast.demand import DemandCounter
from service.domain.ads.forecast.traffic import Traffic
from service.domain.ads.response.place_effects import PlaceEffects
from service.domain.ports import Clock, LearntStore, SiteStore
from service.usecases.ads.delivery.preview_creative import PreviewCreative
from service.usecases.ads.forecast.count_demand import CountedSlots
from service.usecases.ads.forecast.forecast_avails import ForecastAvails, ForecastSupply
from service.usecases.ads.forecast.learn_traffic import LearnTraffic
from service.usecases.ads.known.inventory_snapshots import InventorySnapshots
from service.usecases.ads.known.keep_pace import PaceKeeper
from service.usecases.ads.loading.creative_images import CreativeImages
from service.usecases.ads.loading.export_inventory import ExportInventory
from service.usecases.ads.loading.load_inventory import LoadInventory
from service.usecases.ads.loading.manage_entities import ManageEntities
from service.usecases.ads.reports.give_credit import GiveCredit
from service.usecases.ads.reports.report_blocking import ReportBlocking
from service.usecases.ads.reports.report_delivery import ReportDelivery
from service.usecases.ads.reports.report_pace import ReportPace
from service.usecases.ads.reports.report_period import ReportPeriod
from service.usecases.ads.reports.state_account import StateAccount
from service.usecases.events.record_events import RecordEvents
from service.usecases.events.take_batch import TakeBatch


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
    statements: StateAccount
    blocking: ReportBlocking
    avails: ForecastAvails
    forecasting: Forecasting
    look: Callable[[], None]
    tallies: Sequence[Callable[[float], None]]
