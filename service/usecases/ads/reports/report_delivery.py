"""Reports what was delivered, from the ledger's own counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Generic, TypeVar

from service.domain.ads.booking.ledger import Booked, Delivery, Ledger
from service.domain.ads.inventory import Advertiser, Campaign, Flight, Inventory, Kind, Unit, is_capped, kind_of
from service.domain.ads.inventory_store import InventoryStore
from service.domain.events.sums.credit import NOTHING, CreditStore, Withdrawn
from service.domain.events.sums.rollup import Sums
from service.domain.money.money import MICROS, amount_text
from service.usecases.ads.reports.figures import FIGURES, Delivered, Totals
from service.usecases.ads.reports.report_pace import ReportPace
from service.usecases.ads.reports.sold_flights import READ_AT_ONCE, SoldFlight, SoldFlights, sold_flights

NAMED = ("flight_id", "campaign_id", "advertiser_id", "status")
COLUMNS = (*NAMED, *(name for name in FIGURES if name != "fill_rate"))

Row = dict[str, Any]
Taken = TypeVar("Taken")


@dataclass(frozen=True, slots=True)
class DeliveryReport(Generic[Taken]):
    """What was made of the rows by flight, their totals, and the shared budgets of campaigns and advertisers."""

    rows: Taken
    totals: Row
    budgets: tuple[Row, ...]


class ReportDelivery:
    """Reads the delivery of every flight of a site."""

    def __init__(self, store: InventoryStore, ledger: Ledger, given: CreditStore, pace: ReportPace) -> None:
        self._pace = pace
        self._store = store
        self._ledger = ledger
        self._credits = given

    def by_flight(self, site_id: str, currency: str, take: Callable[[Iterable[Row]], Taken]) -> DeliveryReport[Taken]:
        """Returns the report since each flight's first load, ready for the wire.

        `take` is given a row for each flight, by id, of deleted ones those that delivered. It reads them all: they are
        made as it goes on, so that a large inventory is never in memory. Raises StoreUnavailable.
        """
        sold = sold_flights(site_id, currency, self._store, self._ledger, ("placements",))
        totals = Totals()
        rows = take(self._rows(sold, totals))
        return DeliveryReport(rows, _less(totals.figures(currency)), tuple(self._budgets(sold)))

    def _rows(self, sold: SoldFlights, totals: Totals) -> Iterator[Row]:
        """Yields the rows, which it adds to the totals."""
        credited = self._credited(sold.site_id)
        pacing = self._pace.since_start(sold.site_id, sold.placements())
        for flights in sold.in_pieces(sold.numbers()):
            deliveries = self._ledger.delivery(sold.site_id, [flight.number for flight in flights])
            for flight, delivery in zip(flights, deliveries, strict=True):
                if not isinstance(flight, Flight) and delivery == _NOTHING:
                    continue
                delivered = _delivered(delivery, credited.get(flight.number, NOTHING))
                totals.add(flight.currency, delivered)
                pace = pacing(flight, delivery) if isinstance(flight, Flight) else None
                yield {**_named(flight), **_less(delivered.figures(flight.currency)), "pacing": pace}

    def _credited(self, site_id: str) -> dict[int, Withdrawn]:
        """What was withdrawn of each flight, by its number."""
        credited: dict[int, Withdrawn] = {}
        for credit in self._credits.all(site_id):
            credited[credit.flight] = credited.get(credit.flight, NOTHING).plus(credit.total)
        return credited

    def _budgets(self, sold: SoldFlights) -> Iterator[Row]:
        """Yields what stands against the caps of each campaign and advertiser that has any, by id."""
        buyers = self._part(sold, "advertisers", sorted(sold.ids["advertisers"].values())).advertisers
        campaigns = sorted(sold.ids["campaigns"].values())
        for at in range(0, len(campaigns), READ_AT_ONCE):
            part = self._part(sold, "campaigns", campaigns[at : at + READ_AT_ONCE]).campaigns
            capped = [one for one in part.values() if is_capped(one)]
            booked = self._ledger.booked(sold.site_id, [one.number for one in capped], [])
            for campaign, of_it in zip(capped, booked, strict=True):
                buyer = buyers.get(campaign.advertiser)
                yield _budget(campaign, buyer.currency if buyer else sold.currency, of_it)
        owners = [one for one in buyers.values() if is_capped(one)]
        booked = self._ledger.booked(sold.site_id, [], [one.number for one in owners])
        yield from (_budget(owner, owner.currency, of_it) for owner, of_it in zip(owners, booked, strict=True))

    def _part(self, sold: SoldFlights, kind: Kind, ids: Sequence[str]) -> Inventory:
        return self._store.part(sold.site_id, [(kind, one) for one in ids])


def _budget(owner: Campaign | Advertiser, currency: str, booked: Booked) -> Row:
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


def _named(flight: SoldFlight) -> Row:
    named = (flight.id, flight.campaign, flight.advertiser, str(flight.status))
    return dict(zip(NAMED, named, strict=True))


def _less(figures: Row) -> Row:
    """The figures without what a flight has none of: slots to fill are a placement's."""
    del figures["fill_rate"]
    return figures


def _delivered(delivery: Delivery, credited: Withdrawn) -> Delivered:
    sums = Sums(
        [delivery.gross_impressions, 0, 0],
        [delivery.net_impressions, delivery.views, delivery.clicks],
        [delivery.unbilled_impressions, delivery.unbilled_views, delivery.unbilled_clicks],
        delivery.spend_micros,
    )
    return Delivered(sums, dict(delivery.invalid), credited)


_NOTHING = Delivery()
