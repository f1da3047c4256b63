"""Keeps in this process how urgent a site's guaranteed flights are: from pages looked at, and from the ledger."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np

from service.domain.ads.allocation import SlotShortlist
from service.domain.ads.asking_order import GUARANTEED
from service.domain.ads.inventory import Flight
from service.domain.ads.pacing import TrafficCurve
from service.domain.ads.standing import Standing
from service.domain.ads.urgency import Share, Sightings, has_goal, hours_left, runs_now, urgency


@dataclass(slots=True)
class SiteOrder:
    """What is known of a site's guaranteed flights, by number."""

    urgency: dict[int, float] = field(default_factory=dict)
    _sightings: Sightings = field(default_factory=Sightings)
    _shares: dict[int, Share] = field(default_factory=dict)

    def sight(self, slots: Sequence[SlotShortlist], now: float) -> None:
        """Counts which flights a page's slots suit, unless enough pages of this second were looked at."""
        if not slots or not self._sightings.looks(now):
            return
        kinds = {id(slot.of_placement): slot.of_placement for slot in slots}.values()
        suited = [kind.goals_suited for kind in kinds]
        self._sightings.note(suited[0] if len(suited) == 1 else np.unique(np.concatenate(suited)))

    def take_up(
        self, flight: Flight, standing: Standing, kept_ratio: float, now: float, curve: TrafficCurve
    ) -> float | None:
        """Returns how urgent a flight is that stands so; None for one without a promise."""
        if not is_promised(flight):
            return None
        number, seen = flight.number, self._sightings
        share = self._shares.get(number) or Share(pages_seen=seen.pages, suited_seen=seen.of(number))
        share = self._shares[number] = share.after(seen.pages, seen.of(number), runs=runs_now(flight, now))
        found = urgency(flight, standing, kept_ratio, share, hours_left(flight, now, curve))
        if found is not None:
            self.urgency[number] = found
        return found

    def keep(self, numbers: Collection[int]) -> None:
        """Forgets all flights but these."""
        self.urgency = {n: one for n, one in self.urgency.items() if n in numbers}
        self._shares = {n: one for n, one in self._shares.items() if n in numbers}


def is_promised(flight: Flight) -> bool:
    """Returns whether the flight is promised an amount until its end."""
    return flight.tier in GUARANTEED and flight.goal_type != "share" and has_goal(flight)
