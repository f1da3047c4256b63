"""Keeps in this process what a site's flights want: how urgent guaranteed ones are, what auctioned ones will bring."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from service.domain.ads.booking.standing import Standing
from service.domain.ads.forecast.response import NEW_RESPONSE, Responded, Response, ecpm_micros, responses
from service.domain.ads.inventory import Flight, PriceModel, Tier
from service.domain.ads.pacing.course import TrafficCurve
from service.domain.ads.pacing.urgency import Share, Sightings, has_goal, hours_left, runs_now, still_to_show, urgency
from service.domain.ads.plan.allocation import SlotShortlist
from service.domain.ads.plan.asking_order import GUARANTEED, Demand


@dataclass(slots=True)
class SiteOrder:
    """What is known of a site's flights, by number."""

    _urgency: dict[int, float] = field(default_factory=dict)
    _ecpm_micros: dict[int, int] = field(default_factory=dict)
    _sightings: Sightings = field(default_factory=Sightings)
    _shares: dict[int, Share] = field(default_factory=dict)
    _responded: dict[int, Responded] = field(default_factory=dict)
    _responses: Mapping[int, Response] = field(default_factory=dict)

    def sight(self, slots: Sequence[SlotShortlist], now: float) -> None:
        """Counts which flights a page's slots suit, unless enough pages of this second were looked at."""
        if not slots or not self._sightings.looks(now):
            return
        kinds = {id(slot.of_placement): slot.of_placement for slot in slots}.values()
        suited = [kind.goals_suited for kind in kinds]
        self._sightings.note(suited[0] if len(suited) == 1 else np.unique(np.concatenate(suited)))

    def learn(self, standings: Mapping[int, Standing]) -> None:
        """Takes up how readers responded to these flights: from that, what is expected of all of them is told."""
        self._responded |= {
            number: Responded(one.net_impressions, one.net_views, one.net_clicks) for number, one in standings.items()
        }
        self._responses = responses(self._responded)

    def take_up(
        self, flight: Flight, standing: Standing, kept_ratio: float, now: float, curve: TrafficCurve
    ) -> float | None:
        """Returns what a flight that stands so still has to show, in impressions; None for one without a promise."""
        number, seen = flight.number, self._sightings
        response = self._responses.get(number, NEW_RESPONSE)
        if _is_paid_by_response(flight):
            self._ecpm_micros[number] = ecpm_micros(flight, response)
        if not _is_promised(flight):
            return None
        share = self._shares.get(number) or Share(pages_seen=seen.pages, suited_seen=seen.of(number))
        share = self._shares[number] = share.after(seen.pages, seen.of(number), runs=runs_now(flight, now))
        to_show = still_to_show(flight, standing, kept_ratio, response)
        if to_show is not None:
            self._urgency[number] = urgency(to_show, share, hours_left(flight, now, curve))
        return to_show

    def demand(self, held_back: Collection[int]) -> Demand:
        """Returns what slots ask by until the next look; those `held_back` are not asked."""
        return Demand(dict(self._urgency), dict(self._ecpm_micros), frozenset(held_back))

    def keep(self, numbers: Collection[int]) -> None:
        """Forgets all flights but these."""
        for known in (self._urgency, self._ecpm_micros, self._shares, self._responded):
            for number in known.keys() - numbers:
                del known[number]


def is_ordered(flight: Flight) -> bool:
    """Returns whether the flight's place in the order of asking follows from how it stands."""
    return _is_promised(flight) or _is_paid_by_response(flight)


def _is_promised(flight: Flight) -> bool:
    return flight.tier in GUARANTEED and flight.goal_type != "share" and has_goal(flight)


def _is_paid_by_response(flight: Flight) -> bool:
    return flight.tier is Tier.PRICE and flight.price_model in (PriceModel.VCPM, PriceModel.CPC)
