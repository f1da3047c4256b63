"""Which flights are looked at in the ledger: those whose pace, or place in the order, follows from how they stand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from service.domain.ads.inventory import Flight
from service.domain.ads.pacing.line import is_paced
from service.domain.ads.pacing.urgency import is_ordered
from service.domain.ads.targeting.flight_table import FlightTable

Numbers = npt.NDArray[np.int64]

_TERMS = (
    "status", "tier", "ends_at", "pacing", "goal_type", "goal", "price_model", "price_micros", "cap_unit", "daily_cap",
    "lifetime_cap",
)  # fmt: skip
_FOREVER = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """The flights that are looked at, by number, rising, and when each begins and ends (seconds since 1970)."""

    numbers: Numbers
    starts_at: Numbers
    ends_at: Numbers

    def running(self, now: float) -> Numbers:
        """Returns the numbers of those that run now."""
        return self.numbers[(self.starts_at <= now) & (now < self.ends_at)]

    def without(self, numbers: Numbers) -> Watched:
        """Returns the others."""
        kept = ~np.isin(self.numbers, numbers)
        return Watched(self.numbers[kept], self.starts_at[kept], self.ends_at[kept])

    def with_others(self, others: Watched) -> Watched:
        """Returns these and others, none of which is among them."""
        numbers = np.concatenate((self.numbers, others.numbers))
        order = np.argsort(numbers)
        columns = ((self.starts_at, others.starts_at), (self.ends_at, others.ends_at))
        return Watched(numbers[order], *(np.concatenate(both)[order] for both in columns))


NOBODY = Watched(*(np.empty(0, np.int64) for _ in range(3)))


def is_watched(flight: Flight) -> bool:
    """Returns whether a flight is looked at while it is active."""
    return is_paced(flight) or is_ordered(flight)


def watched_of(table: FlightTable) -> Watched:
    """Returns the active flights of a table that are looked at."""
    chosen = table.active() & table.told(_TERMS, is_watched, bool)
    starts_at = table["starts_at"].array(np.int64, lambda at: -_FOREVER if at is None else at)
    ends_at = table["ends_at"].array(np.int64, lambda at: _FOREVER if at is None else at)
    return Watched(table.number[chosen].astype(np.int64), starts_at[chosen], ends_at[chosen])
