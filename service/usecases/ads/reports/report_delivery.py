"""Reports what was delivered, from the ledger's own counts."""

from __future__ import annotations

from collections.abc import Sequence
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
from service.domain.ads.money import MICROS, amount_text
from service.usecases.ads.reports.report_pace import ReportPace

COLUMNS = (
    "flight_id", "campaign_id", "advertiser_id", "status", "gross_impressions", "net_impressions", "views", "clicks",
    "ctr", "spend", "currency", "ecpm", "pacing", "unbilled_impressions", "unbilled_views", "unbilled_clicks",
    "invalid",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """Rows by flight, their totals, and the shared budgets of campaigns and advertisers, ready for the wire."""

    rows: tuple[dict[str, Any], ...]
    totals: dict[str, Any]
    budgets: tuple[dict[str, Any], ...] = ()


class ReportDelivery:
    """Reads the delivery of every flight of a site."""

    def __init__(self, store: InventoryStore, ledger: Ledger, pace: ReportPace) -> None:
        self._pace = pace
        self._store = store
        self._ledger = ledger

    def by_flight(self, site_id: str, currency: str) -> DeliveryReport:
        """Returns a row for each flight, by id, since its first load. Raises StoreUnavailable."""
        inventory = self._store.load(site_id)
        flights = sorted(inventory.flights.values(), key=lambda flight: flight.id)
        deliveries = self._ledger.delivery(site_id, [flight.number for flight in flights])
        pacing = self._pace.since_start(site_id, inventory)
        rows = tuple(
            _row(flight, delivery, pacing(flight, delivery))
            for flight, delivery in zip(flights, deliveries, strict=True)
        )
        return DeliveryReport(rows, _totals(flights, deliveries, currency), self._budgets(site_id, inventory))

    def _budgets(self, site_id: str, inventory: Inventory) -> tuple[dict[str, Any], ...]:
        """What stands against the caps of each campaign and advertiser that has any."""
        campaigns = [one for _, one in sorted(inventory.campaigns.items()) if _capped(one)]
        advertisers = [one for _, one in sorted(inventory.advertisers.items()) if _capped(one)]
        numbers = [one.number for one in campaigns], [one.number for one in advertisers]
        owners: list[Campaign | Advertiser] = [*campaigns, *advertisers]
        currencies = [inventory.advertisers[one.advertiser].currency for one in campaigns]
        currencies += [one.currency for one in advertisers]
        booked = self._ledger.booked(site_id, *numbers)
        return tuple(_budget(*one) for one in zip(owners, currencies, booked, strict=True))


def _capped(owner: Campaign | Advertiser) -> bool:
    return owner.daily_cap is not None or owner.lifetime_cap is not None


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


def _row(flight: Flight, delivery: Delivery, pacing: float | None) -> dict[str, Any]:
    named = {
        "flight_id": flight.id,
        "campaign_id": flight.campaign,
        "advertiser_id": flight.advertiser,
        "status": str(flight.status),
    }
    values = {**named, **_figures(delivery, flight.currency), "pacing": pacing}
    return {column: values[column] for column in COLUMNS}


def _totals(flights: Sequence[Flight], deliveries: Sequence[Delivery], currency: str) -> dict[str, Any]:
    """The sums of all flights, of which `currency` is what none would pay in; money of several is told apart."""
    by_currency: dict[str, list[Delivery]] = {}
    for flight, delivery in zip(flights, deliveries, strict=True):
        by_currency.setdefault(flight.currency, []).append(delivery)
    total = _figures(_sum(deliveries), next(iter(by_currency), currency))
    if len(by_currency) <= 1:
        return total
    spend = {name: _figures(_sum(own), name)["spend"] for name, own in sorted(by_currency.items())}
    return {**total, **dict.fromkeys(("spend", "ecpm", "currency")), "spend_by_currency": spend}


def _figures(delivery: Delivery, currency: str) -> dict[str, Any]:
    net = delivery.net_impressions
    return {
        "gross_impressions": delivery.gross_impressions,
        "net_impressions": net,
        "views": delivery.views,
        "clicks": delivery.clicks,
        "ctr": round(delivery.clicks / net, 6) if net else None,
        "spend": amount_text(delivery.spend_micros, currency),
        "currency": currency,
        "ecpm": amount_text(delivery.spend_micros * 1000 // net, currency) if net else None,
        "unbilled_impressions": delivery.unbilled_impressions,
        "unbilled_views": delivery.unbilled_views,
        "unbilled_clicks": delivery.unbilled_clicks,
        "invalid": dict(delivery.invalid),
    }


def _sum(deliveries: Sequence[Delivery]) -> Delivery:
    invalid: dict[str, int] = {}
    for delivery in deliveries:
        for reason, count in delivery.invalid.items():
            invalid[reason] = invalid.get(reason, 0) + count
    return Delivery(
        gross_impressions=sum(one.gross_impressions for one in deliveries),
        net_impressions=sum(one.net_impressions for one in deliveries),
        views=sum(one.views for one in deliveries),
        clicks=sum(one.clicks for one in deliveries),
        unbilled_impressions=sum(one.unbilled_impressions for one in deliveries),
        unbilled_views=sum(one.unbilled_views for one in deliveries),
        unbilled_clicks=sum(one.unbilled_clicks for one in deliveries),
        spend_micros=sum(one.spend_micros for one in deliveries),
        invalid=invalid,
    )
