"""What pages ask for and get: slots by placement hour by hour, and day by day by what flights target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol


class Audience(NamedTuple):
    """Slots that are alike to flights: of one placement, a section, a country, a device and a language.

    Each as flights are compared with it; empty where the page call did not tell.
    """

    placement: str
    section: str = ""
    country: str = ""
    device: str = ""
    language: str = ""


class Demand(NamedTuple):
    """Slots that page calls asked for, and those of them that a paying flight got; a house ad fills none."""

    asked: int = 0
    filled: int = 0

    def plus(self, other: Demand) -> Demand:
        """Returns both together."""
        return Demand(self.asked + other.asked, self.filled + other.filled)


class DemandCounter(Protocol):
    """Counts what pages ask for. Raises StoreUnavailable."""

    def add(self, site_id: str, hour: int, counts: Mapping[Audience, Demand]) -> None:
        """Adds to an hour since 1970, and to its day in UTC."""

    def hours(self, site_id: str, hours: Sequence[int]) -> list[Mapping[str, Demand]]:
        """Returns the demand of each hour since 1970, by placement."""

    def days(self, site_id: str, days: Sequence[int]) -> list[Mapping[Audience, int]]:
        """Returns the slots asked for on each UTC day since 1970, by audience."""


def by_placement(counts: Mapping[Audience, Demand]) -> dict[str, Demand]:
    """Returns the demand of each placement."""
    found: dict[str, Demand] = {}
    for audience, demand in counts.items():
        found[audience.placement] = found.get(audience.placement, Demand()).plus(demand)
    return found
