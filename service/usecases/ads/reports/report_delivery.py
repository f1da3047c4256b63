"""Reports what was delivered, from the ledger's own counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from service.domain.ads.booking.ledger import Booked, Delivery, Ledger
from service.domain.ads.inventory import (
    Advertiser,
    Campaign,
    Flight,
    Inventory,
    Unit,
    kind_of,
)
from service.domain.ads.inventory_store import (
    InventoryStore,
)
from service.domain.events.sums.credit import NOTHING, CreditStore, Withdrawn
from service.domain.events.sums.rollup import Sums
from service.domain.money.money import MICROS, amount_text
from service.usecases.ads.reports.figures import FIGURES, Delivered, total_figures
from service.usecases.ads.reports.report_pace import ReportPace
from service.usecases.ads.reports.sold_flights import SoldFlight, sold_flights

NAMED = ("flight_id", "campaign_id", "advertiser_id", "status")
COLUMNS = (*NAMED, *(name for name in FIGURES if name != "fill_rate"))


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """Rows by flight, their totals, and the shared budgets of campaigns and advertisers, ready for the wire."""

    rows: tuple[dict[str, Any], ...]
    totals: dict[str, Any]
    budgets: tuple[dict[str, Any], ...] = ()


class ReportDelivery:
    """Reads the delivery of every flight of a site."""

    def __init__(self, store: InventoryStore, ledger: Ledger, given: CreditStore, pace: ReportPace) -> None:
        self._pace = pace
        self._store = store
        self._ledger = ledger
        self._credits = given

    def by_flight(self, site_id: str, currency: str) -> DeliveryReport:
        """Returns a row for each flight, by id, since its first load; of deleted ones those that delivered.

        Raises StoreUnavailable.
        """
        inventory = self._store.load(site_id)
        sold = sold_flights(site_id, currency, inventory, self._ledger)
        flights = sorted(sold.values(), key=lambda flight: flight.id)
        deliveries = self._ledger.delivery(site_id, [flight.number for flight in flights])
        credited = self._credited(site_id)
        pacing = self._pace.since_start(site_id, inventory)
        rows, of_flights = [], []
        for flight, delivery in zip(flights, deliveries, strict=True):
            if not isinstance(flight, Flight) and delivery == _NOTHING:
                continue
            delivered = _delivered(delivery, credited.get(flight.number, NOTHING))
            pace = pacing(flight, delivery) if isinstance(flight, Flight) else None
            rows.append(_row(flight, {**delivered.figures(flight.currency), "pacing": pace}))
            of_flights.append((flight.currency, delivered))
        totals = total_figures(of_flights, currency)
        return DeliveryReport(tuple(rows), _less(totals), self._budgets(site_id, inventory))

    def _credited(self, site_id: str) -> dict[int, Withdrawn]:
        """What was withdrawn of each flight, by its number."""
        credited: dict[int, Withdrawn] = {}
        for credit in self._credits.all(site_id):
            credited[credit.flight] = credited.get(credit.flight, NOTHING).plus(credit.total)
        return credited

    def _budgets(self, site_id: str, inventory: Inventory) -> tuple[dict[str, Any], ...]:
        """What stands against the caps of each campaign and advertiser that has any."""
        campaigns = [one for _, one in sorted(inventory.campaigns.items()) if one.is_capped]
        advertisers = [one for _, one in sorted(inventory.advertisers.items()) if one.is_capped]
        numbers = [one.number for one in campaigns], [one.number for one in advertisers]
        owners: list[Campaign | Advertiser] = [*campaigns, *advertisers]
        currencies = [inventory.advertisers[one.advertiser].currency for one in campaigns]
        currencies += [one.currency for one in advertisers]
        booked = self._ledger.booked(site_id, *numbers)
        return tuple(_budget(*one) for one in zip(owners, currencies, booked, strict=True))


def _budget(owner: Campaign | Advertiser, currency: str, booked: Booked) -> dict[str, Any]:
    unit = owner.cap_unit
    day = (date(1970, 1, 1) + timedelta(days=booked.day)).isoformat() if booked.day else None
    return {
        "kind": kind_of(owner).removesuffix("s"),
        "id": owner.id,
        "cap_unit": str(unit),
        "currency": currency if unit is Unit.MONEY else None,
        "lifetime_cap": _limit(owner.lifetime_cap, unit, currency),
        "booked": _amount(booked.life[unit], unit, currency),
        "daily_cap": _limit(owner.daily_cap, unit, currency),
        "latest_day": day,
        "booked_on_day": _amount(booked.on_day[unit], unit, currency),
    }


def _limit(cap: int | None, unit: Unit, currency: str) -> str | int | None:
    return amount_text(cap, currency) if cap is not None and unit is Unit.MONEY else cap


def _amount(micros: int, unit: Unit, currency: str) -> str | int:
    return amount_text(micros, currency) if unit is Unit.MONEY else micros // MICROS


def _row(flight: SoldFlight, figures: dict[str, Any]) -> dict[str, Any]:
    named = (flight.id, flight.campaign, flight.advertiser, str(flight.status))
    return {**dict(zip(NAMED, named, strict=True)), **_less(figures)}


def _less(figures: dict[str, Any]) -> dict[str, Any]:
    """The figures without what a flight has none of: slots to fill are a placement's."""
    return {name: value for name, value in figures.items() if name != "fill_rate"}


def _delivered(delivery: Delivery, credited: Withdrawn) -> Delivered:
    sums = Sums(
        [delivery.gross_impressions, 0, 0],
        [delivery.net_impressions, delivery.views, delivery.clicks],
        [delivery.unbilled_impressions, delivery.unbilled_views, delivery.unbilled_clicks],
        delivery.spend_micros,
    )
    return Delivered(sums, dict(delivery.invalid), credited)


_NOTHING = Delivery()
