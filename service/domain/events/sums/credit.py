"""Credits: net events of a flight that were withdrawn after they were billed, told in reports, never in budgets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Net events and what was billed for them, in micros."""

    impressions: int = 0
    views: int = 0
    clicks: int = 0
    spend_micros: int = 0

    def plus(self, other: Withdrawn) -> Withdrawn:
        """Returns the sum."""
        return Withdrawn(
            self.impressions + other.impressions,
            self.views + other.views,
            self.clicks + other.clicks,
            self.spend_micros + other.spend_micros,
        )

    def less(self, other: Withdrawn) -> Withdrawn:
        """Returns what is left without the other."""
        return Withdrawn(
            self.impressions - other.impressions,
            self.views - other.views,
            self.clicks - other.clicks,
            self.spend_micros - other.spend_micros,
        )


NOTHING = Withdrawn()


@dataclass(frozen=True, slots=True)
class Credit:
    """Net events of a flight from one hour up to another (since 1970, the end excluded), withdrawn for a reason.

    `currency` is that of its money, empty where an earlier version did not note it. `hours` holds what each hour had
    left when it was credited; an event that is added up later is not withdrawn, but another credit may do so.
    One that `reverses` another, by its id, has all of that one's numbers below zero: together they withdraw nothing.
    """

    id: str
    flight: int
    flight_id: str
    begins: int
    ends: int
    reason: str
    created_at: float
    hours: Mapping[int, Withdrawn] = field(default_factory=dict)
    currency: str = ""
    reverses: str = ""

    @property
    def total(self) -> Withdrawn:
        """All that it withdraws."""
        total = NOTHING
        for each in self.hours.values():
            total = total.plus(each)
        return total


def left_of(hours: Mapping[int, Withdrawn], flight: int, given: Iterable[Credit]) -> dict[int, Withdrawn]:
    """Returns what credits have not yet withdrawn of a flight's hours, without those of which nothing is left."""
    left = dict(hours)
    for credit in given:
        for hour in credit.hours.keys() & left.keys() if credit.flight == flight else ():
            left[hour] = left[hour].less(credit.hours[hour])
    return {hour: withdrawn for hour, withdrawn in left.items() if withdrawn != NOTHING}


class CreditStore(Protocol):
    """Keeps a site's credits for ever. Raises StoreUnavailable."""

    def add(self, site_id: str, make: Callable[[list[Credit]], Credit]) -> Credit:
        """Keeps and returns the credit that `make` makes in view of those that are kept.

        Raises Conflict where there are too many, or another was given meanwhile, and what `make` raises.
        """

    def all(self, site_id: str) -> list[Credit]:
        """Returns every credit, the oldest first."""
