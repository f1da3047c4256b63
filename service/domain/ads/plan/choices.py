"""What a slot would show: a flight with one of its creatives, and what that brings to a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from service.domain.ads.inventory import Creative, Placement
from service.domain.ads.plan.asking_order import GUARANTEED, TIERS, Wants
from service.domain.ads.plan.page_plan import Bid, Order, Worth
from service.domain.ads.targeting.checklist import TargetedFlight

MOST_KEPT = 4_096
"""Flights of a placement whose choices are kept."""

_LAST_GUARANTEED = max(TIERS[tier] for tier in GUARANTEED)


@dataclass(frozen=True, eq=False)
class Choice:
    """A flight and the creative of it that a slot would show; `order` is the flight's place in the order of asking."""

    candidate: TargetedFlight
    creative: Creative
    order: Order

    def at_address(self, base_url: str) -> Choice:
        """Returns the choice with an uploaded image's whole address, of which the inventory knows only the path."""
        if not self.creative.image_url.startswith("/"):
            return self
        return replace(self, creative=replace(self.creative, image_url=base_url + self.creative.image_url))

    @cached_property
    def bid(self) -> Bid:
        """What it brings to a page, worked out when it is first offered."""
        return bid_of([self])

    @cached_property
    def group(self) -> tuple[str, str] | None:
        """What it stands together with: flights of one name; None where it stands alone."""
        flight = self.candidate.flight
        if flight.roadblock == "campaign":
            return "campaign", flight.campaign
        return ("flight", flight.id) if flight.roadblock or flight.companions else None

    @cached_property
    def key(self) -> int:
        """The number of its flight and creative: that of no other choice for a slot."""
        return self.candidate.flight.number << 32 | self.creative.number


def bid_of(choices: Sequence[Choice]) -> Bid:
    """Returns what these choices bring to a page together, one slot each."""
    flights = [choice.candidate.flight for choice in choices]
    shown = Counter((one.candidate.advertiser, one.candidate.page_limit) for one in choices if one.candidate.page_limit)
    return Bid(
        tuple(worth_of(choice.order) for choice in choices),
        frozenset(flight.number for flight in flights),
        frozenset(choice.creative.number for choice in choices),
        frozenset(label for flight in flights for label in flight.labels),
        frozenset(label for flight in flights for label in flight.exclude_labels),
        tuple((advertiser, count, most) for (advertiser, most), count in shown.items()),
    )


def worth_of(order: Order) -> Worth:
    """Returns what a slot given to a flight of this place in the order is worth."""
    tier, want = order
    return Worth(order, None if tier <= _LAST_GUARANTEED else -want)


class Choices:
    """The choices of a placement's flights, by their places; those that were asked for last are kept."""

    def __init__(
        self, placement: Placement, flights: Sequence[TargetedFlight], tiers: npt.NDArray[np.int8], wants: Wants
    ) -> None:
        self._placement = placement
        self._flights = flights
        self._tiers = tiers
        self._asked_by = wants
        self._kept: dict[int, tuple[Choice, ...]] = {}

    def of(self, places: Sequence[int]) -> list[tuple[Choice, ...]]:
        """Returns the choices of the flights at these places, each with its creatives that fit the placement."""
        kept = self._kept
        return [kept.get(at) or self._made(at) for at in places]

    def _made(self, at: int) -> tuple[Choice, ...]:
        candidate, order = self._flights[at], (int(self._tiers[at]), int(self._asked_by[at]))
        made = tuple(Choice(candidate, creative, order) for creative in candidate.fitting(self._placement))
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[at] = made
        return made
