"""Withdraws net events of a flight with a reason: reports show it, budgets do not."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

from service.domain.ads.inventory_store import (
    InventoryStore,
)
from service.domain.ads.money import amount_text
from service.domain.durations import HOUR_S
from service.domain.errors import Fault, InvalidInput, NotFound
from service.domain.events.sums.credit import Credit, CreditStore, Withdrawn
from service.domain.events.sums.rollup import Cell, Dimension, Rollups, Sums
from service.domain.ports import Clock

MOST_HOURS = 31 * 24


class GiveCredit:
    """Gives and lists credits."""

    def __init__(self, store: InventoryStore, rollups: Rollups, kept: CreditStore, clock: Clock) -> None:
        self._store = store
        self._rollups = rollups
        self._credits = kept
        self._clock = clock

    def give(self, site_id: str, flight_id: str, begins_at: float, ends_at: float, reason: str) -> Credit:
        """Withdraws all net events of a flight between two whole hours, and returns the credit.

        It is what reports show of those hours now; what was reserved or capped stays as it is. Raises NotFound,
        InvalidInput for hours that are not whole, not over or too many, Conflict for some already withdrawn.
        """
        flight = self._store.load(site_id).flights.get(flight_id)
        if flight is None:
            raise NotFound("flight", flight_id)
        faults = list(_faults(begins_at, ends_at, self._clock()))
        if faults:
            raise InvalidInput(faults)
        begins, ends = int(begins_at // HOUR_S), int(ends_at // HOUR_S)
        found = self._rollups.flight_hours(site_id, range(begins, ends))
        hours = {}
        for hour, cells in zip(range(begins, ends), found, strict=True):
            sums = cells.get(Cell(Dimension.FLIGHT, flight.number))
            if sums and any(sums.net):
                hours[hour] = withdrawn(sums)
        now = self._clock()
        credit = Credit(
            secrets.token_hex(8), flight.number, flight_id, begins, ends, reason, now, hours, flight.currency
        )
        self._credits.put(site_id, credit)
        return credit

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
