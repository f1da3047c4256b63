"""Withdraws net events of a flight with a reason: reports show it, budgets do not."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from service.domain.ads.booking.ledger import Ledger
from service.domain.ads.inventory_store import InventoryStore
from service.domain.durations import HOUR_S
from service.domain.errors import Conflict, Fault, InvalidInput, NotFound
from service.domain.events.sums.credit import NOTHING, Credit, CreditStore, Withdrawn, left_of
from service.domain.events.sums.rollup import Cell, Dimension, Rollups, Sums
from service.domain.money.money import amount_text
from service.domain.ports import Clock
from service.domain.sites.site import Site
from service.usecases.ads.reports.sold_flights import SoldFlight, sold_flights

MOST_HOURS = 31 * 24

_WITHDRAWN = "What the flight delivered in these hours is withdrawn already; `GET /v1/credits` tells by which."
_NOTHING_THERE = (
    "Nothing is added up of the flight '{}' in these hours (from and to are in UTC). If it did deliver then, see that "
    "`standfirst worker` runs and, by `standfirst doctor`, how many events wait for it."
)


class GiveCredit:
    """Gives, reverses and lists credits."""

    def __init__(
        self, store: InventoryStore, ledger: Ledger, rollups: Rollups, kept: CreditStore, clock: Clock
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._rollups = rollups
        self._credits = kept
        self._clock = clock

    def give(self, site: Site, flight_id: str, begins_at: float, ends_at: float, reason: str) -> Credit:
        """Withdraws the net events of a flight, also a deleted one, between two whole hours, and returns the credit.

        It is what reports show of those hours now and no credit has withdrawn; what was reserved or capped stays as it
        is. Raises NotFound, InvalidInput for hours that are not whole, not over or too many, Conflict where nothing is
        left to withdraw.
        """
        flight = self._flight(site, flight_id)
        faults = list(_faults(begins_at, ends_at, self._clock()))
        if faults:
            raise InvalidInput(faults)
        begins, ends = int(begins_at // HOUR_S), int(ends_at // HOUR_S)
        net = self._net(site.id, flight.number, range(begins, ends))

        def make(given: list[Credit]) -> Credit:
            left = left_of(net, flight.number, given)
            if not left:
                raise Conflict(_WITHDRAWN if net else _NOTHING_THERE.format(flight_id))
            now, name = self._clock(), secrets.token_hex(8)
            return Credit(name, flight.number, flight_id, begins, ends, reason, now, left, flight.currency)

        return self._credits.add(site.id, make)

    def reverse(self, site_id: str, credit_id: str, reason: str) -> Credit:
        """Takes a credit back by another one of the same hours, which is returned: both stay in reports.

        What it withdrew may be withdrawn again. Raises NotFound, and Conflict where it is reversed already, or reverses
        another itself.
        """

        def make(given: list[Credit]) -> Credit:
            mistaken = next((one for one in given if one.id == credit_id), None)
            if mistaken is None:
                raise NotFound("credit", credit_id)
            if mistaken.reverses:
                raise Conflict(f"The credit '{credit_id}' reverses another; give a new one in place of that.")
            if any(one.reverses == credit_id for one in given):
                raise Conflict(f"The credit '{credit_id}' is reversed already; `GET /v1/credits` tells by which.")
            hours = {hour: NOTHING.less(withdrawn) for hour, withdrawn in mistaken.hours.items()}
            name, now = secrets.token_hex(8), self._clock()
            return replace(mistaken, id=name, reason=reason, created_at=now, hours=hours, reverses=credit_id)

        return self._credits.add(site_id, make)

    def _flight(self, site: Site, flight_id: str) -> SoldFlight:
        sold = sold_flights(site.id, site.currency, self._store, self._ledger)
        number = next((number for number, one in sold.ids["flights"].items() if one == flight_id), None)
        if number is None:
            raise NotFound("flight", flight_id)
        [[found]] = sold.in_pieces([number])
        return found

    def _net(self, site_id: str, flight: int, hours: range) -> dict[int, Withdrawn]:
        """The net events of a flight in each hour that has any."""
        cell, found = Cell(Dimension.FLIGHT, flight), self._rollups.hours_of(site_id, hours, [flight])
        sums = {hour: cells[cell] for hour, cells in zip(hours, found, strict=True) if cell in cells}
        return {hour: withdrawn(of_hour) for hour, of_hour in sums.items() if any(of_hour.net)}

    def all(self, site_id: str) -> list[Credit]:
        """Returns every credit of the site, the oldest first."""
        return self._credits.all(site_id)


def withdrawn(sums: Sums) -> Withdrawn:
    """Returns the net events of these sums, and what they cost."""
    impressions, views, clicks = sums.net
    return Withdrawn(impressions, views, clicks, sums.spend_micros)


def credit_told(credit: Credit) -> dict[str, Any]:
    """Returns a credit and what it withdraws, ready for the wire."""
    total = credit.total
    return {
        "id": credit.id,
        "flight_id": credit.flight_id,
        "from": _moment(credit.begins * HOUR_S),
        "to": _moment(credit.ends * HOUR_S),
        "reason": credit.reason,
        "created_at": _moment(credit.created_at),
        "impressions": total.impressions,
        "views": total.views,
        "clicks": total.clicks,
        "amount": amount_text(total.spend_micros, credit.currency),
        "currency": credit.currency or None,
        "reverses": credit.reverses or None,
    }


def _moment(at: float) -> str:
    return datetime.fromtimestamp(int(at), UTC).isoformat()


def _faults(begins_at: float, ends_at: float, now: float) -> list[Fault]:
    faults = [
        Fault(name, "must be a whole hour in UTC: 2026-11-25T14:00:00Z")
        for name, at in (("from", begins_at), ("to", ends_at))
        if at % HOUR_S
    ]
    if begins_at >= ends_at:
        faults.append(Fault("to", "must be after `from`"))
    elif ends_at - begins_at > MOST_HOURS * HOUR_S:
        faults.append(Fault("to", f"is over {MOST_HOURS // 24} days after `from`; give several credits"))
    elif ends_at > now:
        faults.append(Fault("to", "is not over yet; end with an hour that is"))
    return faults
