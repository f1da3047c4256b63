"""Credits: net events of a flight that were withdrawn after they were billed, told in reports, never in budgets."""

from __future__ import annotations

from collections.abc import Mapping
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


NOTHING = Withdrawn()


@dataclass(frozen=True, slots=True)
class Credit:
    """All net events of a flight from one hour up to another (since 1970, the end excluded), withdrawn for a reason.

    `currency` is that of its money, empty where an earlier version did not note it. `hours` holds what each hour had
    when it was credited; an event that is added up later is not withdrawn.
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

    @property
    def total(self) -> Withdrawn:
        """All that it withdraws."""
        total = NOTHING
        for each in self.hours.values():
            total = total.plus(each)
        return total

    def overlaps(self, other: Credit) -> bool:
        """Returns whether both withdraw from one hour of one flight."""
        return self.flight == other.flight and self.begins < other.ends and other.begins < self.ends


class CreditStore(Protocol):
    """Keeps a site's credits for ever. Raises StoreUnavailable."""

    def put(self, site_id: str, credit: Credit) -> None:
        """Keeps a credit. Raises Conflict where one that is kept overlaps it, or there are too many."""

    def all(self, site_id: str) -> list[Credit]:
        """Returns every credit, the oldest first."""
